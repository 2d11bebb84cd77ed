import type { Sandbox } from "../sandbox.ts";
import type { OpenVendor, RecordStore } from "../vendor.ts";
import type { VendorName } from "../vendors.ts";
import { textOf, type WireResponse } from "../wire.ts";

/** @throws RangeError when the vendor keeps no such resource, naming those it keeps. */
export function storeOf(sandbox: Sandbox, vendor: VendorName, resource: string): RecordStore {
  const open: OpenVendor = sandbox.vendors[vendor];
  return open.storeOf(resource);
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
