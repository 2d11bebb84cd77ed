import { later } from "../../core/clock.ts";
import type { DraftAmounts } from "../../core/draft-amounts.ts";
import { RetryLater } from "../../core/errors.ts";
import type { Mapped } from "../../core/mapping.ts";
import type { QoyodContext } from "./context.ts";
import { type Fields, readId, readNumber, readText, rowsOf } from "./fields.ts";
import { fetchRecord, listPages } from "./list-pages.ts";
import { documentFields, documentLine, requiredInLine, withDiscountType } from "./sales-document.ts";
import { asDay, asLines, requireFields, type WireTable, wireFields } from "./wire-form.ts";
import { madeOf } from "./written.ts";

const failedMs = 60_000;
const required = ["contact_id", "reference", "issue_date", "due_date", "inventory_id", "line_items"];
const fields: WireTable = { ...documentFields, due_date: asDay, line_items: asLines(documentLine, requiredInLine) };

/**
 * Makes a draft invoice, reads what Qoyod makes of its lines, and deletes it. A draft counts for nothing in the books: no
 * stock moves and no tax is reported.
 * @param draft the fields of an invoice without `expected`; its reference is one that nothing else has
 * @throws {RecordRejected} where a field cannot be sent. @throws {RetryLater} where Qoyod refuses the draft or does not answer;
 * the message names the reference of a draft that may be left behind.
 */
export async function calibrate(context: QoyodContext, draft: Mapped): Promise<DraftAmounts> {
  requireFields(draft, required);
  const body = wireFields(fields, draft);
  const { door } = context;
  const invoice = { ...body, line_items: withDiscountType(body.line_items), status: "Draft" };
  const request = { method: "POST", path: "/invoices", body: { invoice }, repeat: "never" } as const;
  const made = madeOf(await door.call(request), "invoice");
  if (made.kind === "refused") throw failed(context, `Qoyod refused the draft: ${made.message}`);
  const reference = readText(draft.reference);
  const id = made.kind === "made" ? made.id : await findDraft(context, reference);
  if (id === null)
    throw failed(
      context,
      `Qoyod gave no answer to the draft ${reference}, which may appear there and is to be deleted`,
    );
  const record = await readDraft(context, id, made.kind === "made" ? made.record : {});
  const leftBehind = (await isDeleted(context, id)) ? null : id;
  if (record === null) throw failed(context, `the draft ${reference} could not be read (${leftBehind ?? "deleted"})`);
  return { document: numbersOf(record), lines: rowsOf(record.line_items).map(numbersOf), leftBehind };
}

async function findDraft({ door, perPage }: QoyodContext, reference: string): Promise<string | null> {
  const listing = { path: "/invoices", key: "invoices", query: { "q[reference_eq]": reference } };
  for await (const rows of listPages(door, listing, perPage))
    for (const row of rows) if (row.reference === reference) return readId(row.id);
  return null;
}

/** The draft with its lines. Where it cannot be read, it is deleted all the same, and the caller is told. */
async function readDraft({ door }: QoyodContext, id: string, record: Fields): Promise<Fields | null> {
  if (rowsOf(record.line_items).length > 0) return record;
  try {
    return await fetchRecord(door, "/invoices", id, "invoice");
  } catch (error) {
    if (error instanceof RetryLater && !error.connectionRests) return null;
    throw error;
  }
}

/** Whatever keeps it from being deleted, the numbers are there, and a person is told of the draft. */
async function isDeleted({ door }: QoyodContext, id: string): Promise<boolean> {
  try {
    const path = `/invoices/${encodeURIComponent(id)}`;
    const result = await door.call({ method: "DELETE", path, repeat: "safe" });
    return result.kind === "ok" || result.kind === "missing";
  } catch (error) {
    if (error instanceof RetryLater) return false;
    throw error;
  }
}

/** Every member that is a number, as exact text. */
function numbersOf(record: Fields): Readonly<Record<string, string>> {
  const numbers = Object.entries(record).map(([field, value]) => [field, readNumber(value)?.toFixed()] as const);
  return Object.fromEntries(numbers.filter(([, text]) => text !== undefined)) as Record<string, string>;
}

function failed({ door }: QoyodContext, message: string): RetryLater {
  return new RetryLater(later(door.clock, failedMs), message);
}
