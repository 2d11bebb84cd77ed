import type { BuyOrder, BuyOrderRow } from "../../connectors/optiply/index.ts";
import type { PurchaseOrderLineWrite, PurchaseOrderWrite } from "../../connectors/zoho-books/index.ts";
import { readAmount, readInstant } from "../../core/conversions.ts";
import { type Decimal, type Money, roundHalfUp } from "../../core/decimal.ts";
import { RecordRejected } from "../../core/errors.ts";
import { defineFlow } from "../../core/flow.ts";
import { columns, type Mapped, type MappingContext } from "../../core/mapping.ts";
import { amountIn } from "./amounts.ts";
import type { ZohoBooksOptiplySettings } from "./options.ts";
import { withoutLines } from "./order-lines.ts";

const order = columns<BuyOrder, ZohoBooksOptiplySettings>();
type Context = MappingContext<ZohoBooksOptiplySettings>;

/** A line that is bought: its product, how many, and what the planner paid for all of them. */
interface BoughtLine {
  readonly productId: string;
  readonly quantity: number;
  readonly subtotal: Decimal | null;
}
const line = columns<BoughtLine, ZohoBooksOptiplySettings>();

const moneyPlaces = 2;
/** Zoho publishes no limit; more only repeats what the division leaves over. */
const mostPricePlaces = 6;
const jsonDigits = 15;

const whenMade = "only when it is made";
const creating = (context: Context) => context.creating;

/** Seed tables "Buy Order Optiply > Zoho" and its lines: orders that people placed in Optiply → Zoho Books purchase orders (rule Z5). */
export const buyOrdersExport = defineFlow<BuyOrderRow, BuyOrder, PurchaseOrderWrite, ZohoBooksOptiplySettings>({
  name: "buy-orders-export",
  title: "Buy Orders Export",
  one: { en: "the buy order", ar: "طلب الشراء" },
  from: { vendor: "optiply", resource: "buyOrders" },
  to: { vendor: "zoho-books", resource: "purchaseorders" },
  everyMinutes: 15,
  purpose: "export",
  counterpart: "buy-orders",
  link: { source: "id", target: "reference_number" },
  reads: "all",
  updates: true,
  whenReferredTo: false,
  amount: totalOf,
  label: ({ id }) => id,
  skip: [
    {
      code: "has-remote-id",
      words: "orders that carry a remote id of ours already",
      when: ({ remoteIds: [id] }, { known }) => (known || id === undefined ? null : { id }),
    },
    {
      code: "made-through-api",
      words: "orders that were not made by people in Optiply",
      when: ({ createdFromPublicApi }, { known }) => (known || createdFromPublicApi === false ? null : {}),
    },
    {
      code: "assembly-order",
      words: "assembly orders",
      when: ({ assembly }, { known }) => (!known && assembly ? {} : null),
    },
    { code: "not-placed", words: "drafts", when: ({ placed }, { known }) => (known || placed ? null : {}) },
    {
      code: "completed-before-export",
      words: "completed orders",
      when: ({ completed }, { known }) => (!known && completed ? {} : null),
    },
    {
      code: "completed-after-export",
      words: "exported orders that are completed in Optiply",
      when: ({ completed }, { known }) => (known && completed ? {} : null),
    },
    {
      code: "before-orders-since",
      words: "placed before ordersSince, by the calendar of the organisation",
      options: ["ordersSince"],
      when: (row, { known, settings: { ordersSince, organisationTimeZone } }) => {
        const date = row.placed ? dayOf(row.placed, organisationTimeZone) : null;
        return !known && date !== null && date < ordersSince ? { date, ordersSince } : null;
      },
    },
  ],
  gone: {
    words: "nothing: one that people deleted in Optiply is told, and its purchase order stays",
    changes: {},
    code: "deleted-after-export",
  },
  watch: {
    code: "changed-after-export",
    words:
      "supplier, products and quantities: one that people changed in Optiply after the export is told, and not sent again; of a deleted line it hears where Optiply moves the order with it, else when the order or another of its lines changes",
    fields: ["vendor_id", "line_items"],
    holds: isAsImported,
  },
  detail: { words: "every order that is to be made: the list carries no lines", needed: (_row, { known }) => !known },
  empty: ({ line_items }, notes) => withoutLines(line_items, notes),
  internal: ["rateCurrency"],
  // biome-ignore format: the columns are the point
  rows: {
    // Zoho Books        Optiply                      rule
    vendor_id:           order.linkedBack<"zoho-books/contacts">("supplierId", "suppliers").onlyWhen(whenMade, creating),
    reference_number:    order("id")                  .onlyWhen(whenMade, creating),
    date:                order.from(["placed"], "the day of placed, by the calendar of the organisation",
                           ({ placed }, { settings }) => requiredDay(placed, settings.organisationTimeZone)).onlyWhen(whenMade, creating),
    line_items:          order.each<BoughtLine, PurchaseOrderLineWrite>("lines", "lines of no positive quantity left out; only when it is made",
                           (source, context) => context.creating ? boughtLines(source, context) : undefined, {
      item_id:             line.linkedBack("productId", "products"),
      quantity:            line("quantity"),
      rate:                line.setting("exportPrices", ["subtotal", "quantity"], "not sent; with the option, subtotalValue ÷ quantity, at most 6 decimals, half up; left out where that × quantity is not subtotalValue to the cent", priceOf),
    }),
    rateCurrency:        order.setting("exportPrices", [], "with the option: prices are sent only to vendors of this currency, the organisation's",
                           (_source, sent, { settings }) => sent && settings.organisationCurrency !== "" ? settings.organisationCurrency : undefined)
                           .onlyWhen(whenMade, creating),
    status:              order.setting("issuePurchaseOrders", [], "`open` issues the order; else it stays a draft, also when the option is switched on later",
                           (_source, issued, context) => issued && isIssuedOne(context) ? "open" as const : undefined)
                           .onlyWhen("not where it was made in Zoho Books", ({ madeThere }) => !madeThere),
  },
});

