import type { VendorName } from "../faults.ts";
import * as optiply from "../optiply/merchant.ts";
import { isResourceName, resourceNames } from "../optiply/resources.ts";
import type { Sandbox } from "../sandbox.ts";
import { type Fields, textOf, type WireResponse } from "../wire.ts";
import * as zohoBooks from "../zoho-books/merchant.ts";

/** What a merchant can do with one kind of records. */
interface RecordStore {
  add(given: Fields): Fields;
  change(id: string, changes: Fields): Fields | undefined;
  remove(id: string): boolean;
  read(id: string): Fields | undefined;
  readAll(organizationId: string | undefined): Iterable<Fields>;
}

/** @throws RangeError when the vendor keeps no such resource, naming those it keeps. */
export function storeOf(sandbox: Sandbox, vendor: VendorName, resource: string): RecordStore {
  if (vendor === "optiply") {
    if (!isResourceName(resource)) throw new RangeError(noSuch(vendor, resource, resourceNames));
    const webshop = sandbox.optiply.webshop();
    return {
      add: (given) => optiply.addRecord(webshop, resource, given),
      change: (id, changes) => optiply.changeRecord(webshop, resource, id, changes),
      remove: (id) => optiply.removeRecord(webshop, resource, id),
      read: (id) => optiply.readRecord(webshop, resource, id),
      readAll: () => optiply.readRecords(webshop, resource),
    };
  }
  const kept = zohoBooks.resources.find((one) => one === resource);
  if (kept === undefined) throw new RangeError(noSuch(vendor, resource, zohoBooks.resources));
  const books = sandbox.zohoBooks.books();
  return {
    add: (given) => zohoBooks.addRecord(books, kept, given),
    change: (id, changes) => zohoBooks.changeRecord(books, kept, id, changes),
    remove: (id) => zohoBooks.removeRecord(books, kept, id),
    read: (id) => zohoBooks.readRecord(books, kept, id),
    readAll: (organizationId) => zohoBooks.readRecords(books, kept, organizationId),
  };
}

/** Everything stored as one array; `?field=value` keeps equal records, `offset` and `limit` take a part. */
export function readKept(store: RecordStore, query: URLSearchParams): WireResponse {
  const wanted = [...query].filter(([name]) => !["offset", "limit", "organization_id"].includes(name));
  const offset = Number(query.get("offset") ?? 0) || 0;
  const limit = query.has("limit") ? Number(query.get("limit")) || 0 : Number.POSITIVE_INFINITY;
  const parts: string[] = [];
  let position = 0;
  for (const record of store.readAll(query.get("organization_id") ?? undefined)) {
    if (!wanted.every(([name, value]) => shown(record[name]) === value)) continue;
    if (position >= offset && parts.length < limit) parts.push(JSON.stringify(record));
    position += 1;
  }
  const headers = { "content-type": "application/json", "x-total-count": String(position) };
  return { status: 200, headers, body: `[${parts.join(",\n")}]\n` };
}

function shown(value: unknown): string {
  return typeof value === "boolean" || value === null ? String(value) : textOf(value);
}

function noSuch(vendor: string, resource: string, known: readonly string[]): string {
  return `${vendor} keeps no ${resource}; it keeps: ${known.join(", ")}`;
}
