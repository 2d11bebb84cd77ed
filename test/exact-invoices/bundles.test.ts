import fc from "fast-check";
import { expect, test } from "vitest";
import { decimal } from "../../src/core/decimal.ts";
import { invoiceLines } from "../../src/flows/salla-qoyod/invoice-lines.ts";
import type { SallaQoyodSettings } from "../../src/flows/salla-qoyod/options.ts";
import { decomposeOrder } from "../../src/flows/salla-qoyod/order-amounts.ts";
import { bookedAmounts, productsOf } from "../../src/flows/salla-qoyod/order-lines.ts";
import { knownRoundings } from "../../src/flows/salla-qoyod/rounding-from-draft.ts";
import { soldLines, withoutBundles } from "../../src/flows/salla-qoyod/sold-lines.ts";
import { bundled, withParts } from "./bundled-lines.ts";
import { orderOf, orderPlans } from "./closing-orders.ts";
import { qoyodInHalalas } from "./qoyod-in-halalas.ts";

const settings = { shippingProductId: "901", codProductId: "902", foreignCurrency: true } as SallaQoyodSettings;

test("a bundle's parts come to its line, to its VAT and to its pieces, each by its selling price to a halala", () => {
  fc.assert(
    fc.property(orderPlans(), bundled, (plan, bundles) => {
      const salla = orderOf(plan);
      const order = withParts(salla, bundles);
      const taken = decomposeOrder(salla);
      if (taken.kind === "rejected") throw new Error(taken.reason.code);
      const { lines } = withoutBundles(taken.amounts, order);
      const sold = soldLines(order);
      expect(lines).toHaveLength(sold.length);
      for (const [at, whole] of taken.amounts.lines.entries()) {
        const parts = lines.filter((_, place) => sold[place]?.at === at);
        const sum = (of: "net" | "vat" | "gross") =>
          parts.reduce((all, one) => all.plus(one[of]), decimal(0)).toFixed(2);
        expect([sum("net"), sum("vat"), sum("gross")]).toEqual(
          [whole.net, whole.vat, whole.gross].map((amount) => amount.toFixed(2)),
        );
        expect(parts.every(({ rate, net, vat }) => rate.eq(whole.rate) && net.gte(0) && vat.gte(0))).toBe(true);
        const given = order.items[at]?.parts ?? [];
        const weights = given.map(({ price, quantity }) => Math.round(Number(price ?? 0) * 100) * quantity);
        const all = weights.reduce((one, other) => one + other, 0);
        for (const [place, weight] of weights.entries()) {
          const units = whole.quantity * (given[place]?.quantity ?? 0);
          expect(parts[place]?.quantity).toBe(units);
          const share = all === 0 ? whole.gross.div(weights.length) : whole.gross.times(weight).div(all);
          expect(parts[place]?.gross.minus(share).abs().lt("0.01")).toBe(true);
        }
      }
    }),
    { numRuns: 400, seed: 7 },
  );
});

test("an invoice with bundles comes to the order's total and VAT in Qoyod wherever the same order without them does", () => {
  let made = 0;
  fc.assert(
    fc.property(orderPlans(), bundled, fc.constantFrom(...knownRoundings), (plan, bundles, rounding) => {
      const salla = orderOf(plan);
      const invoiceOf = (order: ReturnType<typeof withParts>) => {
        const { amounts } = bookedAmounts(order, settings);
        const products = productsOf(order, amounts, settings);
        return { amounts, outcome: invoiceLines(amounts, { products, rounding }) };
      };
      const plain = invoiceOf(withParts(salla, []));
      const { amounts, outcome } = invoiceOf(withParts(salla, bundles));
      expect(amounts.total.eq(plain.amounts.total)).toBe(true);
      if (outcome.kind === "rejected") {
        // Parts of less than a riyal in all may have nothing to move between them.
        const tiny = amounts.total.lt("1.00");
        expect(plain.outcome.kind === "rejected" || tiny).toBe(true);
        return;
      }
      made += 1;
      const computed = qoyodInHalalas(outcome.lines, rounding);
      expect(String(computed.total)).toBe(amounts.total.times(100).toFixed());
      for (const { rate, vat } of amounts.rates) {
        const wanted = outcome.drift.find((one) => one.rate.eq(rate))?.computed ?? vat;
        expect(String(computed.vat.get(rate.toFixed()) ?? 0n)).toBe(wanted.times(100).toFixed());
      }
    }),
    { numRuns: 400, seed: 11 },
  );
  expect(made).toBeGreaterThan(300);
});
