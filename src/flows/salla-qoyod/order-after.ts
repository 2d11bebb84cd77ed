/** What is told of an order that moves after it was invoiced; a list row is enough to see it (product.md 1.2, "Refunds"). */
import type { Order, OrderRow } from "../../connectors/salla/index.ts";
import { type Decimal, decimal, readDecimal } from "../../core/decimal.ts";
import type { AfterRule } from "../../core/flow.ts";
import type { Mapped } from "../../core/mapping.ts";
import type { Reason } from "../../core/reasons.ts";
import type { SallaQoyodSettings } from "./options.ts";
import { totalOf } from "./order-lines.ts";
import { keptBundles, keptUnits } from "./sold-lines.ts";

/** Statuses in which an order is undone: its goods are back, or were never taken. */
const undone: ReadonlySet<string> = new Set(["canceled", "restored"]);
/** Statuses in which an invoiced order stands as it was invoiced: on its way, or on its way back. */
const standing: ReadonlySet<string> = new Set(["completed", "delivering", "delivered", "shipped", "restoring"]);

/** The order's total in its own currency, as it was when it was invoiced. */
interface Kept {
  readonly total: string;
  readonly currency: string;
}

export const afterInvoice: AfterRule<OrderRow, Order, SallaQoyodSettings> = {
  codes: ["undone-without-credit", "undone-after-invoice", "edited-after-invoice", "taken-again-after-credit"],
  words:
    "canceled or restored without a credit note, no longer completed, with another total than was invoiced, or standing again after all of it was credited",
  beside: "refunds",
  keeps: keptOfOrder,
  when: whyMoved,
};

/** Whether the status means: make an invoice. A status that the merchant added counts by its own id, or by the slug it has. */
export function isCompleted(
  { slug, id, customized_id: own }: OrderRow["status"],
  settings: SallaQoyodSettings,
): boolean {
  const { completedStatuses, sendStatuses } = settings;
  return (
    completedStatuses.includes(slug) || [slug, id, own].some((name) => name !== null && sendStatuses.includes(name))
  );
}

/**
 * Whether a custom status of the merchant's sends the order by hand (rule S5). One of Salla's own, which orders come to by
 * themselves, sends none from before the integration (rule S9).
 */
export function isSentByStatus({ customized_id: own }: OrderRow["status"], settings: SallaQoyodSettings): boolean {
  return own !== null && settings.sendStatuses.includes(own);
}

/** What an order came to when it was invoiced, and what its lines and bundles consisted of. */
function keptOfOrder(order: Order): Mapped {
  const { amount, currency } = totalOf(order);
  return { total: amount.toFixed(2), currency, ...keptBundles(order), ...keptUnits(order) };
}

/** An order whose total is not what was invoiced: the two totals, else null. */
export function totalMoved(row: Pick<OrderRow, "total">, kept: Mapped): { total: string; invoiced: string } | null {
  const { total, currency } = kept as Partial<Kept>;
  const present = readDecimal(row.total?.amount);
  if (present === null || total === undefined || present.eq(total)) return null;
  const other = row.total?.currency || currency;
  return { total: `${present.toFixed(2)} ${other}`, invoiced: `${total} ${currency}` };
}

function whyMoved(
  row: OrderRow,
  {
    kept,
    beside,
    takenAgain,
    settings,
  }: {
    readonly kept: Mapped | null;
    readonly beside: readonly Mapped[];
    readonly takenAgain: boolean;
    readonly settings: SallaQoyodSettings;
  },
): Reason | null {
  const { status } = row;
  const shown = status.name || status.slug;
  const credited = beside.reduce((sum, { credited }) => sum.plus(creditedOf(credited)), decimal(0));
  if (undone.has(status.slug)) {
    const { total, currency } = (kept ?? {}) as Partial<Kept>;
    if (total === undefined ? beside.length > 0 : credited.gte(total)) return null;
    const words = { status: shown, total: `${total ?? "-"} ${currency ?? ""}`.trim(), credited: credited.toFixed(2) };
    return { code: "undone-without-credit", parameters: words };
  }
  const { total: invoiced } = (kept ?? {}) as Partial<Kept>;
  if (takenAgain && invoiced !== undefined && credited.gte(invoiced))
    return { code: "taken-again-after-credit", parameters: { status: shown } };
  if (!standing.has(status.slug) && !isCompleted(status, settings))
    return { code: "undone-after-invoice", parameters: { status: shown } };
  const moved = kept === null ? null : totalMoved(row, kept);
  // Whether Salla lowers the total by what was refunded is not documented: what is left of the invoice is no difference.
  if (moved === null || isLeft(row, kept, credited)) return null;
  return { code: "edited-after-invoice", parameters: moved };
}

/** What a credit note took, in the order's currency. */
function creditedOf(value: unknown): Decimal {
  return typeof value === "string" ? (readDecimal(value) ?? decimal(0)) : decimal(0);
}

function isLeft({ total }: OrderRow, kept: Mapped | null, credited: Decimal): boolean {
  const { total: invoiced } = (kept ?? {}) as Partial<Kept>;
  return invoiced !== undefined && readDecimal(total?.amount)?.eq(decimal(invoiced).minus(credited)) === true;
}
