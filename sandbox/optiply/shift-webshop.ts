import { type Shift, shifts } from "../faults.ts";
import { oneOf } from "../seeded-random.ts";
import type { WireRequest } from "../wire.ts";
import { isResourceName } from "./resources.ts";
import { deleteRow, insertRow, newRow, touchRow, type Webshop } from "./webshop.ts";

/** Touches, deletes or doubles one row of Optiply between two pages of a listing. */
export function shiftWebshop(
  webshop: Webshop,
  request: WireRequest,
  rowId: string | undefined,
  shift: Shift | undefined,
): void {
  const name = request.path.replace(/^\/v1\//, "");
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
