/** Which VAT an order's lines and fees have, so that it sums to what Salla says. */
import { type Decimal, decimal, roundHalfUp } from "../../core/decimal.ts";
import { roundToSum, sumOf } from "./largest-remainder.ts";
import type { ReadItem, ReadOrder } from "./order-amounts-reading.ts";
import { type DiscountReading, priceSlack } from "./order-discounts.ts";

/** Shipping or cash on delivery after discounts, without VAT. */
export interface Fee {
  readonly kind: "shipping" | "cashOnDelivery";
  readonly net: Decimal;
  readonly rate: Decimal;
}

/** The nets and rates under which an order's VAT closes. */
export interface VatClosure {
  /** what each item came to, without VAT, of two decimals */
  readonly nets: readonly Decimal[];
  readonly fees: readonly Fee[];
  /** whether VAT is the sum of what the lines say, and not what the rates give over what was sold */
  readonly byLines: boolean;
  /** VAT of each rate above 0, of two decimals; they sum to the order's VAT */
  readonly vatOf: readonly { readonly rate: Decimal; readonly vat: Decimal }[];
}

interface NetReading {
  readonly order: ReadOrder;
  readonly reading: DiscountReading;
  /** what each item came to without VAT, not rounded */
  readonly raws: readonly Decimal[];
  /** what they come to together, of two decimals */
  readonly base: Decimal;
}

const zero = decimal(0);
const half = decimal("0.005");
/** VAT of the Kingdom since July 2020, in percent. */
const standardRate = decimal(15);
/**
 * VAT that was computed once over what was sold at a rate is at most half a halala off, and the rate's share of half a
 * halala more where it was taken out of inclusive prices whose net was rounded as well.
 */
function onceRounded(rates: readonly Decimal[]): Decimal {
  return sumOf(rates.map((rate) => half.times(rate.times("0.01").plus(1))));
}

/** The taxation of the fees under which VAT closes best, or null where none does. */
export function withVat(net: NetReading, byLines: boolean): VatClosure | null {
  const { order, raws, base } = net;
  const bases = feeNets(net);
  const nets = base.lt(0) ? null : roundedNets(order.items, { raws, base });
  if (bases === null || nets === null) return null;
  const fits = feeRates(order, bases.length)
    .map((rates) => bases.map((fee, at): Fee => ({ ...fee, rate: rates[at] ?? zero })))
    .flatMap((fees) => {
      const fit = byLines ? linesFit(order, nets, fees) : onceFit(net, { nets, fees });
      return fit === null ? [] : [{ fees, ...fit }];
    })
    .sort((a, b) => a.moved.cmp(b.moved) || a.off.cmp(b.off));
  const best = fits[0];
  if (best === undefined) return null;
  const shares = vatShares(order, { nets: best.nets, fees: best.fees, byLines });
  const vats = roundToSum(
    shares.map(({ vat }) => vat),
    order.vat,
  );
  const vatOf = shares.map(({ rate }, at) => ({ rate, vat: vats[at] ?? zero }));
  return { nets: best.nets, fees: best.fees, byLines, vatOf };
}

/**
 * Whether a line's VAT is that of its price and quantity, before or after its own discount and any part of what the
 * order's coupons may have taken off it; rounded per unit or per line.
 */
export function lineCloses(item: ReadItem, order: ReadOrder): boolean {
  const full = item.price.times(item.quantity);
  if (item.discount.gt(full.plus(half.times(item.quantity)))) return false;
  const ofNet = (net: Decimal) => net.times(item.rate).times("0.01");
  const slack = half.times(item.quantity + 1).plus(ofNet(half.times(item.quantity)));
  const own = sumOf(order.items.map(({ discount }) => discount));
  const coupons = order.discounts.plus(order.shippingDiscount).minus(own);
  const net = full.minus(item.discount);
  const least = coupons.gt(net) ? zero : net.minus(coupons.gt(0) ? coupons : zero);
  const near = (amount: Decimal) => item.vat.minus(ofNet(amount)).abs().lte(slack);
  return near(full) || near(net) || (item.vat.lte(ofNet(net)) && item.vat.gte(ofNet(least).minus(slack)));
}

/** Shipping and cash on delivery; what rounding them leaves over belongs to one of them. Null where there is none to take it. */
function feeNets({ order, reading, base }: NetReading): Omit<Fee, "rate">[] | null {
  const shipping = roundHalfUp(order.shipping.minus(reading.offShipping), 2);
  const rest = order.total.minus(order.vat).minus(base).minus(shipping);
  const paid = order.cashOnDelivery.gt(0);
  const fees = [
    { kind: "shipping" as const, net: paid ? shipping : shipping.plus(rest) },
    { kind: "cashOnDelivery" as const, net: paid ? rest : zero },
  ].filter(({ net }) => !net.eq(0));
  const taken = paid || order.shipping.gt(0) || rest.eq(0);
  return taken && fees.every(({ net }) => net.gt(0)) ? fees : null;
}

interface Fit {
  readonly nets: readonly Decimal[];
  /** how much of the net had to move between the taxed and the untaxed lines */
  readonly moved: Decimal;
  readonly off: Decimal;
}

/**
 * VAT as the rates give it once over what was sold. Where some lines are taxed and some are not, what was lost in rounding
 * prices and a coupon's shares is moved between them, as far as it can have been lost.
 */
