import { type Fields, isFields, jsonResponse, type WireResponse } from "../wire.ts";
import { enveloped } from "./answers.ts";
import type { Call, Company, Row } from "./company.ts";
import { objectsOf, shownRow } from "./fields.ts";
import type { Resource } from "./resources.ts";

/** Answers a create: one record in its wrapper, or a list of them where the resource takes lists. */
export function createdRows(
  company: Company,
  resource: Resource,
  create: (call: Call, given: Fields) => Row,
  body: Fields,
): WireResponse {
  const { switches } = company;
  const call: Call = { company, byPerson: false };
  const status = Number(switches.createStatus);
  const given = body[resource.envelope] ?? (resource.isBulk ? body[resource.table] : undefined);
  if (resource.isBulk && Array.isArray(given)) {
    // The first that is refused ends it; those before it are made, as nobody has said otherwise.
    const rows = objectsOf(given).map((one) => create(call, one));
    return jsonResponse(status, { [resource.table]: rows.map((row) => shownRow(row, resource.shown(company, row))) });
  }
  const row = create(call, isFields(given) ? given : {});
  const shown = resource.shown(company, row);
  if (resource.table === "inventory_adjustments" && switches.countAnswer !== "with-id")
    return jsonResponse(status, switches.countAnswer === "empty" ? {} : { [resource.envelope]: shown });
  if (resource.table === "inventories" && switches.inventoriesAnswer === "top-level")
    return jsonResponse(status, shownRow(row, shown));
  return enveloped(status, resource.envelope, shownRow(row, shown));
}
