import { barePath, type Shift, shifts } from "./faults.ts";
import { isResourceName } from "./optiply/resources.ts";
import { deleteRow, insertRow, newRow, touchRow, type Webshop } from "./optiply/webshop.ts";
import { oneOf } from "./seeded-random.ts";
import type { Random, WireAnswer, WireRequest } from "./wire.ts";
import { type Books, dropRow, modules, nextId, putRow, wholeSeconds } from "./zoho-books/books.ts";

const MAX_REMEMBERED_LISTINGS = 50;

/** Remembers which rows the last page of each listing showed, so that a shift strikes a row that was already served. */
interface ServedRows {
  remember(request: WireRequest, answer: WireAnswer): void;
  /** A row of the page served before; undefined when nothing was served yet. */
  choose(request: WireRequest, random: Random): string | undefined;
}

export function createServedRows(): ServedRows {
  const served = new Map<string, string[]>();
  return {
    remember: (request, answer) => {
      if (request.method !== "GET" || answer === "cut" || answer.status !== 200) return;
      const ids = [...answer.body.matchAll(/\{"(?:id|item_id|contact_id|salesorder_id|purchaseorder_id)":"(\d+)"/g)];
      if (served.size >= MAX_REMEMBERED_LISTINGS) served.clear();
      served.set(
        request.path,
        ids.map(([, id = ""]) => id),
      );
    },
    choose: (request, random) => {
      const [first, ...rest] = served.get(request.path) ?? [];
      return first === undefined ? undefined : oneOf(random, [first, ...rest]);
    },
  };
}

/** Touches, deletes or doubles one row of Zoho between two pages of a listing. */
export function shiftBooks(
  books: Books,
  request: WireRequest,
  rowId: string | undefined,
  shift: Shift | undefined,
): void {
  const resource = barePath(request.path).slice(1);
  const module = resource === "vendors" ? "contacts" : modules.find((one) => one === resource);
  const asked = request.query.get("organization_id");
  const organization = books.organizations.get(asked ?? "");
  if (module === undefined || organization === undefined) return;
  const table = organization.tables[module];
  const row = table.rows.get(rowId ?? "") ?? [...table.rows.values()][0];
  if (row === undefined) return;
  const nowMs = wholeSeconds(books.clock.now());
  const kind = shift ?? oneOf(books.random, shifts);
  if (kind === "delete") dropRow(table, row.id);
  else if (kind === "insert") {
    putRow(table, { id: nextId(books), fields: structuredClone(row.fields), createdMs: nowMs, modifiedMs: nowMs });
  } else {
    row.modifiedMs = nowMs;
    putRow(table, row);
  }
}

/** Touches, deletes or doubles one row of Optiply between two pages of a listing. */
export function shiftWebshop(
  webshop: Webshop,
  request: WireRequest,
  rowId: string | undefined,
  shift: Shift | undefined,
): void {
  const name = barePath(request.path).slice(1);
  if (!isResourceName(name)) return;
  const { rows } = webshop.tables[name];
  const row = rows.get(Number(rowId)) ?? [...rows.values()][0];
  if (row === undefined) return;
  const kind = shift ?? oneOf(webshop.random, shifts);
  if (kind === "delete") deleteRow(webshop, name, row);
  else if (kind === "insert") {
    const twin = newRow(webshop, false);
    twin.attributes = structuredClone(row.attributes);
    insertRow(webshop, name, twin);
  } else {
    row.updatedMs = Math.floor(webshop.clock.now() / 1000) * 1000;
    touchRow(webshop, name, row);
  }
}
