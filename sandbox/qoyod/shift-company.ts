import { type Shift, shifts } from "../faults.ts";
import { oneOf } from "../seeded-random.ts";
import type { WireRequest } from "../wire.ts";
import { type Company, changeRow, deleteRow, insertRow } from "./company.ts";
import { resourceAt } from "./resources.ts";

/** Touches, deletes or doubles one row between two pages of a listing. */
export function shiftCompany(
  company: Company,
  request: WireRequest,
  rowId: string | undefined,
  shift: Shift | undefined,
): void {
  const resource = resourceAt(request.path.replace(/^\/2\.0\//, ""));
  if (resource === undefined) return;
  const { rows } = company.tables[resource.table];
  const row = rows.get(Number(rowId)) ?? [...rows.values()][0];
  if (row === undefined) return;
  const kind = shift ?? oneOf(company.random, shifts);
  if (kind === "delete") deleteRow(company, resource.table, row);
  else if (kind === "insert") insertRow(company, resource.table, structuredClone(row.fields));
  else changeRow(company, resource.table, row, {});
}
