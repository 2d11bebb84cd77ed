import type { Door } from "../../core/connector.ts";
import { fieldsOf, type ResourceObject, readObject } from "./documents.ts";
import { remoteIds } from "./fields.ts";
import { ourRemoteIds } from "./our-remote-ids.ts";

const named = new Set(["products", "suppliers"]);

/**
 * The name of a product or a supplier, by one reading call; null where it is not there, cannot be read or has none.
 * @throws {RetryLater} {NeedsPerson} where Optiply cannot be asked now.
 */
export async function recordName(door: Door, resource: string, id: string): Promise<string | null> {
  const { name } = (await recordOf(door, resource, id))?.attributes ?? {};
  return typeof name === "string" && name.trim() !== "" ? name : null;
}

/** The remote ids of our coupling that a product or a supplier carries, by one reading call. @throws as `recordName`. */
export async function recordRemoteIds(
  door: Door,
  couplingId: string | undefined,
  resource: string,
  id: string,
): Promise<readonly string[]> {
  const record = await recordOf(door, resource, id);
  return ourRemoteIds(remoteIds.safeParse(record?.attributes.remoteIdMap).data ?? {}, couplingId);
}

async function recordOf(door: Door, resource: string, id: string): Promise<ResourceObject | null> {
  if (!named.has(resource)) return null;
  const path = `/${resource}/${encodeURIComponent(id)}`;
  const result = await door.call({ method: "GET", path, repeat: "safe" });
  return result.kind === "ok" ? readObject(fieldsOf(result.body).data) : null;
}
