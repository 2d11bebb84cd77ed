import { later } from "../../core/clock.ts";
import type { Door } from "../../core/connector.ts";
import type { DecimalText } from "../../core/conversions.ts";
import { decimal, readDecimal } from "../../core/decimal.ts";
import { RetryLater } from "../../core/errors.ts";
import type { Id, Mapped } from "../../core/mapping.ts";
import type { DoubtfulCreate, TargetResource, WriteResult } from "../../core/resources.ts";
import { optionalText } from "./fields.ts";
import { callRead, fieldsOf } from "./list-page.ts";
import { findByReference, type Referenced } from "./purchase-order-search.ts";

const failedReadMs = 60_000;

/** A line of a purchase order as a flow writes it. */
export interface PurchaseOrderLineWrite {
  readonly item_id: Id<"zoho-books/items">;
  readonly quantity: number;
  /** the price of one; left out, Zoho takes the item's purchase rate */
  readonly rate: DecimalText | undefined;
}

/** A purchase order as a flow writes it. All but `status` is sent when it is made, and never again. */
export interface PurchaseOrderWrite {
  readonly vendor_id: Id<"zoho-books/contacts"> | undefined;
  /** by this an order is recognised; Zoho does not keep it unique */
  readonly reference_number: string | undefined;
  /** YYYY-MM-DD */
  readonly date: string | undefined;
  readonly line_items: readonly PurchaseOrderLineWrite[] | undefined;
  /** the currency of the rates: they are sent only where the vendor's is the same */
  readonly rateCurrency: string | undefined;
  /** `open` issues the order, by a call of its own; left out, it stays the draft that Zoho makes */
  readonly status: "open" | undefined;
}

const createFields = ["vendor_id", "reference_number", "date", "line_items", "rateCurrency", "status"];
/** What an order is before it was issued; issued, billed, closed or cancelled, it is left as it is. */
const unissued = ["draft", "pending_approval", "approved", ""];

/**
 * Purchase orders: `POST /purchaseorders`. Nothing in Zoho keeps a second one from being made (reference 5.2), so each
 * create searches by `reference_number` first; a lost answer is searched in the same way.
 */
export function purchaseOrderTarget(door: Door): TargetResource {
  return {
    name: "purchaseorders",
    create: (payload) => create(door, payload),
    update: (id, changes) => update(door, id, changes),
    find: (doubtful) => find(door, doubtful),
    oneAtATime: false,
    inSteps: true,
  };
}

/** @throws {RetryLater} where Zoho cannot be searched or the vendor not be read; nothing was posted then. */
async function create(door: Door, payload: Mapped): Promise<WriteResult> {
  for (const field of Object.keys(payload)) if (!createFields.includes(field)) throw unknownField(field, createFields);
  const reference = referenceOf(payload);
  const found = await findByReference(door, reference);
  if (found.length > 0) return foundThere(found, payload);
  const lines = linesOf(payload);
  if ("kind" in lines) return lines;
  const rates = await ratesTaken(door, payload, lines);
  if (typeof rates === "object") return rates;
  const { vendor_id, date } = payload;
  const line_items = rates ? lines : lines.map(({ rate: _rate, ...line }) => line);
  const body = { vendor_id, reference_number: reference, date, line_items };
  const result = await door.call({ method: "POST", path: "/purchaseorders", body, repeat: "never" });
  if (result.kind === "in-doubt") return result;
  if (result.kind !== "ok") return { kind: "refused", message: result.message };
  const id = optionalText.safeParse(documentOf(result.body).purchaseorder_id).data ?? "";
  return /^\d+$/.test(id) ? { kind: "done", id } : { kind: "in-doubt", message: "Zoho's answer names no id" };
}

/** One with the same vendor is the order; a reference of digits may stand at another one for another reason. */
function foundThere(found: readonly Referenced[], { vendor_id }: Mapped): WriteResult {
  const [only, ...others] = found;
  if (only !== undefined && others.length === 0 && only.vendorId === vendor_id)
    return { kind: "done", id: only.id, found: true };
  return { kind: "several", ids: found.map(({ id }) => id), referenceAt: "target" };
}

/**
 * Issues the order. It is read first, because an order that was cancelled or closed meanwhile would be opened again.
 * @throws {RetryLater} where it cannot be read. @throws {RangeError} for any other change.
 */
