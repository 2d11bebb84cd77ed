import { InvalidInput } from "../core/errors.ts";
import { readCountId } from "../core/flow-stock.ts";
import { releaseWaiting } from "../store/due-records.ts";
import { addEvents } from "../store/events.ts";
import { type ListedRecord, listRecords, retryRecords } from "../store/records.ts";
import { decideStock } from "../store/stock-decisions.ts";
import { type Desk, flowsOf, integrationNamed, kindOf } from "./desk.ts";
import { type FlowResult, flowResult } from "./flow-result.ts";
import { sync } from "./sync.ts";

/** Whose stock counts for a product that the books knew before its first count (product.md, 1.1). */
export interface StockDecision {
  readonly integration: string;
  readonly sku: string;
  /** the vendor whose number is kept, such as salla or qoyod */
  readonly keeps: string;
  /** the location, where counts of the SKU wait at several */
  readonly location?: string | undefined;
  readonly signal: AbortSignal;
}

/** What was decided, and what became of what waited for it. */
export interface DecidedStock {
  readonly sku: string;
  readonly unit: string;
  readonly location: string;
  readonly keeps: string;
  readonly flows: readonly FlowResult[];
}

/** Counts that are looked at. */
const mostWaiting = 1_000;

/** Decides a count that waits for a person, and has the orders go on that wait for it. @throws {InvalidInput} */
export async function decideWhoseStock(desk: Desk, decision: StockDecision): Promise<DecidedStock> {
  const integration = await integrationNamed(desk, decision.integration);
  const flows = flowsOf(desk, integration);
  const counts = flows.find(({ stock }) => stock?.role === "counts");
  const orders = flows.find(({ stock }) => stock?.role === "takes");
  if (counts === undefined || orders === undefined)
    throw new InvalidInput("integration", `${integration.name} counts no stock`);
  const { source, target } = kindOf(desk, integration.kind);
  if (decision.keeps !== source && decision.keeps !== target)
    throw new InvalidInput("keeps", `keeps is ${JSON.stringify(decision.keeps)}; allowed: ${source}, ${target}`);
  const { database } = desk.store;
  const key = { integrationId: integration.id, flow: counts.name };
  const waiting = await listRecords(database, { ...key, code: "stock-differs", most: mostWaiting });
  const { sourceId } = oneOf(waiting, decision);
  const { unit, location } = readCountId(sourceId);
  const now = new Date(desk.clock.now());
  await database.transaction().execute(async (executor) => {
    const keeps = decision.keeps === source ? "shop" : "books";
    await decideStock(executor, integration.id, { unit, location, keeps }, now);
    await retryRecords(executor, { ...key, sourceIds: [sourceId] }, now);
    await releaseWaiting(executor, key, [sourceId], now);
    const detail = { by: "hand", keeps: decision.keeps };
    await addEvents(executor, key, null, [{ sourceId, at: now, kind: "retried", detail }]);
  });
  const given = { integration: integration.name, scope: "due", signal: decision.signal } as const;
  const reports = await sync(desk, { ...given, flow: orders.name });
  return { sku: decision.sku, unit, location, keeps: decision.keeps, flows: reports.map(flowResult) };
}

/** The count that is meant, by exact SKU. @throws {InvalidInput} for none or several, naming them */
function oneOf(waiting: readonly ListedRecord[], { sku, location }: StockDecision): ListedRecord {
  const skuOf = ({ reason }: ListedRecord) => reason?.parameters.sku ?? "";
  const placeOf = ({ sourceId }: ListedRecord) => readCountId(sourceId).location;
  const same = waiting.filter((one) => skuOf(one) === sku);
  const found = location === undefined ? same : same.filter((one) => placeOf(one) === location);
  const [first, ...others] = found;
  if (first === undefined) {
    const all = [...new Set((same.length > 0 ? same : waiting).map((one) => `${skuOf(one)} at ${placeOf(one)}`))];
    const where = location === undefined ? "" : ` at location ${location}`;
    const there = all.slice(0, 20).join(", ") || "none";
    throw new InvalidInput(
      "sku",
      `there is no count of ${JSON.stringify(sku)}${where} that waits for a decision; waiting: ${there}`,
    );
  }
  if (others.length > 0) {
    const places = found.map(placeOf).join(", ");
    throw new InvalidInput("location", `counts of ${sku} wait at the locations ${places}; name one of them`);
  }
  return first;
}