function onceFit(
  { order, reading, raws, base }: NetReading,
  { nets, fees }: { nets: readonly Decimal[]; fees: readonly Fee[] },
): Fit | null {
  const offWith = (some: readonly Decimal[]) =>
    order.vat.minus(sumOf(vatShares(order, { nets: some, fees, byLines: false }).map(({ vat }) => vat)));
  const rates = vatShares(order, { nets, fees, byLines: false }).map(({ rate }) => rate);
  const off = offWith(nets);
  if (off.abs().lte(onceRounded(rates))) return { nets, moved: zero, off: off.abs() };
  const [rate] = rates;
  const taxed = sumOf(nets.filter((_, at) => order.items[at]?.rate.gt(0)));
  if (rate === undefined || rates.length > 1 || taxed.eq(0) || taxed.eq(base)) return null;
  const ofVat = (vat: Decimal) => vat.times(100).div(rate);
  const moved = roundHalfUp(ofVat(off.abs().minus("0.0049")), 2).plus("0.01");
  const units = sumOf(order.items.map((item) => decimal(item.rate.gt(0) ? item.quantity + 1 : 0)));
  const most = reading.coupon.gt(0) ? ofVat(half.times(units)) : priceSlack(order.items);
  const share = off.gt(0) ? taxed.plus(moved) : taxed.minus(moved);
  if (moved.gt(most) || share.lt(0) || share.gt(base)) return null;
  const shifted = roundedNets(order.items, { raws, base, taxed: share });
  if (shifted === null) return null;
  const after = offWith(shifted).abs();
  return after.lte(onceRounded(rates)) ? { nets: shifted, moved, off: after } : null;
}

/**
 * VAT as the sum of what the lines say, each of which must be that of its net. What rounding its price made of one line was
 * spread over all of them, so that any of them may be off by the VAT of that.
 */
function linesFit(order: ReadOrder, nets: readonly Decimal[], fees: readonly Fee[]): Fit | null {
  const shares = vatShares(order, { nets, fees, byLines: true });
  const off = order.vat.minus(sumOf(shares.map(({ vat }) => vat))).abs();
  const spread = priceSlack(order.items);
  const consistent = order.items.every(({ rate, vat, quantity }, at) => {
    const ofNet = (net: Decimal) => net.times(rate).times("0.01");
    const slack = half.times(quantity + 1).plus(ofNet(spread));
    return vat
      .minus(ofNet(nets[at] ?? zero))
      .abs()
      .lte(slack);
  });
  return consistent && off.lte(half.times(fees.length)) ? { nets, moved: zero, off } : null;
}

/** VAT of each rate above 0, before it is rounded. */
function vatShares(
  order: ReadOrder,
  { nets, fees, byLines }: { nets: readonly Decimal[]; fees: readonly Fee[]; byLines: boolean },
): { readonly rate: Decimal; readonly vat: Decimal }[] {
  const ofNet = (net: Decimal, rate: Decimal) => net.times(rate).times("0.01");
  const parts = [
    ...order.items.map(({ rate, vat }, at) => ({ rate, vat: byLines ? vat : ofNet(nets[at] ?? zero, rate) })),
    ...fees.map(({ rate, net }) => ({ rate, vat: ofNet(net, rate) })),
  ];
  const rates = [...new Set(parts.map(({ rate }) => rate.toFixed()))].map((rate) => decimal(rate));
  return rates
    .filter((rate) => rate.gt(0))
    .map((rate) => ({ rate, vat: sumOf(parts.filter((part) => part.rate.eq(rate)).map(({ vat }) => vat)) }));
}

/**
 * Nets of two decimals that sum to the base. Prices without VAT are exact, so that what rounding left over lies on the
 * taxed lines; where these must come to a sum of their own, every line changes in proportion.
 */
function roundedNets(
  items: readonly ReadItem[],
  { raws, base, taxed }: { raws: readonly Decimal[]; base: Decimal; taxed?: Decimal },
): Decimal[] | null {
  const groups = [true, false].map((group) => items.flatMap(({ rate }, at) => (rate.gt(0) === group ? [at] : [])));
  const wholes = groups.map((places) => sumOf(places.map((at) => raws[at] ?? zero)));
  const anyTaxed = items.some((item) => item.rate.gt(0) && fullPrice(item).gt(0));
  const ofTaxed = taxed ?? (anyTaxed ? base.minus(roundHalfUp(wholes[1] ?? zero, 2)) : zero);
  if (ofTaxed.lt(0)) return null;
  const nets = items.map(() => zero);
  for (const [index, places] of groups.entries()) {
    const sum = index === 0 ? ofTaxed : base.minus(ofTaxed);
    if (sum.eq(0)) continue;
    // Prices that are off by rounding may leave nothing where something was paid; what the lines cost before then decides.
    const left = wholes[index]?.gt(0) ?? false;
    const weights = places.map((at) => (left ? (raws[at] ?? zero) : fullPrice(items[at])));
    const whole = sumOf(weights);
    if (whole.eq(0) || sum.lt(0)) return null;
    const scaled = weights.map((weight) => weight.times(sum).div(whole));
    const rounded = roundToSum(scaled, sum);
    for (const [place, at] of places.entries()) nets[at] = rounded[place] ?? zero;
  }
  return nets;
}

function fullPrice(item: ReadItem | undefined): Decimal {
  return item === undefined ? zero : item.price.times(item.quantity);
}

/**
 * Every taxation of so many fees: at the order's rate, at one of the lines', or not at all. Where all goods are untaxed and
 * VAT was charged nevertheless, it is that of a fee, at the standard rate.
 */
function feeRates(order: ReadOrder, count: number): Decimal[][] {
  const named = [order.rate, ...order.items.map(({ rate }) => rate)];
  const ofFees = order.vat.gt(0) && named.every((rate) => rate.eq(0)) ? [standardRate] : [];
  const texts = new Set([...named, ...ofFees, zero].map((rate) => rate.toFixed()));
  const rates = [...texts].map((rate) => decimal(rate));
  if (count === 0) return [[]];
  return feeRates(order, count - 1).flatMap((rest) => rates.map((rate) => [rate, ...rest]));
}
