/**
 * Orders as a shop on Salla makes them, whose amounts close. Computed in whole halalas, and by none of the product's
 * code, so that one misreading is not made twice.
 */
import fc from "fast-check";
import type { SallaOrder } from "../../src/flows/salla-qoyod/order-amounts-reading.ts";

interface PlannedItem {
  /** halalas for one unit, VAT included where the shop's prices include it; 0 is a free item */
  readonly price: number;
  readonly quantity: number;
  /** whether it is taxed at the order's rate, or at 0 */
  readonly taxed: boolean;
  /** percent taken off the line by itself */
  readonly offPercent: number;
}

export interface OrderPlan {
  readonly inclusive: boolean;
  readonly rate: number;
  readonly items: readonly PlannedItem[];
  readonly coupon: {
    readonly kind: "none" | "fixed" | "percent";
    readonly size: number;
    readonly on: "all" | "taxed";
    /** whether Salla says the share of each line in the line, or lists the coupon with the order only */
    readonly told: "lines" | "order";
  };
  /** discounts that are in the prices already, and listed only */
  readonly listedOnly: boolean;
  readonly shipping: { readonly net: number; readonly taxed: boolean; readonly off: number };
  readonly cashOnDelivery: { readonly net: number; readonly taxed: boolean };
  /** VAT once over the order, or the sum of what was rounded for each line */
  readonly vatBy: "order" | "lines";
  readonly texts: boolean;
  readonly currency: string;
}

const price = fc.oneof(
  { weight: 1, arbitrary: fc.constant(0) },
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 2_000 }) },
  { weight: 8, arbitrary: fc.integer({ min: 1, max: 60_000 }) },
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 1_200 }).map((riyals) => riyals * 100) },
);

/** Plans of orders; `vatBy` is the order unless told otherwise. */
export function orderPlans(vatBy: fc.Arbitrary<"order" | "lines"> = fc.constant("order")): fc.Arbitrary<OrderPlan> {
  return fc.record({
    inclusive: fc.boolean(),
    rate: fc.oneof(
      { weight: 12, arbitrary: fc.constant(15) },
      { weight: 2, arbitrary: fc.constant(0) },
      { weight: 1, arbitrary: fc.constantFrom(5, 8) },
    ),
    items: fc.array(
      fc.record({
        price,
        quantity: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 50 })),
        taxed: fc.oneof({ weight: 5, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
        offPercent: fc.oneof(
          { weight: 4, arbitrary: fc.constant(0) },
          { weight: 1, arbitrary: fc.integer({ min: 1, max: 100 }) },
        ),
      }),
      { minLength: 1, maxLength: 7 },
    ),
    coupon: fc.record({
      kind: fc.constantFrom("none", "fixed", "percent"),
      size: fc.integer({ min: 1, max: 9_000 }),
      on: fc.constantFrom("all", "all", "taxed"),
      told: fc.constantFrom("lines", "order"),
    }),
    listedOnly: fc.oneof({ weight: 6, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
    shipping: fc.record({
      net: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 6_000 })),
      taxed: fc.boolean(),
      off: fc.oneof(fc.constant(0), fc.constant(0), fc.integer({ min: 1, max: 100 })),
    }),
    cashOnDelivery: fc.record({
      net: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 2_000 })),
      taxed: fc.boolean(),
    }),
    vatBy,
    texts: fc.boolean(),
    currency: fc.oneof(
      { weight: 8, arbitrary: fc.constant("SAR") },
      { weight: 1, arbitrary: fc.constantFrom("USD", "KWD") },
    ),
  });
}

