/** A credit note of Salla as parts of the order's invoice, in the currency of the books (product.md 1.2, "Refunds"). */
import type { CreditNote, CreditNoteItem, Order, OrderCreditNote } from "../../connectors/salla/index.ts";
import { type Decimal, decimal, roundHalfUp } from "../../core/decimal.ts";
import { RecordRejected } from "../../core/errors.ts";
import type { BilledPart, LineSource } from "./invoice-lines.ts";
import { roundToSum, sumOf } from "./largest-remainder.ts";
import type { SallaQoyodSettings } from "./options.ts";
import type { OrderAmounts } from "./order-amounts.ts";
import { type BookedAmounts, bookedAmounts } from "./order-lines.ts";
import { type CreditedPart, leftParts, roundingRoom } from "./refund-lines.ts";
import { type SoldLine, soldLines } from "./sold-lines.ts";

/** What a credit note takes, and of what. */
export interface Refund {
  readonly booked: BookedAmounts;
  /** what earlier credit notes of the order took */
  readonly earlier: readonly CreditedPart[];
  readonly parts: readonly CreditedPart[];
  readonly total: Decimal;
}

/**
 * The parts of a credit note, those of earlier ones of the order taken off before.
 * @throws {RecordRejected} credit-line-unknown, credit-total-differs, and what the order's own amounts are refused for
 */
export function refundOf(note: OrderCreditNote, settings: SallaQoyodSettings): Refund {
  const booked = bookedAmounts(note.order, settings);
  const earlier: CreditedPart[] = [];
  for (const before of note.earlier) earlier.push(...partsOf(before, { order: note.order, booked, earlier }).parts);
  return { booked, earlier: [...earlier], ...partsOf(note, { order: note.order, booked, earlier }) };
}

interface PartsBasis {
  readonly order: Order;
  readonly booked: BookedAmounts;
  readonly earlier: readonly CreditedPart[];
}

/** A part with the amounts that Salla tells of it, before they are made to sum up. */
interface RawPart {
  readonly from: BilledPart;
  readonly quantity: number;
  readonly gross: Decimal;
  readonly vat: Decimal;
}

function partsOf(
  note: CreditNote,
  { order, booked: { amounts, original }, earlier }: PartsBasis,
): Pick<Refund, "parts" | "total"> {
  const left = leftParts(amounts, earlier);
  const rate = original?.rate ?? null;
  const own = rawParts(note, { order, invoiced: amounts, left, rate });
  // What takes all that is left closes the invoice to the halala, whatever the rate of exchange makes of it.
  const takesAll = left.every((part) => part.quantity <= 0 || own.some((raw) => raw.from === part && isRest(raw)));
  const booked = inBooks(decimal(note.total), rate);
  const vat = rate === null ? decimal(note.tax.amount) : null;
  const raws = closingParts(note, own, { total: booked, vat });
  const closing = rate !== null && takesAll ? left : null;
  const total = closing === null ? booked : sumOf(closing.map(({ gross }) => gross));
  const grosses = spreadOver(
    raws.map(({ gross }) => gross),
    total,
  );
  const vats = vatsOf(raws, grosses, { stated: vat, closing });
  const parts = raws.map(
    ({ from, quantity }, at): CreditedPart => ({
      source: from.source,
      quantity,
      gross: grosses[at] ?? decimal(0),
      vat: vats[at] ?? decimal(0),
    }),
  );
  return { parts, total };
}

function inBooks(amount: Decimal, rate: Decimal | null): Decimal {
  return rate === null ? amount : roundHalfUp(amount.times(rate), 2);
}

function isRest({ from, quantity }: RawPart): boolean {
  return quantity >= from.quantity;
}

interface RawBasis {
  readonly order: Order;
  readonly invoiced: OrderAmounts;
  readonly left: readonly BilledPart[];
  readonly rate: Decimal | null;
}

