import { type Fields, jsonResponse, type WireResponse } from "../wire.ts";
import type { Books, Row } from "./books.ts";
import type { Call } from "./call.ts";
import { failure, success } from "./envelope.ts";
import { zohoTime } from "./local-time.ts";

/** `GET /locations`, in migrated organisations. */
export function listLocations(call: Call): WireResponse {
  if (call.books.switches.placesEndpoint === "warehouses") return urlNotFound();
  const rows = [...call.organization.tables.locations.rows.values()];
  return success({ locations: rows.map(({ id, fields }) => ({ location_id: id, ...fields })) });
}

/** `GET /settings/warehouses`, in older organisations; no longer documented. */
export function listWarehouses(call: Call): WireResponse {
  if (call.books.switches.placesEndpoint === "locations") return urlNotFound();
  const rows = [...call.organization.tables.warehouses.rows.values()];
  return success({ warehouses: rows.map(({ id, fields }) => ({ warehouse_id: id, ...fields })) });
}

/** `GET /organizations`: needs no organisation id and carries no limit headers. */
export function listOrganizations(books: Books): WireResponse {
  const organizations = [...books.organizations.values()].map(({ row }) => shownOrganization(row));
  return jsonResponse(200, { code: 0, message: "success", organizations });
}

export function urlNotFound(): WireResponse {
  return failure(404, 5, "Invalid URL Passed");
}

function shownOrganization({ id, fields, createdMs }: Row): Fields {
  return {
    organization_id: id,
    is_default_org: false,
    is_org_active: true,
    language_code: "en",
    ...fields,
    account_created_date: zohoTime(createdMs, "UTC").slice(0, 10),
  };
}