/** The order of a plan, with what its parts come to. */
export function orderOf(wanted: OrderPlan): SallaOrder {
  // What is listed only was in the prices from the start.
  const plan = wanted.listedOnly ? undiscounted(wanted) : wanted;
  const { items, shipping, cashOnDelivery, inclusive } = plan;
  const rates = items.map(({ taxed }) => (taxed ? plan.rate : 0));
  const unitNets = items.map((item, at) => (inclusive ? withoutVat(item.price, rates[at] ?? 0) : item.price));
  // Amounts of the shop's own kind: inclusive ones where its prices are.
  const full = items.map(({ price, quantity }) => price * quantity);
  const own = items.map(({ offPercent }, at) => divided((full[at] ?? 0) * offPercent, 100));
  const left = full.map((amount, at) => amount - (own[at] ?? 0));
  const shares = couponShares(plan, left);
  const kept = left.map((amount, at) => amount - (shares[at] ?? 0));
  const fees = [
    { net: shipping.net - divided(shipping.net * shipping.off, 100), rate: shipping.taxed ? plan.rate : 0 },
    { net: cashOnDelivery.net, rate: cashOnDelivery.taxed ? plan.rate : 0 },
  ];
  const lineVats = kept.map((amount, at) => {
    const rate = rates[at] ?? 0;
    return inclusive ? amount - withoutVat(amount, rate) : divided(amount * rate, 100);
  });
  const feeVats = fees.map(({ net, rate }) => divided(net * rate, 100));
  const taxedItems = sum(kept.filter((_, at) => items[at]?.taxed));
  const fromGross = inclusive && taxedItems > 0;
  const taxedFees = fees.map(({ net, rate }, at) => (rate > 0 ? net + (fromGross ? (feeVats[at] ?? 0) : 0) : 0));
  const taxed = taxedItems + sum(taxedFees);
  const ofOrder = fromGross ? taxed - withoutVat(taxed, plan.rate) : divided(taxed * plan.rate, 100);
  const vat = plan.vatBy === "lines" ? sum(lineVats) + sum(feeVats) : ofOrder;
  const total = sum(kept) + sum(fees.map(({ net }) => net)) + (fromGross ? sum(feeVats) : vat);
  const netOfItems = total - vat - sum(fees.map(({ net }) => net));
  const ownNets = own.map((amount, at) => (inclusive ? withoutVat(amount, rates[at] ?? 0) : amount));
  const shareNets = shares.map((amount, at) => (inclusive ? withoutVat(amount, rates[at] ?? 0) : amount));
  const toldNets = ownNets.map((amount, at) => amount + (plan.coupon.told === "lines" ? (shareNets[at] ?? 0) : 0));
  const listed = inclusive ? netOfAll(full, { rates, rate: plan.rate }) : sum(full);
  const before = plan.listedOnly ? netOfItems : Math.max(netOfItems, listed);
  const off = plan.listedOnly ? plan.coupon.size : before - netOfItems;
  const shippingOff = shipping.net - (fees[0]?.net ?? 0);
  const money = (halalas: number) => ({ amount: spelled(halalas, plan.texts), currency: plan.currency });
  return {
    currency: plan.currency,
    amounts: {
      sub_total: money(before),
      shipping_cost: money(shipping.net),
      cash_on_delivery: money(cashOnDelivery.net),
      tax: { percent: plan.texts ? plan.rate.toFixed(2) : plan.rate, amount: money(vat) },
      discounts:
        off + shippingOff === 0
          ? []
          : [
              {
                discount: spelled(off + shippingOff, true),
                discounted_shipping: spelled(shippingOff, plan.texts),
                currency: plan.currency,
              },
            ],
      total: money(total),
    },
    items: items.map((item, at) => {
      const { quantity } = item;
      const net = (unitNets[at] ?? 0) * quantity;
      return {
        name: `item ${at + 1}`,
        sku: `SKU-${at + 1}`,
        quantity,
        currency: plan.currency,
        amounts: {
          price_without_tax: money(unitNets[at] ?? 0),
          total_discount: money(Math.min(net, toldNets[at] ?? 0)),
          tax: {
            percent: plan.texts ? (rates[at] ?? 0).toFixed(2) : (rates[at] ?? 0),
            amount: money(lineVats[at] ?? 0),
          },
        },
      };
    }),
  };
}

function undiscounted(plan: OrderPlan): OrderPlan {
  return {
    ...plan,
    items: plan.items.map((item) => ({ ...item, offPercent: 0 })),
    coupon: { ...plan.coupon, kind: "none" },
    shipping: { ...plan.shipping, off: 0 },
  };
}

function couponShares({ coupon, items }: OrderPlan, left: readonly number[]): number[] {
  const hit = left.map((amount, at) => (coupon.on === "all" || items[at]?.taxed ? amount : 0));
  const whole = sum(hit);
  if (coupon.kind === "none" || whole === 0) return left.map(() => 0);
  const size = coupon.kind === "fixed" ? Math.min(coupon.size, whole) : divided(whole * (coupon.size % 101), 100);
  const floors = hit.map((amount) => Number((BigInt(size) * BigInt(amount)) / BigInt(whole)));
  let rest = size - sum(floors);
  return floors.map((share, at) => {
    if (rest === 0 || share >= (hit[at] ?? 0)) return share;
    rest -= 1;
    return share + 1;
  });
}

/** Net of inclusive amounts, taken out once for all that is taxed. */
function netOfAll(amounts: readonly number[], { rates, rate }: { rates: readonly number[]; rate: number }): number {
  const taxed = sum(amounts.filter((_, at) => (rates[at] ?? 0) > 0));
  return withoutVat(taxed, rate) + sum(amounts) - taxed;
}

function withoutVat(gross: number, rate: number): number {
  return gross - divided(gross * rate, 100 + rate);
}

/** Half up, in whole numbers. */
function divided(amount: number, by: number): number {
  return Math.floor((2 * amount + by) / (2 * by));
}

function spelled(halalas: number, text: boolean): number | string {
  const words = `${Math.floor(halalas / 100)}.${String(halalas % 100).padStart(2, "0")}`;
  return text ? words : Number(words);
}

function sum(amounts: readonly number[]): number {
  return amounts.reduce((total, amount) => total + amount, 0);
}
