/**
 * Orders as a shop makes them, invoiced under every combination of Qoyod's settings: how many are refused, and how many
 * that are sent are not exact by an arithmetic of its own. Bars: none refused where Qoyod can hold the amount, none inexact.
 * `npm run bench -- bench/exact-invoices.ts [orders] [seed]`
 */
import fc from "fast-check";
import { invoiceLines } from "../src/flows/salla-qoyod/invoice-lines.ts";
import { decomposeOrder, type OrderAmounts } from "../src/flows/salla-qoyod/order-amounts.ts";
import type { QoyodRounding } from "../src/flows/salla-qoyod/qoyod-total.ts";
import { knownRoundings } from "../src/flows/salla-qoyod/rounding-from-draft.ts";
import { orderOf, orderPlans } from "../test/exact-invoices/closing-orders.ts";
import { qoyodInHalalas } from "../test/exact-invoices/qoyod-in-halalas.ts";
import { addsToRoundedNet, isAddedVat } from "../test/exact-invoices/roundings.ts";
import { keepResult } from "./stage.ts";

const [orders = 100_000, seed = 1] = process.argv.slice(2).map(Number);
/** Plans are made in portions, so that memory does not grow with their number. */
const portion = 500;
const counts = { ordersRefused: 0, invoices: 0, refused: 0, cannotBeHeld: 0, inexact: 0, lines: 0 };
const started = performance.now();
for (let at = 0; at < orders; at += portion)
  for (const plan of fc.sample(orderPlans(), {
    numRuns: Math.min(portion, orders - at),
    seed: seed * 1_000_000 + at,
  })) {
    const outcome = decomposeOrder(orderOf(plan));
    if (outcome.kind === "closed") for (const rounding of knownRoundings) invoice(outcome.amounts, rounding);
    else counts.ordersRefused += 1;
  }
await keepResult("exact-invoices", {
  what: "orders whose amounts close, invoiced under every combination of Qoyod's rounding settings",
  bar: "ordersRefused 0, refused 0, inexact 0; cannotBeHeld counts amounts that no invoice has where VAT is added to a rounded net",
  orders,
  combinations: knownRoundings.length,
  ...counts,
  seconds: Math.round((performance.now() - started) / 1000),
});

function invoice(amounts: OrderAmounts, rounding: QoyodRounding): void {
  const product = { productId: "1", description: "" };
  const products = { items: amounts.lines.map(() => product), shipping: product, cashOnDelivery: product };
  const outcome = invoiceLines(amounts, { products, rounding });
  counts.invoices += 1;
  if (outcome.kind === "rejected") {
    if (addsToRoundedNet(rounding) && !isAddedVat(amounts)) counts.cannotBeHeld += 1;
    else counts.refused += 1;
    return;
  }
  counts.lines += outcome.lines.length;
  const { total, vat } = qoyodInHalalas(outcome.lines, rounding);
  const halalas = (amount: { times(by: number): { toFixed(): string } }) => BigInt(amount.times(100).toFixed());
  const same =
    total === halalas(amounts.total) &&
    amounts.rates.every((rate) => (vat.get(rate.rate.toFixed()) ?? 0n) === halalas(rate.vat));
  if (!same) counts.inexact += 1;
}