function rawParts(note: CreditNote, { order, invoiced, left, rate }: RawBasis): RawPart[] {
  const factor = rate ?? decimal(1);
  const items = new Map<LineSource, { quantity: Decimal; gross: Decimal; vat: Decimal }>();
  const sold = soldLines(order);
  for (const item of note.items) {
    const at = lineOf(item, order);
    const total = { gross: decimal(item.total).times(factor), vat: decimal(item.tax).times(factor) };
    const members = sold.flatMap((line, source) => (line.at === at ? [{ line, source }] : []));
    const shares = sharesOf(
      total,
      members.flatMap(({ source }) => invoiced.lines[source] ?? []),
    );
    for (const [place, { line, source }] of members.entries()) {
      const { quantity, gross, vat } = items.get(source) ?? {
        quantity: decimal(0),
        gross: decimal(0),
        vat: decimal(0),
      };
      items.set(source, {
        quantity: quantity.plus(decimal(item.quantity).times(line.part?.quantity ?? 1)),
        gross: gross.plus(shares[place]?.gross ?? 0),
        vat: vat.plus(shares[place]?.vat ?? 0),
      });
    }
  }
  const lines = [...items].map(([source, { quantity, gross, vat }]) => {
    const from = left.find((part) => part.source === source);
    if (from === undefined) throw new RecordRejected("credit-line-unknown", { part: `line ${String(source)}` });
    // More units than are left keep their own amounts, so that they are refused by name.
    const raw = { from, quantity: quantity.toNumber(), gross, vat };
    return quantity.eq(from.quantity) ? { ...raw, gross: from.gross, vat: from.vat } : raw;
  });
  return [
    ...lines,
    ...feePart(left, "shipping", decimal(note.shipping_cost.amount).times(factor)),
    ...feePart(left, "cashOnDelivery", decimal(note.cod_cost.amount).times(factor)),
  ];
}

/** What each part of a bundle has of an amount: as much as it had of what was invoiced. A line that is none has all. */
function sharesOf(
  total: Pick<RawPart, "gross" | "vat">,
  invoiced: readonly Pick<BilledPart, "gross" | "vat">[],
): readonly Pick<RawPart, "gross" | "vat">[] {
  const share = (kind: "gross" | "vat") => {
    const whole = sumOf(invoiced.map((one) => one[kind]));
    return invoiced.map((one) =>
      whole.eq(0) ? total[kind].div(invoiced.length) : total[kind].times(one[kind]).div(whole),
    );
  };
  const vats = invoiced.length === 1 ? [total.vat] : share("vat");
  const grosses = invoiced.length === 1 ? [total.gross] : share("gross");
  return grosses.map((gross, at) => ({ gross, vat: vats[at] ?? decimal(0) }));
}

/** The line of the order that an item of a credit note names: by its id, else by product and SKU where one line has both. */
function lineOf(item: CreditNoteItem, { items }: Order): number {
  const byId = items.findIndex(({ id }) => id === item.item_id);
  if (byId !== -1) return byId;
  const alike = items.flatMap(({ product_id, sku }, at) =>
    product_id === item.product_id && sku === item.sku ? [at] : [],
  );
  const [only] = alike;
  if (item.item_id === null && only !== undefined && alike.length === 1) return only;
  const part = item.name || item.sku || String(item.item_id);
  const bundle = soldLines({ items }).find((line) => isPart(line, item));
  if (bundle !== undefined) throw new RecordRejected("bundle-part-credited", { part, product: bundle.item.name });
  throw new RecordRejected("credit-line-unknown", { part });
}

/** Whether an item of a credit note names a part of a bundle by itself: what it cost in the bundle is ours alone. */
function isPart({ part, unit }: SoldLine, { sku, product_id }: CreditNoteItem): boolean {
  return part !== null && ((sku !== "" && sku === part.sku) || (unit !== null && unit === product_id));
}

