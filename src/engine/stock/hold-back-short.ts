/** Orders for which the books have not enough wait before anything is made for them (product.md, 1.1). */
import { type Decimal, decimal } from "../../core/decimal.ts";
import { countId } from "../../core/flow-stock.ts";
import { linkRequests } from "../../core/mapping.ts";
import type { Reason } from "../../core/reasons.ts";
import { findLinks } from "../../store/links.ts";
import { orderUnits } from "../../store/reservations.ts";
import { type Decision, settled, targetTitle, type Write } from "../decisions.ts";
import type { FlowRun } from "../flow-run.ts";
import { takesStock } from "./note-orders.ts";
import { bookStockOfRun } from "./sides.ts";

/**
 * Looks at the stock of counted products. Where all that the orders refer to is linked already, their invoices are the first
 * thing made for them and the books judge them themselves: no call is spent then. Where one order must be looked at, all
 * are, because they take from the same stock.
 * @throws {RetryLater} where the books cannot be read
 */
export async function holdBackShort(run: FlowRun, decisions: readonly Decision[]): Promise<readonly Decision[]> {
  const takes = takesStock(run);
  if (takes === null || run.plan !== null) return decisions;
  const creates = decisions.filter((one) => one.kind === "write").filter(({ intent }) => intent === "create");
  if (await areAllLinked(run, creates)) return decisions;
  const short = await shortOrders(run, takes.counts, creates);
  return decisions.map((one) => {
    const reason = short.get(one.sourceId);
    return reason === undefined ? one : settled(one, "waiting", reason);
  });
}

async function areAllLinked(run: FlowRun, writes: readonly Write[]): Promise<boolean> {
  const requests = writes.flatMap(({ payload, needs }) => [...linkRequests(payload), ...(needs ?? [])]);
  for (const [flow, wanted] of Map.groupBy(requests, (request) => request.flow)) {
    const ids = new Set(wanted.map(({ id }) => id));
    const links = await findLinks(run.bench.store.database, { ...run.key, flow }, [...ids]);
    if (links.size < ids.size) return false;
  }
  return true;
}

/** Which orders the books cannot serve, by id. The earlier ones are served first, each whole: one that waits takes nothing. */
async function shortOrders(
  run: FlowRun,
  counts: string,
  creates: readonly Write[],
): Promise<ReadonlyMap<string, Reason>> {
  const { database } = run.bench.store;
  const units = await orderUnits(
    database,
    run.key.integrationId,
    creates.map(({ sourceId }) => sourceId),
  );
  const countFlow = run.sibling(counts);
  const role = countFlow?.flow.stock;
  if (countFlow === null || role?.role !== "counts") throw new Error(`${counts} counts nothing`);
  const ids = units.map(({ unit, location }) => countId(unit, location));
  const counted = await findLinks(database, countFlow.key, ids);
  const products = await findLinks(
    database,
    { ...run.key, flow: role.products },
    units.map(({ unit }) => unit),
  );
  const countedIn = new Set(creates.flatMap(({ needs }) => (needs ?? []).map(({ id }) => id)));
  const checked = units.filter(
    ({ unit, location, orderId }) =>
      counted.get(countId(unit, location))?.written?.counted === true &&
      !countedIn.has(countId(unit, location, orderId)),
  );
  const productIds = checked.flatMap(({ unit }) => products.get(unit)?.targetId ?? []);
  if (productIds.length === 0) return new Map();
  const books = await bookStockOfRun(run).read([...new Set(productIds)]);
  const left = new Map<string, Decimal>();
  const short = new Map<string, Reason>();
  for (const [orderId, ofOrder] of Map.groupBy(checked, (one) => one.orderId)) {
    const lines = ofOrder.flatMap(({ unit, location, quantity }) => {
      const book = books.get(products.get(unit)?.targetId ?? "");
      if (book === undefined) return [];
      const key = countId(unit, location);
      return [{ key, sku: book.sku, quantity, has: left.get(key) ?? book.stock.get(location) ?? decimal(0) }];
    });
    const lacking = lines.find(({ has, quantity }) => has.lt(quantity));
    if (lacking === undefined) for (const { key, has, quantity } of lines) left.set(key, has.minus(quantity));
    else short.set(orderId, shortOf(run, lacking));
  }
  return short;
}

function shortOf(
  run: FlowRun,
  { sku, has, quantity }: { readonly sku: string; readonly has: Decimal; readonly quantity: number },
): Reason {
  const parameters = { vendor: targetTitle(run), product: sku, held: has.toFixed(), needed: String(quantity) };
  return { code: "stock-short", parameters };
}
