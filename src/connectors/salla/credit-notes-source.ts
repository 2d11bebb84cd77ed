import type { Door } from "../../core/connector.ts";
import type {
  ChangedSince,
  NamedRecord,
  Page,
  ReadResult,
  SourceResource,
  UnreadableRow,
} from "../../core/resources.ts";
import { type CreditNote, creditNoteId, invoicesListing } from "./credit-notes.ts";
import { readPlainPages } from "./list-page.ts";
import { saudiDay } from "./moments.ts";
import type { Order } from "./orders.ts";
import { readOverlappingPages } from "./overlapping-pages.ts";
import { latinDigits } from "./phone.ts";

/** A credit note with what it takes back from. */
export interface OrderCreditNote extends CreditNote {
  readonly order: Order;
  /** the order's credit notes before this one, the oldest first */
  readonly earlier: readonly CreditNote[];
}

/** Reads one order in full. */
type ReadOrder = (id: string) => Promise<ReadResult<Order>>;

/** One day of margin around a day: `from_date` may count in another zone. */
const marginDays = 1;
/** Orders that a session remembers: several credit notes of one order follow each other. */
const rememberedMax = 50;

/** Credit notes: the fact of a refund (salla.md 7.3). A list row is the document; read in full, it carries its order. */
export function creditNotesSource(door: Door, readOrder: ReadOrder): SourceResource<CreditNote, OrderCreditNote> {
  const ordered = remembering(readOrder);
  return {
    name: "credit-notes",
    idOf: creditNoteId,
    changedAt: dayMoment,
    changedSince: (request) => readSince(door, request),
    read: async (ids) =>
      new Map(await Promise.all(ids.map(async (id) => [id, await readOne(door, ordered, id)] as const))),
    named: (text) => creditNotesNamed(door, text),
    batch: 1,
  };
}

/** A credit note never changes: the day that it bears stands for its last change. */
function dayMoment({ date }: CreditNote): number {
  return /^\d{4}-\d{2}-\d{2}$/.test(date) ? Date.parse(`${date}T00:00:00+03:00`) || 0 : 0;
}

/** Reads each order once in a session; one that could not be read is asked again. */
function remembering(readOrder: ReadOrder): ReadOrder {
  const known = new Map<string, Promise<ReadResult<Order>>>();
  return async (id) => {
    const before = known.get(id);
    if (before !== undefined) return before;
    const reading = readOrder(id);
    const [oldest] = known.keys();
    if (known.size >= rememberedMax && oldest !== undefined) known.delete(oldest);
    known.set(id, reading);
    try {
      const result = await reading;
      if (result.kind !== "found") known.delete(id);
      return result;
    } catch (error) {
      known.delete(id);
      throw error;
    }
  };
}

async function* readSince(door: Door, { since, notBefore }: ChangedSince): AsyncGenerator<Page<CreditNote>, void> {
  const days = [since === null ? null : saudiDay(since, marginDays), since === null ? notBefore : null];
  const from = days.find((day) => day !== null);
  const query = from === undefined ? {} : { from_date: from };
  for await (const { rows, unreadable } of readOverlappingPages(door, invoicesListing(query)))
    yield { rows: rows.filter((row) => row !== null), unreadable, position: null };
}

async function readOne(door: Door, readOrder: ReadOrder, id: string): Promise<ReadResult<OrderCreditNote>> {
  const [, orderId] = /^(\d{1,30})-\d{1,30}$/.exec(id) ?? [];
  if (orderId === undefined) return { kind: "missing" };
  const { rows, unreadable } = await readOfOrder(door, orderId);
  const note = rows.find((row) => creditNoteId(row) === id);
  const wrong = unreadable.find((row) => row.id === id || `${orderId}-${row.id}` === id);
  if (note === undefined && wrong !== undefined) return { kind: "unreadable", rejection: wrong.rejection };
  if (note === undefined) return { kind: "missing" };
  // What another one of the order took is not known then.
  const [other] = unreadable;
  if (other !== undefined) return { kind: "unreadable", rejection: other.rejection };
  const order = await readOrder(orderId);
  if (order.kind !== "found") return order;
  const earlier = rows.filter((row) => BigInt(row.id) < BigInt(note.id)).toSorted(byId);
  return { kind: "found", record: { ...note, order: order.record, earlier } };
}

function byId(one: CreditNote, other: CreditNote): number {
  return BigInt(one.id) < BigInt(other.id) ? -1 : 1;
}

async function readOfOrder(door: Door, orderId: string) {
  const found: { rows: CreditNote[]; unreadable: UnreadableRow[] } = { rows: [], unreadable: [] };
  for await (const { rows, unreadable } of readPlainPages(door, invoicesListing({ order_id: orderId }))) {
    // The filter is not trusted.
    found.rows.push(...rows.filter((row) => row !== null).filter((row) => row.order_id === orderId));
    found.unreadable.push(...unreadable);
  }
  return found;
}

/** The credit notes of an order, by its id. */
async function creditNotesNamed(door: Door, text: string): Promise<readonly NamedRecord<CreditNote>[]> {
  const orderId = latinDigits(text).trim();
  if (!/^\d{1,30}$/.test(orderId)) return [];
  const { rows } = await readOfOrder(door, orderId);
  return rows.map((row) => ({ id: creditNoteId(row), label: row.invoice_number || row.id, by: "order_id", row }));
}