async function update(door: Door, id: string, { status, ...others }: Mapped): Promise<WriteResult> {
  for (const field of Object.keys(others)) throw unknownField(field, ["status"]);
  if (status === undefined) return { kind: "done", id };
  if (status !== "open")
    throw new RangeError(`status of a purchase order cannot be ${JSON.stringify(status)}; allowed: open`);
  const path = `/purchaseorders/${encodeURIComponent(id)}`;
  const before = await readStatus(door, path);
  if (typeof before === "object") return before;
  if (!unissued.includes(before)) return { kind: "done", id };
  // It sets a state, so it may be repeated.
  const result = await door.call({ method: "POST", path: `${path}/status/open`, repeat: "safe" });
  if (result.kind === "ok") return { kind: "done", id };
  if (result.kind === "missing" || result.kind === "in-doubt") return result;
  // Refused because it was issued meanwhile, perhaps by this very call, whose first answer was lost.
  const after = await readStatus(door, path);
  if (typeof after === "object") return after;
  return unissued.includes(after) ? { kind: "refused", message: result.message } : { kind: "done", id };
}

async function readStatus(door: Door, path: string): Promise<string | (WriteResult & { kind: "missing" })> {
  const result = await callRead(door, { method: "GET", path, repeat: "safe" });
  if (result.kind === "missing") return { kind: "missing", message: result.message };
  if (result.kind !== "ok") throw unread(door, path, result.message);
  const { order_status, status } = documentOf(result.body);
  const [said = ""] = [order_status, status].filter((word) => typeof word === "string" && word !== "").map(String);
  return said;
}

async function find(door: Door, doubtful: readonly DoubtfulCreate[]): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = await Promise.all(
    doubtful.map(async ({ key, payload }) => {
      const all = await findByReference(door, referenceOf(payload));
      const same = all.filter(({ vendorId }) => vendorId === payload.vendor_id);
      // Where none is the vendor's, what is there is another order by all that can be told.
      return [key, same.map(({ id }) => id)] as const;
    }),
  );
  return new Map(found);
}

/** An order without a reference could not be found again, so it is never made. */
function referenceOf({ reference_number }: Mapped): string {
  if (typeof reference_number === "string" && reference_number.trim() !== "") return reference_number;
  throw new RangeError(`reference_number is ${JSON.stringify(reference_number)}; allowed: a text that is not empty`);
}

interface WireLine {
  readonly item_id: unknown;
  readonly quantity: unknown;
  readonly rate?: number;
}

/** The lines as they are sent, rates as JSON numbers; or why they cannot be. */
function linesOf({ line_items }: Mapped): WireLine[] | (WriteResult & { kind: "refused" }) {
  const lines: WireLine[] = [];
  for (const [index, line] of (line_items as readonly Mapped[]).entries()) {
    const { item_id, quantity, rate } = line;
    if (rate === undefined) lines.push({ item_id, quantity });
    else {
      const wire = Number(rate);
      // A JSON number holds 15 digits; a rate that changes on its way is not sent.
      if (!Number.isFinite(wire) || !readDecimal(rate)?.eq(decimal(wire)))
        return { kind: "refused", message: `line_items[${index}].rate is ${String(rate)}; allowed: up to 15 digits` };
      lines.push({ item_id, quantity, rate: wire });
    }
  }
  return lines;
}

/** Whether the rates may be sent: they are in the currency in which Zoho buys from this vendor. */
async function ratesTaken(
  door: Door,
  { rateCurrency, vendor_id }: Mapped,
  lines: readonly WireLine[],
): Promise<boolean | (WriteResult & { kind: "refused" })> {
  if (typeof rateCurrency !== "string" || lines.every(({ rate }) => rate === undefined)) return false;
  const path = `/contacts/${encodeURIComponent(String(vendor_id))}`;
  const result = await callRead(door, { method: "GET", path, repeat: "safe" });
  if (result.kind === "missing")
    return { kind: "refused", message: `the vendor ${String(vendor_id)} does not exist (${result.message})` };
  if (result.kind !== "ok") throw unread(door, path, result.message);
  return fieldsOf(fieldsOf(result.body).contact).currency_code === rateCurrency;
}

/** The order in an answer; Zoho's OpenAPI file calls it a list, on the wire it is an object. */
function documentOf(body: unknown): Readonly<Record<string, unknown>> {
  const { purchaseorder } = fieldsOf(body);
  return fieldsOf(Array.isArray(purchaseorder) ? purchaseorder[0] : purchaseorder);
}

function unread(door: Door, path: string, message: string): RetryLater {
  return new RetryLater(later(door.clock, failedReadMs), `${path} of Zoho Books could not be read: ${message}`);
}

function unknownField(field: string, allowed: readonly string[]): RangeError {
  return new RangeError(`A purchase order of Zoho Books has no ${field} here; there are ${allowed.join(", ")}`);
}
