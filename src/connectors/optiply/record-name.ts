import type { Door } from "../../core/connector.ts";
import { fieldsOf } from "./documents.ts";

const named = new Set(["products", "suppliers"]);

/**
 * The name of a product or a supplier, by one reading call; null where it is not there, cannot be read or has none.
 * @throws {RetryLater} {NeedsPerson} where Optiply cannot be asked now.
 */
export async function recordName(door: Door, resource: string, id: string): Promise<string | null> {
  if (!named.has(resource)) return null;
  const path = `/${resource}/${encodeURIComponent(id)}`;
  const result = await door.call({ method: "GET", path, repeat: "safe" });
  if (result.kind !== "ok") return null;
  const { name } = fieldsOf(fieldsOf(fieldsOf(result.body).data).attributes);
  return typeof name === "string" && name.trim() !== "" ? name : null;
}
