import { broken, indented } from "./broken-lines.ts";
import type { Synced } from "./demo-report.ts";
import { type InvoicedOrder, type SallaStory, sallaDemo } from "./demo-salla.ts";
import { clean, number, say } from "./output.ts";
import { table } from "./table.ts";

/** Everything that the demo shows of Salla and Qoyod. */
export interface ShownSalla {
  readonly first: Synced;
  /** after an invoiced order was sent once more */
  readonly second: Synced;
  readonly story: SallaStory;
}

/** What became of the orders of the Salla shop, and why those without an invoice have none. */
export function sayInvoices(orders: readonly InvoicedOrder[]): void {
  const columns = [
    { head: "ORDER", right: true },
    { head: "STATUS IN SALLA" },
    { head: "TOTAL SAR", right: true },
    { head: "IN QOYOD" },
  ];
  say("\nThe orders of the Salla shop");
  say(
    indented(
      table(
        columns,
        orders.map((order) => [order.order, order.status, order.total, inQoyod(order)]),
      ),
    ),
  );
  const [waiting] = orders.filter(({ outcome }) => outcome === "waiting");
  if (waiting === undefined) return;
  say(`\nmizan why '${sallaDemo}/orders/${waiting.sourceId}'`);
  for (const sentence of [waiting.reason, waiting.action]) if (sentence) say(indented(broken(clean(sentence))));
}

function inQoyod({ invoices: [first, ...others], outcome, status }: InvoicedOrder): string {
  if (first === undefined)
    return outcome === "skipped" && status !== "canceled" ? "no, its units are reserved" : `no, ${outcome}`;
  const words = `${first.total}, ${first.status.toLowerCase()}`;
  return others.length === 0 ? `once, ${first.id}: ${words}` : `${number(others.length + 1)} times`;
}

/** What a purchase in Qoyod did to Salla, what a refund in Salla did to Qoyod, and what sending once more did to nothing. */
export function sayMoves({ purchase, refund, sentAgain }: SallaStory): void {
  const { sku, units, before, after } = purchase;
  say(
    `\n${broken(`${units} of ${sku} were purchased in Qoyod; Salla offered ${before} of it and now offers ${after}.`)}`,
  );
  const { inSalla, inQoyod } = refund;
  const notes = inQoyod.map(({ id, total }) => `credit note ${id} of ${total}`).join(", ") || "no credit note";
  say(
    broken(
      `${refund.units} × ${clean(refund.name)} of order ${refund.order} came back: Salla's credit note is of ${inSalla.total} SAR, and Qoyod has ${notes}.`,
    ),
  );
  const { order, outcome, before: had, after: has } = sentAgain;
  say(
    broken(
      `Order ${order} was sent once more by hand: ${outcome}. Qoyod had ${had} invoices before and has ${has} now.`,
    ),
  );
}
