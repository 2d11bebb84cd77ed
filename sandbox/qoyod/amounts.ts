import { add, type Decimal, decimalText, divide, multiply, roundHalfUp, subtract, zero } from "../decimal.ts";
import type { QoyodSwitches } from "./switches.ts";

/** One line as it was sent, with the tax rate in percent (`15`). */
export interface PricedLine {
  readonly quantity: Decimal;
  readonly unitPrice: Decimal;
  readonly discount: Decimal;
  readonly discountIsPercent: boolean;
  readonly rate: Decimal;
  readonly isInclusive: boolean;
}

export interface LineAmounts {
  /** Price of one unit without and with VAT. */
  readonly netUnit: Decimal;
  readonly grossUnit: Decimal;
  /** What the discount takes off, in the meaning in which it was sent. */
  readonly discountAmount: Decimal;
  readonly net: Decimal;
  readonly vat: Decimal;
  readonly gross: Decimal;
  readonly unroundedVat: Decimal;
}

/** The amounts of a document; `vatByRate` is keyed by the rate as text. */
export interface DocumentAmounts {
  readonly lines: readonly LineAmounts[];
  readonly vatByRate: ReadonlyMap<string, Decimal>;
  readonly total: Decimal;
}

type Rules = Pick<
  QoyodSwitches,
  "roundsUnitNet" | "roundsLineNet" | "vatRoundedPer" | "vatOf" | "inclusiveDiscount" | "amountDiscountPer"
>;

const HALALA_DECIMALS = 2;
/** Decimals of what is shown but not rounded to the halala. */
const SHOWN_DECIMALS = 10;
const one: Decimal = { digits: 1n, scale: 0 };

/**
 * Adds up a document as the switches say. A net that is not rounded may have no end in decimals, but times (1 + rate) it
 * has one: that is what is carried, and it is divided once, where something is rounded.
 * @param documentDiscounts gross amounts off the document with their rates, as further lines of their own.
 */
export function documentAmounts(
  lines: readonly PricedLine[],
  rules: Rules,
  documentDiscounts: readonly { readonly gross: Decimal; readonly rate: Decimal }[] = [],
): DocumentAmounts {
  const carried = lines.map((line) => carriedLine(line, rules));
  const off = documentDiscounts.map(({ gross, rate }) => {
    const negative = subtract(zero, gross);
    return { rate, factor: factorOf(rate), inclusive: negative, netTimesFactor: negative };
  });
  const vatByRate = new Map<string, Decimal>();
  const grossOfRates: Decimal[] = [];
  for (const [key, group] of Map.groupBy([...carried, ...off], ({ rate }) => rateKey(rate))) {
    const { vat, gross } = rateAmounts(group, rules);
    vatByRate.set(key, vat);
    grossOfRates.push(gross);
  }
  return { lines: carried.map((line) => lineAmounts(line, rules)), vatByRate, total: halala(sum(grossOfRates)) };
}

/** How the VAT of one rate is keyed: `15`, `0`. */
export function rateKey(rate: Decimal): string {
  return decimalText(rate).replace(/\.0+$|(\.\d*?)0+$/, "$1");
}

/** A sum of amounts. */
export function sum(values: readonly Decimal[]): Decimal {
  return values.reduce(add, zero);
}

interface Carried {
  readonly rate: Decimal;
  /** 1 + rate. */
  readonly factor: Decimal;
  /** What the line costs with VAT, as its price says. */
  readonly inclusive: Decimal;
  /** The net after the roundings of unit and line, times the factor. */
  readonly netTimesFactor: Decimal;
}

interface CarriedLine extends Carried, Pick<LineAmounts, "netUnit" | "grossUnit" | "discountAmount"> {}

function carriedLine(line: PricedLine, rules: Rules): CarriedLine {
  const { quantity, unitPrice, rate, isInclusive } = line;
  const factor = factorOf(rate);
  const listed = multiply(quantity, unitPrice);
  const ofLine = rules.amountDiscountPer === "unit" ? multiply(line.discount, quantity) : line.discount;
  const discountAmount = line.discountIsPercent ? share(listed, line.discount) : ofLine;
  // A percentage is taken off the price in which it was given; only an amount leaves open what it means.
  const isGross = isInclusive && (line.discountIsPercent || rules.inclusiveDiscount === "gross");
  const discountGross = isGross ? discountAmount : multiply(discountAmount, factor);
  const inclusive = subtract(isInclusive ? listed : multiply(listed, factor), discountGross);
  const unitDecimals = rules.roundsUnitNet ? HALALA_DECIMALS : SHOWN_DECIMALS;
  const netUnit = isInclusive ? divide(unitPrice, factor, unitDecimals) : roundHalfUp(unitPrice, unitDecimals);
  const grossUnit = isInclusive ? unitPrice : multiply(unitPrice, factor);
  let netTimesFactor = inclusive;
  if (rules.roundsUnitNet) netTimesFactor = subtract(multiply(multiply(quantity, netUnit), factor), discountGross);
  if (rules.roundsLineNet) netTimesFactor = multiply(divide(netTimesFactor, factor, HALALA_DECIMALS), factor);
  return { rate, factor, inclusive, netTimesFactor, netUnit, grossUnit, discountAmount };
}

function lineAmounts(line: CarriedLine, rules: Rules): LineAmounts {
  const { netUnit, grossUnit, discountAmount, factor } = line;
  const net = divide(line.netTimesFactor, factor, HALALA_DECIMALS);
  const vat = vatOf([line], rules, HALALA_DECIMALS);
  const gross = rules.vatOf === "contained" ? halala(line.inclusive) : add(net, vat);
  return { netUnit, grossUnit, discountAmount, net, vat, gross, unroundedVat: vatOf([line], rules, SHOWN_DECIMALS) };
}

/** VAT and gross of all lines of one rate. */
function rateAmounts(group: readonly Carried[], rules: Rules): { vat: Decimal; gross: Decimal } {
  const perLine = () => sum(group.map((line) => vatOf([line], rules, HALALA_DECIMALS)));
  const vat = rules.vatRoundedPer === "line" ? perLine() : vatOf(group, rules, HALALA_DECIMALS);
  if (rules.vatOf === "contained") return { vat, gross: sum(group.map(({ inclusive }) => inclusive)) };
  const netTimesFactor = sum(group.map((line) => line.netTimesFactor));
  // Of net and VAT that are both not rounded, the sum is the carried value itself.
  if (rules.vatRoundedPer === "document") return { vat, gross: netTimesFactor };
  const factor = group[0]?.factor ?? one;
  return { vat, gross: add(divide(netTimesFactor, factor, HALALA_DECIMALS), vat) };
}

/** The VAT of lines of one rate: what the inclusive amount holds beside the net, or what is added to the net. */
function vatOf(group: readonly Carried[], rules: Rules, decimals: number): Decimal {
  const [first] = group;
  if (first === undefined) return zero;
  const { factor, rate } = first;
  const nets = sum(group.map((line) => line.netTimesFactor));
  if (rules.vatOf === "added") return divide(share(nets, rate), factor, decimals);
  const inclusive = sum(group.map((line) => line.inclusive));
  return divide(subtract(multiply(inclusive, factor), nets), factor, decimals);
}

function factorOf(rate: Decimal): Decimal {
  return add(one, share(one, rate));
}

function share(value: Decimal, percent: Decimal): Decimal {
  const product = multiply(value, percent);
  return { digits: product.digits, scale: product.scale + 2 };
}

function halala(value: Decimal): Decimal {
  return roundHalfUp(value, HALALA_DECIMALS);
}
