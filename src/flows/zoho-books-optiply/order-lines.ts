/** Rule Z3: a product is one line per order in Optiply. */
import type { PurchaseOrderLine, SalesOrderLine } from "../../connectors/zoho-books/index.ts";
import { cutText, readAmount } from "../../core/conversions.ts";
import { type Decimal, decimal, roundHalfUp } from "../../core/decimal.ts";
import { RecordRejected } from "../../core/errors.ts";
import type { MappingContext } from "../../core/mapping.ts";
import type { Reason } from "../../core/reasons.ts";

/** All lines of one item in an order, as one. */
export interface OrderLine {
  readonly item_id: string;
  readonly quantity: Decimal;
  /** the quantity as Optiply takes it: whole, at least 1 */
  readonly wholeQuantity: number;
  readonly rate: Decimal;
  /** rate × quantity × exchange rate of each line, summed without rounding */
  readonly subtotal: Decimal;
  readonly exchange_rate: Decimal;
}

/** The highest whole number that any of Optiply's number types holds for sure. */
const highestQuantity = 2_147_483_647;

type Note = MappingContext<unknown>["note"];
type Sum = { count: number; quantity: Decimal; rate: Decimal; subtotal: Decimal };

/**
 * The lines that Optiply gets, in the order in which their items first appear. Header and subtotal rows are skipped;
 * lines without an item and items whose quantity is not positive are left out with a note.
 * @param exchangeRate what one unit of the order's currency is worth in the currency of the subtotals
 * @throws {RecordRejected} naming the line and the field where a quantity or rate is missing or no number.
 */
export function mergedLines(
  lines: readonly (SalesOrderLine | PurchaseOrderLine)[],
  note: Note,
  exchangeRate: Decimal = decimal(1),
): OrderLine[] {
  const sums = new Map<string, Sum>();
  for (const [index, line] of lines.entries()) {
    if (line.line_item_category && line.line_item_category !== "line_item") continue;
    if (line.item_id === undefined) {
      note("line-without-item", { line: String(index + 1), text: cutText(line.name || line.description || "", 80) });
      continue;
    }
    const quantity = amountOf(line.quantity, index, "quantity");
    const rate = amountOf(line.rate, index, "rate");
    const sum = sums.get(line.item_id);
    const subtotal = quantity.times(rate).times(exchangeRate);
    if (sum === undefined) sums.set(line.item_id, { count: 1, quantity, rate, subtotal });
    else {
      sum.count += 1;
      sum.quantity = sum.quantity.plus(quantity);
      sum.subtotal = sum.subtotal.plus(subtotal);
    }
  }
  return [...sums].flatMap(([item_id, sum]) => takenLine(item_id, sum, { note, exchangeRate }));
}

/** Why an order without lines is left out: the notes name those that were, or it never had one. */
export function withoutLines(lines: unknown, notes: readonly Reason[]): Reason | null {
  if (!Array.isArray(lines) || lines.length > 0) return null;
  const some = notes.some(({ code }) => code === "line-without-item" || code === "line-not-positive");
  return { code: some ? "no-lines-left" : "no-lines", parameters: {} };
}

function takenLine(
  item_id: string,
  { count, quantity, rate, subtotal }: Sum,
  { note, exchangeRate }: { note: Note; exchangeRate: Decimal },
): OrderLine[] {
  if (count > 1) note("lines-merged", { count: String(count), item: item_id });
  if (quantity.lte(0)) {
    note("line-not-positive", { item: item_id, quantity: quantity.toFixed() });
    return [];
  }
  const rounded = roundHalfUp(quantity, 0);
  const whole = rounded.lt(1) ? decimal(1) : rounded;
  if (whole.gt(highestQuantity))
    throw new RecordRejected("field-invalid", {
      field: `the quantity of item ${item_id}`,
      value: quantity.toFixed(),
      allowed: `at most ${highestQuantity}`,
    });
  if (!whole.eq(quantity)) note("quantity-rounded", { item: item_id, from: quantity.toFixed(), to: whole.toFixed() });
  return [{ item_id, quantity, wholeQuantity: whole.toNumber(), rate, subtotal, exchange_rate: exchangeRate }];
}

function amountOf(value: unknown, index: number, name: string): Decimal {
  const field = `line_items[${index}].${name}`;
  const amount = readAmount(value, field);
  if (amount === null) throw new RecordRejected("field-missing", { field });
  return amount;
}
