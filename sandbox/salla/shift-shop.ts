import { type Shift, shifts } from "../faults.ts";
import { oneOf } from "../seeded-random.ts";
import type { WireRequest } from "../wire.ts";
import { dropRow, nextId, nextNumber, nowOf, putRow, type Shop } from "./shop.ts";

/** Touches, deletes or doubles an order or a product between two pages of a listing. */
export function shiftShop(shop: Shop, request: WireRequest, rowId: string | undefined, shift: Shift | undefined): void {
  const kind = shift ?? oneOf(shop.random, shifts);
  const resource = request.path.replace(/^\/admin\/v2\//, "");
  const nowMs = nowOf(shop);
  if (resource === "orders") {
    const { rows } = shop.orders;
    const row = rows.get(Number(rowId)) ?? [...rows.values()][0];
    if (row === undefined) return;
    if (kind === "delete") dropRow(shop.orders, row);
    else if (kind === "insert") {
      const id = nextId(shop, "orders");
      const referenceId = row.referenceId + 1_000_000 + nextNumber(shop, "shifted");
      putRow(shop.orders, { ...structuredClone(row), id, referenceId, createdMs: nowMs, updatedMs: nowMs });
    } else {
      row.updatedMs = nowMs;
      putRow(shop.orders, row);
    }
  } else if (resource === "products") {
    const { rows } = shop.products;
    const row = rows.get(Number(rowId)) ?? [...rows.values()][0];
    if (row === undefined) return;
    if (kind === "delete") dropRow(shop.products, row);
    else if (kind === "insert") {
      const twin = { ...structuredClone(row), id: nextId(shop, "products"), createdMs: nowMs, updatedMs: nowMs };
      putRow(shop.products, twin);
    } else {
      row.updatedMs = nowMs;
      putRow(shop.products, row);
    }
  }
}
