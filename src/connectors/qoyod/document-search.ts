import { later } from "../../core/clock.ts";
import { isCalendarDay } from "../../core/conversions.ts";
import type { Decimal } from "../../core/decimal.ts";
import { RetryLater } from "../../core/errors.ts";
import type { QoyodContext } from "./context.ts";
import { type Fields, fieldsOf, readId, readNumber, readText } from "./fields.ts";
import { fetchRecord, type Listing, listPages } from "./list-pages.ts";

const dayMs = 86_400_000;
/** A document that was sent on another day than this one is looked for so many days back, where references are replaced. */
const daysBefore = 7;
/** Qoyod's day and ours may differ by one. */
const daysAfter = 1;
const unreadableMs = 60_000;

/** The list of one kind of document. */
export interface DocumentList extends Listing {
  /** the member of an answer that holds one, such as `invoice` */
  readonly envelope: string;
  /** whether its lines take goods from the stock */
  readonly needsStock: boolean;
}

/** What is looked for. */
export interface Wanted {
  readonly reference: string;
  readonly contactId: string;
  /** YYYY-MM-DD */
  readonly issueDate: string;
  readonly total: Decimal;
  /** the text in its description that no other document of the kind carries */
  readonly order: string;
}

/** A document that is or may be the wanted one. */
export interface Met {
  readonly id: string;
  readonly record: Fields;
  /** order and contact agree */
  readonly ours: boolean;
  /** order, total and contact agree */
  readonly same: boolean;
}

/** The ways of looking for a document; each throws {RetryLater} where the list cannot be read. */
export interface DocumentSearch {
  /** by the reference alone */
  byReference(wanted: Wanted): Promise<readonly Met[]>;
  /** as a create needs it: by the text too, unless references are known to be kept */
  before(wanted: Wanted): Promise<readonly Met[]>;
  /** by the reference and by the text */
  everyWay(wanted: Wanted): Promise<readonly Met[]>;
  /** notes what a created document tells of references */
  learn(wanted: Wanted, record: Fields): void;
}

/**
 * Looks for documents of one kind. Tenants with e-invoicing may replace the reference that was sent (vendor reference 7.2);
 * there, the issue days around and the text in the description tell. Filters may be ignored: the rows judge.
 */
export function createDocumentSearch(list: DocumentList, context: QoyodContext): DocumentSearch {
  const { facts } = context;
  // Without e-invoicing they are kept; else the first document of a session tells it, and both ways are looked until then.
  let references: "kept" | "replaced" | null = facts.eInvoicing === false ? "kept" : null;

  const byReference = (wanted: Wanted) =>
    matching(
      list,
      context,
      { "q[reference_eq]": wanted.reference },
      wanted,
      (row) => row.reference === wanted.reference,
    );
  const byText = (wanted: Wanted) => {
    const issued = Date.parse(`${wanted.issueDate}T00:00:00Z`);
    const dates = {
      "q[issue_date_gteq]": dayOf(issued - daysBefore * dayMs),
      "q[issue_date_lteq]": dayOf(issued + daysAfter * dayMs),
    };
    return matching(list, context, dates, wanted, (row) => carriesText(textOf(row), wanted.order));
  };
  const everyWay = async (wanted: Wanted) => {
    const both = [...(await byReference(wanted)), ...(await byText(wanted))];
    return [...new Map(both.map((met) => [met.id, met])).values()];
  };
  return {
    byReference,
    everyWay,
    before: (wanted) => (references === "kept" ? byReference(wanted) : everyWay(wanted)),
    learn: (wanted, record) => {
      if (typeof record.reference === "string")
        references = record.reference === wanted.reference ? "kept" : "replaced";
    },
  };
}

async function matching(
  list: DocumentList,
  context: QoyodContext,
  query: Readonly<Record<string, string>>,
  wanted: Wanted,
  isMeant: (row: Fields) => boolean,
): Promise<readonly Met[]> {
  const { door, perPage } = context;
  const met = new Map<string, Met>();
  for await (const rows of listPages(door, { path: list.path, key: list.key, query }, perPage))
    for (const row of rows.filter(isMeant)) {
      const id = readId(row.id);
      if (id === null)
        throw new RetryLater(
          later(door.clock, unreadableMs),
          `${list.path} of Qoyod shows ${wanted.reference} without a readable id`,
        );
      if (!met.has(id)) met.set(id, await judged(list, context, id, row, wanted));
    }
  return [...met.values()];
}

/** Compares a row; one that does not show enough is read in full. */
async function judged(
  list: DocumentList,
  { door }: QoyodContext,
  id: string,
  row: Fields,
  wanted: Wanted,
): Promise<Met> {
  const isWhole = contactOf(row) !== null && totalOf(row) !== null && textOf(row) !== "";
  const record = isWhole ? row : ((await fetchRecord(door, list.path, id, list.envelope)) ?? row);
  const ours = contactOf(record) === wanted.contactId && carriesText(textOf(record), wanted.order);
  return { id, record, ours, same: ours && totalOf(record)?.eq(wanted.total) === true };
}

/** Whether a text holds another as a word of its own, so that order 10 is not found in order 100. */
export function carriesText(text: string, word: string): boolean {
  const isPart = (character: string | undefined) => character !== undefined && /[\p{L}\p{N}]/u.test(character);
  for (let at = text.indexOf(word); word !== "" && at !== -1; at = text.indexOf(word, at + 1))
    if (!isPart(text[at - 1]) && !isPart(text[at + word.length])) return true;
  return false;
}

function textOf({ description, notes }: Fields): string {
  return [description, notes].map(readText).filter(Boolean).join("\n");
}

function contactOf({ contact_id, contact }: Fields): string | null {
  return readId(contact_id) ?? readId(fieldsOf(contact).id);
}

/** The total of a document; null where the answer does not say. */
export function totalOf(record: Fields): Decimal | null {
  return readNumber(record.total ?? record.total_amount);
}

function dayOf(instantMs: number): string {
  const day = new Date(instantMs).toISOString().slice(0, 10);
  return isCalendarDay(day) ? day : "";
}
