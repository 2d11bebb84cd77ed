/** What a plan says of each flow: how many writes of each kind, what they amount to, and the first of them with names. */
import type { Money } from "../core/decimal.ts";
import { noOutcomes, type OutcomeCounts } from "../core/outcome.ts";
import type { Integration } from "../store/integrations.ts";
import { findLinkedTargets } from "../store/links.ts";
import { countPlanItems, firstPlanItems } from "../store/plans.ts";
import { findRecords } from "../store/records.ts";
import { type Desk, flowsOf } from "./desk.ts";

type Fields = Readonly<Record<string, unknown>>;

/** What a plan says of one flow. */
export interface PlannedFlow {
  readonly flow: string;
  /** the writes that delete count as updated, with or without a record in their place */
  readonly counts: OutcomeCounts;
  /** records that are deleted at the target and not made anew */
  readonly deletions: number;
  /** records that are deleted at the target and made anew in one go */
  readonly replacements: number;
  /** the sums of the amounts of the documents to be created, by currency, where the flow's records have one */
  readonly totals: readonly { readonly currency: string; readonly amount: string }[];
  /** deletions and replacements first */
  readonly first: readonly {
    readonly kind: string;
    /** it is deleted and made anew with these fields */
    readonly replacement: boolean;
    readonly sourceId: string;
    readonly label: string;
    /** a reference is `{linked, sourceId or targetId, label?}`: the flow, one of the two ids, and the name where it is known */
    readonly fields: Fields;
  }[];
}

const firstRows = 5;

/**
 * What a plan says of each flow that was rehearsed or that has writes in it: an order may bring products along (rule
 * Z4), so the writes are counted as they stand in the plan.
 */
export async function plannedFlows(
  desk: Desk,
  made: {
    readonly id: number;
    readonly integration: Integration;
    readonly rehearsed: ReadonlyMap<string, OutcomeCounts>;
    readonly totals: ReadonlyMap<string, ReadonlyMap<string, Money>>;
  },
): Promise<PlannedFlow[]> {
  const { database } = desk.store;
  const counted = await countPlanItems(database, made.id);
  const planned: PlannedFlow[] = [];
  for (const { name, internal = [] } of flowsOf(desk, made.integration)) {
    const own = counted.filter(({ flow }) => flow === name);
    const rehearsed = made.rehearsed.get(name);
    if (rehearsed === undefined && own.length === 0) continue;
    const countOf = (wanted: string, again = false) =>
      own.find((one) => one.kind === wanted && one.again === again)?.count ?? 0;
    const [deletions, replacements] = [countOf("delete"), countOf("delete", true)];
    const counts = {
      ...(rehearsed ?? noOutcomes()),
      created: countOf("create"),
      updated: countOf("update") + deletions + replacements,
    };
    const items = await firstPlanItems(database, made.id, name, firstRows);
    const shown = items.map(({ mapped }) => without(mapped, internal));
    const labelOf = await linkLabels(desk, made.integration, shown);
    const first = items.map(({ kind, again, sourceId, label }, index) => ({
      kind,
      replacement: again,
      sourceId,
      label,
      fields: withLabels(shown[index], labelOf) as Fields,
    }));
    const sums = [...(made.totals.get(name)?.values() ?? [])];
    const totals = sums.map(({ currency, amount }) => ({ currency, amount: amount.toFixed(2) }));
    planned.push({ flow: name, counts, deletions, replacements, totals, first });
  }
  return planned;
}

function without(fields: Fields, left: readonly string[]): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !left.includes(name)));
}

/** A reference as a plan keeps it (`LinkRequest.toJSON`). */
type PlannedLink =
  | { readonly linked: string; readonly sourceId: string }
  | { readonly linked: string; readonly targetId: string };

type LabelOf = (link: PlannedLink) => string | undefined;

/** The labels of all records that are referred to, as far as they are known here. */
async function linkLabels(desk: Desk, { id: integrationId }: Integration, of: readonly Fields[]): Promise<LabelOf> {
  const { database } = desk.store;
  const labels = new Map<string, string>();
  for (const [flow, links] of Map.groupBy(linksIn(of), ({ linked }) => linked)) {
    const key = { integrationId, flow };
    const targetIds = links.flatMap((link) => ("targetId" in link ? [link.targetId] : []));
    const byTarget = await findLinkedTargets(database, key, targetIds);
    const sourceIdOf = (link: PlannedLink) =>
      "sourceId" in link ? link.sourceId : (byTarget.get(link.targetId) ?? "");
    const records = await findRecords(database, key, links.map(sourceIdOf));
    for (const link of links) {
      const label = records.get(sourceIdOf(link))?.label ?? "";
      if (label !== "") labels.set(JSON.stringify(link), label);
    }
  }
  return (link) => labels.get(JSON.stringify(link));
}

function isLink(value: unknown): value is PlannedLink {
  return (
    value !== null && typeof value === "object" && "linked" in value && ("sourceId" in value || "targetId" in value)
  );
}

function linksIn(value: unknown): PlannedLink[] {
  if (isLink(value)) return [value];
  return value !== null && typeof value === "object" ? Object.values(value).flatMap(linksIn) : [];
}

function withLabels(value: unknown, labelOf: LabelOf): unknown {
  if (isLink(value)) {
    const label = labelOf(value);
    return label === undefined ? value : { ...value, label };
  }
  if (Array.isArray(value)) return value.map((member) => withLabels(member, labelOf));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, withLabels(member, labelOf)]));
}
