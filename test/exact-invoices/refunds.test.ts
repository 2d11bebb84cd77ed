import fc from "fast-check";
import { expect, test } from "vitest";
import type { CreditNote, OrderCreditNote } from "../../src/connectors/salla/index.ts";
import { decimal } from "../../src/core/decimal.ts";
import { RecordRejected } from "../../src/core/errors.ts";
import type { SallaQoyodSettings } from "../../src/flows/salla-qoyod/options.ts";
import { decomposeOrder, type OrderAmounts } from "../../src/flows/salla-qoyod/order-amounts.ts";
import type { CreditedPart } from "../../src/flows/salla-qoyod/refund-lines.ts";
import { refundLines } from "../../src/flows/salla-qoyod/refund-lines.ts";
import { refundOf } from "../../src/flows/salla-qoyod/refund-parts.ts";
import { knownRoundings } from "../../src/flows/salla-qoyod/rounding-from-draft.ts";
import { soldLines } from "../../src/flows/salla-qoyod/sold-lines.ts";
import { bundled, withParts } from "./bundled-lines.ts";
import { orderOf, orderPlans } from "./closing-orders.ts";

const settings = { foreignCurrency: true } as SallaQoyodSettings;
const nothing = { amount: "0", taxable: true };

/** Takes units of lines as a shop does: what several credit notes of a line take sums to the line. */
function creditNote(amounts: OrderAmounts, id: number, takes: readonly Take[], withFees: boolean): CreditNote {
  const items = takes.map(({ at, before, quantity }) => {
    const line = amounts.lines[at];
    if (line === undefined) throw new Error(`no line ${at}`);
    const upTo = (whole: typeof line.gross, units: number) => whole.times(units).div(line.quantity).round(2);
    const part = (whole: typeof line.gross) => upTo(whole, before + quantity).minus(upTo(whole, before));
    return { at, quantity, gross: part(line.gross), vat: part(line.vat) };
  });
  const fees = withFees ? [amounts.shipping, amounts.cashOnDelivery].filter((fee) => fee !== null) : [];
  const sum = (all: readonly ReturnType<typeof decimal>[]) => all.reduce((one, other) => one.plus(other), decimal(0));
  const net = (fee: OrderAmounts["shipping"]) => ({ ...nothing, amount: fee === null ? "0" : fee.net.toFixed() });
  return {
    id: String(id),
    order_id: "1",
    invoice_number: String(id),
    date: "2026-01-15",
    sub_total: "0",
    shipping_cost: withFees ? net(amounts.shipping) : nothing,
    cod_cost: withFees ? net(amounts.cashOnDelivery) : nothing,
    discount: "0",
    tax: { percent: "15", amount: sum([...items, ...fees].map(({ vat }) => vat)).toFixed() },
    total: sum([...items, ...fees].map(({ gross }) => gross)).toFixed(),
    items: items.map(({ at, quantity, gross, vat }) => ({
      ...{ id: null, item_id: `i${at}`, product_id: null, name: "", sku: "", price: "0", discount: "0" },
      quantity: String(quantity),
      tax: vat.toFixed(),
      total: gross.toFixed(),
    })),
  };
}

interface Take {
  readonly at: number;
  readonly before: number;
  readonly quantity: number;
}

/** Parts of an order in two credit notes and its rest in a third. */
function splitUp(amounts: OrderAmounts, cuts: readonly number[]): CreditNote[] {
  const takes: Take[][] = [[], [], []];
  for (const [at, { quantity }] of amounts.lines.entries()) {
    const first = (cuts[at] ?? 0) % (quantity + 1);
    const second = (cuts[at + 1] ?? 0) % (quantity - first + 1);
    let before = 0;
    for (const [place, units] of [first, second, quantity - first - second].entries()) {
      if (units > 0) takes[place]?.push({ at, before, quantity: units });
      before += units;
    }
  }
  const notes = takes.map((take, place) => creditNote(amounts, place + 1, take, place === 2));
  return notes.filter(({ total, items }) => items.length > 0 || total !== "0");
}

