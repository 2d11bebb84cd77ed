import type { Door } from "../../core/connector.ts";
import { fieldsOf, optionalText } from "./fields.ts";
import { readProductUnits, unitParts } from "./units.ts";

/**
 * The name of a record as people know it, by one reading call; null where there is none.
 * @throws {RetryLater} {NeedsPerson} as every call.
 */
export async function nameOf(door: Door, resource: string, id: string): Promise<string | null> {
  const parts = unitParts(id);
  if (parts === null) return null;
  if (resource === "units") {
    const units = await readProductUnits(door, parts.productId);
    return units.kind === "found" ? (units.record.find(({ unit }) => unit === id)?.name ?? null) : null;
  }
  if (resource === "orders") return await fieldOf(door, `/orders/${id}`, ["reference_id"], { format: "light" });
  if (resource === "customers") return await fieldOf(door, `/customers/${id}`, ["first_name", "last_name"], {});
  return null;
}

async function fieldOf(
  door: Door,
  path: string,
  fields: readonly string[],
  query: Readonly<Record<string, string>>,
): Promise<string | null> {
  const result = await door.call({ method: "GET", path, query, repeat: "safe" });
  if (result.kind !== "ok") return null;
  const record = fieldsOf(fieldsOf(result.body).data);
  const words = fields.map((field) => optionalText.safeParse(record[field]).data ?? "");
  return words.filter((word) => word !== "").join(" ") || null;
}
