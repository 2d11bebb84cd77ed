import { obfuscatedId } from "./ids.ts";

/** One order status of the store: an original one, which may be renamed, or one that the merchant added under it. */
export interface Status {
  readonly id: number;
  readonly slug: string;
  readonly type: "original" | "custom";
  /** The name that Salla gave it; of a custom one that of its original. */
  readonly originalName: string;
  readonly originalId: number;
  /** The id of the merchant's own row for it. */
  readonly customizedId: number;
  /** What the merchant calls it. */
  name: string;
  readonly parentId: number | null;
  /** Listed only with the switch `extraStatuses`. */
  readonly extra: boolean;
}

// biome-ignore format: a table
const originals = [
  ["payment_pending", "بإنتظار الدفع", 1_473_353_380],
  ["under_review", "بإنتظار المراجعة", 566_146_469],
  ["in_progress", "قيد التنفيذ", 1_939_592_358],
  ["completed", "تم التنفيذ", 1_298_199_463],
  ["delivering", "جاري التوصيل", 349_994_915],
  ["delivered", "تم التوصيل", 1_723_506_348],
  ["shipped", "تم الشحن", 814_202_285],
  ["canceled", "ملغي", 525_144_736],
  ["restored", "مسترجع", 989_286_562],
  ["restoring", "قيد الإسترجاع", 1_548_352_431],
] as const;

/** Their slugs are not known; these are made up. */
const extras = [
  ["payment_confirmation", "بإنتظار تأكيد الدفع", 11],
  ["price_quote", "طلب عرض سعر", 13],
] as const;

const CUSTOMIZED_FROM = 1000;
const COMPLETED_ID = 1_298_199_463;
const childrenOfCompleted = ["delivering", "delivered", "shipped"];

export function newStatuses(): Status[] {
  const row = (slug: string, name: string, id: number, position: number, extra: boolean): Status => ({
    id,
    slug,
    type: "original",
    originalName: name,
    originalId: id,
    customizedId: obfuscatedId(CUSTOMIZED_FROM + position),
    name,
    parentId: childrenOfCompleted.includes(slug) ? COMPLETED_ID : null,
    extra,
  });
  return [
    ...originals.map(([slug, name, id], index) => row(slug, name, id, index, false)),
    ...extras.map(([slug, name, position]) => row(slug, name, obfuscatedId(position), position, true)),
  ];
}

/**
 * Adds a status of the merchant's own under an original one, whose slug it has.
 * @throws RangeError when there is no such original.
 */
export function addCustomStatus(statuses: Status[], name: string, slug: string): Status {
  const original = statuses.find((one) => one.type === "original" && one.slug === slug);
  if (original === undefined) throw new RangeError(`there is no status ${slug}; there are: ${slugsOf(statuses)}`);
  const id = obfuscatedId(2 * CUSTOMIZED_FROM + statuses.length);
  const { originalName, originalId } = original;
  const made: Status = {
    id,
    slug,
    type: "custom",
    originalName,
    originalId,
    customizedId: id,
    name,
    parentId: originalId,
    extra: false,
  };
  statuses.push(made);
  return made;
}

/** By its own id or by that of the merchant's row. */
export function statusById(statuses: readonly Status[], id: number): Status | undefined {
  return statuses.find((one) => one.id === id) ?? statuses.find((one) => one.customizedId === id);
}

/** The original status with a slug. */
export function statusBySlug(statuses: readonly Status[], slug: string): Status | undefined {
  return statuses.find((one) => one.type === "original" && one.slug === slug);
}

/** The slugs in words, for error messages. */
export function slugsOf(statuses: readonly Status[]): string {
  return statuses
    .filter(({ type, extra }) => type === "original" && !extra)
    .map(({ slug }) => slug)
    .join(", ");
}
