import type { Door } from "../../core/connector.ts";
import { optionalText } from "./fields.ts";
import { fieldsOf } from "./list-page.ts";

/** Where a record's name stands: its path, the member of the answer, and its fields, best first. */
const places: Readonly<Record<string, { path: string; key: string; fields: readonly string[] }>> = {
  contacts: { path: "/contacts", key: "contact", fields: ["vendor_name", "contact_name"] },
  items: { path: "/items", key: "item", fields: ["name"] },
  "changed-items": { path: "/items", key: "item", fields: ["name"] },
  purchaseorders: { path: "/purchaseorders", key: "purchaseorder", fields: ["purchaseorder_number"] },
  salesorders: { path: "/salesorders", key: "salesorder", fields: ["salesorder_number"] },
};

/**
 * The name of a record as people know it, by one reading call; null where there is none.
 * @throws {RetryLater} {NeedsPerson} as every call.
 */
export async function nameOf(door: Door, resource: string, id: string): Promise<string | null> {
  const place = Object.hasOwn(places, resource) ? places[resource] : undefined;
  if (place === undefined) return null;
  const path = `${place.path}/${encodeURIComponent(id)}`;
  const result = await door.call({ method: "GET", path, repeat: "safe" });
  if (result.kind !== "ok") return null;
  const given = fieldsOf(result.body)[place.key];
  const record = fieldsOf(Array.isArray(given) ? given[0] : given);
  const names = place.fields.map((field) => optionalText.safeParse(record[field]).data ?? "");
  return names.find((name) => name !== "") ?? null;
}
