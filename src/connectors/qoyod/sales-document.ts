/**
 * Documents that Qoyod makes once and never changes: invoices and credit notes. Nothing in Qoyod keeps a second one from being
 * made, so each create looks for the reference first (vendor reference 5), and a lost answer is searched in the same way.
 */
import { decimal } from "../../core/decimal.ts";
import type { Mapped } from "../../core/mapping.ts";
import type { Reason } from "../../core/reasons.ts";
import type { DoubtfulCreate, Found, WriteResult } from "../../core/resources.ts";
import type { QoyodContext } from "./context.ts";
import { createDocumentSearch, type DocumentList, type Met, totalOf, type Wanted } from "./document-search.ts";
import { type Fields, fieldsOf, readText } from "./fields.ts";
import { stockShort } from "./stock-short.ts";
import { asAmount, asDay, asFlag, asId, asText, orRefused, requireFields, type WireTable } from "./wire-form.ts";
import { madeOf } from "./written.ts";

/** Of what Qoyod made of a document, this much is told. */
const shownLength = 160;

/** What is known of a document beforehand, to compare it with what Qoyod makes of it; not sent. */
export interface ExpectedDocument {
  /** the total of all lines with VAT, as decimal text */
  readonly total: string;
  /** a text in the description that no other document of the kind carries, such as the order's own number with its shop */
  readonly order: string;
}

/** One kind of document. */
export interface SalesDocument extends DocumentList {
  /** the body without its envelope. @throws {RecordRejected} naming the field. */
  body(payload: Mapped): Fields;
}

/** Fields that both kinds have. */
export const documentFields: WireTable = {
  contact_id: asId,
  reference: asText,
  issue_date: asDay,
  inventory_id: asId,
  description: asText,
};
/** Fields that the lines of both kinds have. */
export const documentLine: WireTable = {
  product_id: asId,
  quantity: asAmount,
  unit_price: asAmount,
  description: asText,
  discount: asAmount,
  tax_percent: asAmount,
  is_inclusive: asFlag,
};
/** Without a rate, Qoyod takes the product's own (vendor reference 4.8). */
export const requiredInLine = ["product_id", "quantity", "unit_price", "tax_percent", "is_inclusive"];

/** Checks what is sent with every document, and what it is compared with. @throws {RecordRejected} */
export function checkDocument(payload: Mapped, required: readonly string[]): void {
  requireFields(payload, [...required, "expected"]);
  const expected = fieldsOf(payload.expected);
  requireFields(expected, ["total", "order"], "expected.");
  asAmount(expected.total, "expected.total");
  asText(expected.order, "expected.order");
}

/** A discount is an amount; Qoyod would take it as a percentage. */
export function withDiscountType(lines: unknown): unknown {
  return (lines as readonly Fields[]).map((line) => ("discount" in line ? { ...line, discount_type: "amount" } : line));
}

/** Creating and finding documents of one kind, within one session. */
export function salesDocument(
  document: SalesDocument,
  context: QoyodContext,
): {
  create(payload: Mapped): Promise<WriteResult>;
  find(doubtful: readonly DoubtfulCreate[]): Promise<ReadonlyMap<string, Found>>;
} {
  const search = createDocumentSearch(document, context);

  async function create(payload: Mapped): Promise<WriteResult> {
    const body = orRefused(() => document.body(payload));
    if (body.kind === "refused") return body;
    const wanted = wantedOf(payload);
    return context.inTurn([`${document.path} ${wanted.reference}`], async () => {
      const there = await search.before(wanted);
      if (there.length > 0) return foundThere(document, there, wanted);
      const request = { method: "POST", path: document.path, body: { [document.envelope]: body.made } } as const;
      const made = madeOf(await context.door.call({ ...request, repeat: "never" }), document.envelope);
      if (made.kind === "made") {
        search.learn(wanted, made.record);
        return { kind: "done", id: made.id, ...differing(document, { ...made, wanted }) };
      }
      return made.kind === "refused" ? refusedBecause(payload, wanted, made) : made;
    });
  }

  /** One of the same reference may have landed since the search; else the stock may be why. */
  async function refusedBecause(
    payload: Mapped,
    wanted: Wanted,
    refused: WriteResult & { readonly kind: "refused" },
  ): Promise<WriteResult> {
    const landed = await search.byReference(wanted);
    if (landed.length > 0) return foundThere(document, landed, wanted);
    const reason = document.needsStock ? await stockShort(context.stock, payload, refused.message) : null;
    return reason === null ? refused : { kind: "later", reason };
  }

  return {
    create,
    find: async (doubtful) => {
      const found = new Map<string, Found>();
      for (const { key, payload } of doubtful) {
        const wanted = wantedOf(payload);
        found.set(key, foundAgain(document, await search.everyWay(wanted), wanted));
      }
      return found;
    },
  };
}

function wantedOf(payload: Mapped): Wanted {
  const { total, order } = fieldsOf(payload.expected);
  return {
    reference: readText(payload.reference),
    contactId: readText(payload.contact_id),
    issueDate: readText(payload.issue_date),
    total: decimal(readText(total)),
    order: readText(order),
  };
}

/** What is there is the document only if order, total and contact agree; else a person must look. */
function foundThere(document: SalesDocument, there: readonly Met[], wanted: Wanted): WriteResult {
  const [only, ...others] = there;
  if (only === undefined || others.length > 0 || !only.same)
    return { kind: "several", ids: there.map(({ id }) => id), referenceAt: "target" };
  return { kind: "done", id: only.id, found: true, ...differing(document, { ...only, wanted }) };
}

/** What a doubtful create is, once it is found: only what agrees is taken as it, without a person. */
function foundAgain(document: SalesDocument, met: readonly Met[], wanted: Wanted): Found {
  const [only, ...others] = met;
  if (only === undefined || others.length > 0) return met.map(({ id }) => id);
  const { differs } = differing(document, { ...only, wanted });
  if (only.same && differs === undefined) return [only.id];
  const reason = differs ?? differenceOf(document, { ...only, wanted });
  return { kind: "unclear", reason, ...(only.ours ? { differs: true } : {}) };
}

/** Why a person must look at what Qoyod made: another total, or a state in which it counts for nothing. */
function differing(
  document: SalesDocument,
  { id, record, wanted }: { readonly id: string; readonly record: Fields; readonly wanted: Wanted },
): Pick<WriteResult & { readonly kind: "done" }, "differs"> {
  const status = readText(record.status);
  const total = totalOf(record);
  const isDifferent = total !== null && !total.eq(wanted.total);
  const isVoid = /^(draft|pending|void|cancel|deleted)/i.test(status.trim());
  if (!isDifferent && !isVoid) return {};
  return { differs: differenceOf(document, { id, record, wanted }) };
}

function differenceOf(
  document: SalesDocument,
  { id, record, wanted }: { readonly id: string; readonly record: Fields; readonly wanted: Wanted },
): Reason {
  const sent = `${wanted.total.toFixed()}, Approved, ${wanted.order}`;
  const said = [totalOf(record)?.toFixed(), readText(record.status), readText(record.description)];
  const got = said
    .map((part) => (part === undefined || part === "" ? "-" : part))
    .join(", ")
    .slice(0, shownLength);
  return { code: "document-differs", parameters: { vendor: "Qoyod", id: `${document.envelope} ${id}`, sent, got } };
}