test("refunds in parts, whatever the order: each credit note to the halala, together the invoice, and nothing more", () => {
  const cases = fc.tuple(
    orderPlans(),
    fc.constantFrom(...knownRoundings),
    fc.array(fc.nat(60), { minLength: 8, maxLength: 8 }),
    fc.oneof(fc.constant([]), bundled),
  );
  let made = 0;
  fc.assert(
    fc.property(cases, ([plan, rounding, cuts, bundles]) => {
      const salla = orderOf(plan);
      const taken = decomposeOrder(salla);
      if (taken.kind === "rejected") throw new Error(taken.reason.code);
      const order = withParts(salla, bundles);
      const notes = splitUp(taken.amounts, cuts);
      const all: CreditedPart[] = [];
      let invoiced: OrderAmounts | null = null;
      for (const [place, note] of notes.entries()) {
        const refund = refundOf({ ...note, order, earlier: notes.slice(0, place) } as OrderCreditNote, settings);
        invoiced = refund.booked.amounts;
        const product = { productId: "1", description: "" };
        const products = { items: soldLines(order).map(() => product), shipping: product, cashOnDelivery: product };
        const outcome = refundLines(
          { kind: "parts", ...refund },
          { invoiced, earlier: refund.earlier, products, rounding },
        );
        if (outcome.kind === "exact") made += 1;
        else expect(outcome.reason).toMatchObject({ code: "invoice-not-exact" });
        if (plan.currency === "SAR") expect(refund.total.toFixed(2)).toBe(decimal(note.total).toFixed(2));
        all.push(...refund.parts);
      }
      const sum = all.reduce((one, { gross }) => one.plus(gross), decimal(0));
      const vat = all.reduce((one, part) => one.plus(part.vat), decimal(0));
      expect(sum.toFixed(2)).toBe(invoiced?.total.toFixed(2));
      expect(vat.toFixed(2)).toBe(invoiced?.rates.reduce((one, rate) => one.plus(rate.vat), decimal(0)).toFixed(2));
      const [last] = notes;
      if (last === undefined || last.items.length === 0 || invoiced === null || last.total === "0") return;
      const more = { ...last, id: "9", order, earlier: notes } as OrderCreditNote;
      expect(refusalOf(more, rounding)).toMatch(/^credit-(exceeds-invoice|total-differs)$/);
    }),
    { numRuns: 30, seed: 4, endOnFailure: true },
  );
  expect(made).toBeGreaterThan(40);
});

test("a credit note that takes one part of a bundle by itself is named, and so is half a bundle", () => {
  const money = (amount: string) => ({ amount, currency: "SAR" });
  const tax = { percent: "15", amount: money("15.00") };
  const salla = {
    amounts: { sub_total: money("100.00"), tax, total: money("115.00") },
    items: [{ name: "Tea set", sku: "SET", quantity: "1", amounts: { price_without_tax: money("100.00"), tax } }],
  };
  const order = withParts(salla, [
    [
      { quantity: 2, price: "52" },
      { quantity: 1, price: "30" },
    ],
  ]);
  const whole = decomposeOrder(salla);
  if (whole.kind === "rejected") throw new Error(whole.reason.code);
  const note = creditNote(whole.amounts, 1, [{ at: 0, before: 0, quantity: 1 }], false);
  const taking = (item: Partial<CreditNote["items"][number]>) =>
    ({ ...note, items: note.items.map((one) => ({ ...one, ...item })), order, earlier: [] }) as OrderCreditNote;
  const rounding = knownRoundings[0] as (typeof knownRoundings)[number];
  expect(refusalOf(taking({ item_id: null, sku: "PART-0-1" }), rounding)).toBe("bundle-part-credited");
  expect(refusalOf(taking({ item_id: null, product_id: "00" }), rounding)).toBe("bundle-part-credited");
  expect(refusalOf(taking({ item_id: null, sku: "OTHER" }), rounding)).toBe("credit-line-unknown");
  expect(refusalOf(taking({ quantity: "0.5" }), rounding)).toBe("credit-exceeds-invoice");
});

function refusalOf(note: OrderCreditNote, rounding: (typeof knownRoundings)[number]): string {
  try {
    const refund = refundOf(note, settings);
    const products = { items: [], shipping: undefined as never, cashOnDelivery: undefined as never };
    const basis = { invoiced: refund.booked.amounts, earlier: refund.earlier, products, rounding };
    const outcome = refundLines({ kind: "parts", ...refund }, basis);
    return outcome.kind === "rejected" ? outcome.reason.code : "none";
  } catch (error) {
    if (error instanceof RecordRejected) return error.code;
    throw error;
  }
}