/** A fee, told without VAT. One that the invoice does not have was free: a discount took it. */
function feePart(left: readonly BilledPart[], source: LineSource, net: Decimal): RawPart[] {
  const from = left.find((part) => part.source === source);
  if (from === undefined || net.eq(0)) return [];
  const vat = net.times(from.rate).times("0.01");
  const gross = net.plus(vat);
  const isWhole = gross.gte(from.gross.minus(roundingRoom({ quantity: 1 })));
  const part = { from, quantity: 1 };
  // A discount on shipping stands among the discounts, so that no more goes back than was charged.
  return [isWhole && from.quantity > 0 ? { ...part, gross: from.gross, vat: from.vat } : { ...part, gross, vat }];
}

/**
 * The parts with amounts that come to the credit note's own total and VAT, but for rounding: those that it tells of its
 * lines, or, where a discount of the order stands beside them, each line's share of what was invoiced.
 * @throws {RecordRejected} credit-total-differs
 */
function closingParts(
  note: CreditNote,
  own: readonly RawPart[],
  { total, vat }: { readonly total: Decimal; readonly vat: Decimal | null },
): readonly RawPart[] {
  const room = own.reduce((sum, raw) => sum.plus(roundingRoom(raw)), decimal(0));
  const closes = (parts: readonly RawPart[]) => {
    const off = sumOf(parts.map(({ gross }) => gross)).minus(total);
    const vatOff = vat === null ? decimal(0) : sumOf(parts.map((part) => part.vat)).minus(vat);
    return off.abs().lte(room) && vatOff.abs().lte(room);
  };
  if (closes(own)) return own;
  const shares = own.map(shareOf);
  if (closes(shares)) return shares;
  const shown = (amount: Decimal, tax: Decimal) => `${amount.toFixed(2)} (VAT ${tax.toFixed(2)})`;
  throw new RecordRejected("credit-total-differs", {
    total: shown(total, vat ?? decimal(note.tax.amount)),
    computed: shown(sumOf(own.map(({ gross }) => gross)), sumOf(own.map((part) => part.vat))),
  });
}

function shareOf(raw: RawPart): RawPart {
  const { from, quantity } = raw;
  if (typeof from.source !== "number" || from.quantity <= 0 || quantity > from.quantity) return raw;
  const share = (amount: Decimal) => amount.times(quantity).div(from.quantity);
  return { ...raw, gross: share(from.gross), vat: share(from.vat) };
}

function spreadOver(raws: readonly Decimal[], sum: Decimal): Decimal[] {
  return raws.length === 0 ? [] : roundToSum(raws, sum);
}

/**
 * VAT of each part: together what the credit note says where it is in riyals; else what is left of the invoice at each rate
 * where that is closed, or what the gross contains. What is sold without VAT has none.
 */
function vatsOf(
  raws: readonly RawPart[],
  grosses: readonly Decimal[],
  { stated, closing }: { readonly stated: Decimal | null; readonly closing: readonly BilledPart[] | null },
): Decimal[] {
  const vats = raws.map(() => decimal(0));
  const rates = [...new Set(raws.map(({ from }) => from.rate.toFixed()))].filter((rate) => rate !== "0");
  let rest = stated;
  for (const [place, rate] of rates.entries()) {
    const members = raws.flatMap((raw, at) => (raw.from.rate.eq(rate) ? [{ vat: raw.vat, at }] : []));
    const own = roundHalfUp(sumOf(members.map(({ vat }) => vat)), 2);
    const contained = containedVat(sumOf(members.map(({ at }) => grosses[at] ?? decimal(0))), decimal(rate));
    const left = closing?.filter((part) => part.rate.eq(rate)) ?? null;
    const foreign = left === null ? contained : sumOf(left.map(({ vat }) => vat));
    const wanted: Decimal = rest === null ? foreign : place === rates.length - 1 ? rest : own;
    const spread = spreadOver(
      members.map(({ vat }) => vat),
      wanted,
    );
    for (const [at, member] of members.entries()) vats[member.at] = spread[at] ?? decimal(0);
    rest = rest === null ? null : rest.minus(wanted);
  }
  return vats;
}

function containedVat(gross: Decimal, rate: Decimal): Decimal {
  return roundHalfUp(gross.times(rate).div(rate.plus(100)), 2);
}
