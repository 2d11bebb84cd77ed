import { type Shift, shifts } from "../faults.ts";
import { oneOf } from "../seeded-random.ts";
import type { WireRequest } from "../wire.ts";
import { type Books, dropRow, modules, nextId, putRow, wholeSeconds } from "./books.ts";

/** Touches, deletes or doubles one row of Zoho between two pages of a listing. */
export function shiftBooks(
  books: Books,
  request: WireRequest,
  rowId: string | undefined,
  shift: Shift | undefined,
): void {
  const resource = request.path.replace(/^\/books\/v3\//, "");
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