/** Whether supplier, products and quantities are what the import wrote from the purchase order last. */
function isAsImported({ vendor_id, line_items }: Mapped, { supplierId, orderLines }: Mapped): boolean {
  const sourceIdOf = (link: unknown) => (link as { sourceId?: string } | undefined)?.sourceId;
  const lines = (all: unknown, idOf: (line: Mapped) => unknown) =>
    (Array.isArray(all) ? all : []).map((line: Mapped) => `${String(idOf(line))} ${String(line.quantity)}`).sort();
  const here = lines(line_items, ({ item_id }) => item_id);
  const imported = lines(orderLines, ({ productId }) => sourceIdOf(productId));
  return vendor_id === sourceIdOf(supplierId) && here.join("\n") === imported.join("\n");
}

/** An order that was exported as a draft is a person's to issue: switching the option on issues no older ones. */
function isIssuedOne({ creating, before }: Context): boolean {
  return creating || before === null || before.status === "open";
}

function boughtLines({ lines }: BuyOrder, { note }: Context): readonly BoughtLine[] {
  return lines.flatMap(({ productId, quantity, subtotalValue }, index) => {
    const field = `lines[${index}].quantity`;
    const amount = readAmount(quantity, field);
    if (amount === null) throw new RecordRejected("field-missing", { field });
    if (amount.lte(0)) {
      note("line-not-positive", { item: productId, quantity: amount.toFixed() });
      return [];
    }
    return [
      { productId, quantity: amount.toNumber(), subtotal: readAmount(subtotalValue, `lines[${index}].subtotalValue`) },
    ];
  });
}

/** For the sum of a plan only: it is not sent, so that a wrong one refuses nothing. Nothing tells in which currency it is. */
function totalOf({ totalValue }: BuyOrder): Money | null {
  try {
    return amountIn(readAmount(totalValue, "totalValue"), undefined);
  } catch (error) {
    if (error instanceof RecordRejected) return null;
    throw error;
  }
}

/**
 * The price of one. Rounded, it may miss what the planner pays for the line, or be 0: then Zoho's own purchase rate is
 * better than a wrong price.
 */
function priceOf({ productId, quantity, subtotal }: BoughtLine, sent: boolean, { note }: Context): string | undefined {
  if (!sent || subtotal === null) return undefined;
  const exact = subtotal.div(quantity);
  const price = roundHalfUp(exact, pricePlacesOf(exact));
  const total = price.times(quantity);
  const isSame = roundHalfUp(total, moneyPlaces).eq(roundHalfUp(subtotal, moneyPlaces));
  if (isSame && price.eq(0) === subtotal.eq(0)) return price.toFixed();
  note("price-not-sent", {
    item: productId,
    quantity: String(quantity),
    price: price.toFixed(),
    total: total.toFixed(),
    subtotal: subtotal.toFixed(),
  });
  return undefined;
}

/** A price goes as a JSON number, which holds 15 digits: a high one has fewer decimals, but always those of money. */
function pricePlacesOf(price: Decimal): number {
  const wholeDigits = price.abs().toFixed(0).length;
  return Math.max(moneyPlaces, Math.min(mostPricePlaces, jsonDigits - wholeDigits));
}

/** The calendar day of an instant in a time zone, YYYY-MM-DD; null where it is no instant. */
function dayOf(moment: string, timeZone: string): string | null {
  const milliseconds = readInstant(moment);
  if (milliseconds === null) return null;
  // The calendar of this locale is written year first, and early years without their zeros.
  return new Intl.DateTimeFormat("en-CA", { timeZone, year: "numeric", month: "2-digit", day: "2-digit" })
    .format(milliseconds)
    .padStart(10, "0");
}

function requiredDay(placed: string | undefined, timeZone: string): string {
  const day = placed ? dayOf(placed, timeZone) : null;
  if (day !== null) return day;
  if (!placed) throw new RecordRejected("field-missing", { field: "placed" });
  throw new RecordRejected("field-invalid", { field: "placed", value: JSON.stringify(placed), allowed: "a timestamp" });
}
