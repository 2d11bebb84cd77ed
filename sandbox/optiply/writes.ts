import { type Fields, isFields, type WireRequest, type WireResponse } from "../wire.ts";
import { conflict, readAttributes, readOrderLines, readRemote } from "./attribute-reading.ts";
import { parseExactJson, type Stored } from "./attributes.ts";
import { optiplyCredentials } from "./credentials.ts";
import { document, errorDocument, problemDocument, resourceObject } from "./envelope.ts";
import { type ResourceName, resourceOf } from "./resources.ts";
import {
  changeRow,
  deleteRow,
  insertRow,
  newRow,
  type Row,
  touchOrderOf,
  type Webshop,
  wholeSecond,
} from "./webshop.ts";

const DAY_MS = 86_400_000;

/** `POST /{resource}`: 201. A second POST with the same remoteId makes a second row: nothing de-duplicates. */
export function createRow(webshop: Webshop, name: ResourceName, request: WireRequest, base: string): WireResponse {
  const given = attributesOf(request, name);
  if (typeof given === "string") return errorDocument(400, given);
  const refusal = refusedQuery(webshop, request);
  if (refusal !== undefined) return refusal;
  const made = addRow(webshop, name, given, {
    fromPublicApi: true,
    lenient: false,
    couplingId: request.query.get("couplingId"),
  });
  if ("detail" in made) return problemDocument(made);
  touchOrderOf(webshop, name, made.row);
  const shown = resourceObject(webshop, name, made.row, base);
  if (webshop.switches.lineIdsInPostAnswer && made.lines.length > 0 && isFields(shown.attributes)) {
    shown.attributes.orderLines = made.lines.map(({ id, attributes }) => ({ id, ...attributes }));
  }
  return document(201, { data: shown });
}

/** `PATCH /{resource}/{id}`: 200 with the full resource; only the attributes sent change. */
export function patchRow(
  webshop: Webshop,
  name: ResourceName,
  row: Row,
  request: WireRequest,
  base: string,
): WireResponse {
  const given = attributesOf(request, name);
  if (typeof given === "string") return errorDocument(400, given);
  const refusal = refusedQuery(webshop, request);
  if (refusal !== undefined) return refusal;
  const reading = readAttributes(webshop, name, given, { partial: true, lenient: false });
  if ("detail" in reading) return problemDocument(reading);
  const wrong = conflict(webshop, name, reading.attributes, row);
  if (wrong !== undefined) return problemDocument(wrong);
  const remote = readRemote(webshop, name, given, request.query.get("couplingId"));
  if ("detail" in remote) return problemDocument(remote);
  changeRow(webshop, name, row, reading.attributes);
  remote(row);
  row.updatedMs = wholeSecond(webshop);
  touchOrderOf(webshop, name, row);
  return document(200, { data: resourceObject(webshop, name, row, base) });
}

/** `DELETE /{resource}/{id}`: 204, with everything that hangs on it. */
export function removeRow(webshop: Webshop, name: ResourceName, row: Row, request: WireRequest): WireResponse {
  if (name === "accounts") return errorDocument(405, "accounts cannot be deleted");
  const refusal = refusedQuery(webshop, request);
  if (refusal !== undefined) return refusal;
  deleteRow(webshop, name, row);
  touchOrderOf(webshop, name, row);
  return { status: 204, headers: {}, body: "" };
}

/** Checks and stores one record with its lines; nothing is stored when anything is wrong. */
export function addRow(
  webshop: Webshop,
  name: ResourceName,
  given: Fields,
  options: { fromPublicApi: boolean; lenient: boolean; couplingId: string | null; id?: number },
): { row: Row; lines: Row[] } | { status: 400 | 404 | 409 | 500; detail: string } {
  const reading = readAttributes(webshop, name, given, { partial: false, lenient: options.lenient });
  if ("detail" in reading) return reading;
  const wrong = conflict(webshop, name, reading.attributes);
  if (wrong !== undefined) return wrong;
  const remote = readRemote(webshop, name, given, options.couplingId);
  if ("detail" in remote) return remote;
  const lines = readOrderLines(webshop, name, given.orderLines);
  if (!Array.isArray(lines)) return lines;
  const row = newRow(webshop, options.fromPublicApi, options.id);
  row.attributes = { ...reading.attributes };
  fillDefaults(webshop, name, row.attributes);
  remote(row);
  insertRow(webshop, name, row);
  return { row, lines: lines.map((line) => addLine(webshop, name, row, line, options.fromPublicApi)) };
}

function addLine(
  webshop: Webshop,
  order: ResourceName,
  parent: Row,
  line: Record<string, Stored>,
  fromPublicApi: boolean,
): Row {
  const { lines } = resourceOf(order);
  const row = newRow(webshop, fromPublicApi);
  if (lines === undefined) return row;
  row.attributes = { ...line, [lines.parent]: parent.id };
  fillDefaults(webshop, lines.resource, row.attributes);
  insertRow(webshop, lines.resource, row);
  return row;
}

/** What Optiply fills in itself: states, the expected date from the supplier's delivery time, inherited by lines. */
function fillDefaults(webshop: Webshop, name: ResourceName, attributes: Record<string, Stored>): void {
  if (name === "products" || name === "supplierProducts") attributes.status ??= "enabled";
  if (name === "products") {
    attributes.assembled ??= false;
    attributes.unlimitedStock ??= false;
    attributes.ignored ??= false;
    attributes.notBeingBought ??= false;
  }
  if (name === "buyOrders") {
    attributes.assembly ??= false;
    const { placed, supplierId } = attributes;
    const supplier = webshop.tables.suppliers.rows.get(Number(supplierId));
    const days = supplier?.attributes.deliveryTime;
    if (typeof placed === "number" && typeof days === "number")
      attributes.expectedDeliveryDate ??= placed + days * DAY_MS;
  }
  if (name === "buyOrderLines") {
    const order = webshop.tables.buyOrders.rows.get(Number(attributes.buyOrderId));
    attributes.expectedDeliveryDate ??= order?.attributes.expectedDeliveryDate ?? null;
  }
}

/** Refuses a write for its query: accountId by the switch, and ids that are not numbers. */
function refusedQuery({ switches }: Webshop, { method, query }: WireRequest): WireResponse | undefined {
  const accountId = query.get("accountId");
  const couplingId = query.get("couplingId");
  for (const [name, value] of Object.entries({ accountId, couplingId })) {
    if (value !== null && !/^\d+$/.test(value)) return errorDocument(500, `Internal Server Error (${name}: ${value})`);
  }
  if (accountId !== null && accountId !== optiplyCredentials.accountId) {
    return errorDocument(403, `no access to account ${accountId}`);
  }
  const needed =
    switches.accountIdMissing === "refused" || (switches.accountIdMissing === "refused-on-post" && method === "POST");
  return accountId === null && needed ? errorDocument(400, "accountId is missing") : undefined;
}

/** The attributes of `{"data":{"type":…,"attributes":{…}}}`, or the sentence that refuses the body. */
function attributesOf(request: WireRequest, name: ResourceName): Fields | string {
  let body: unknown;
  try {
    body = parseExactJson(request.body);
  } catch {
    return "the body is not JSON";
  }
  const data = isFields(body) ? body.data : undefined;
  if (!isFields(data)) return "data must be an object: one resource per request";
  if (data.type !== name) return `data.type must be ${name}`;
  return isFields(data.attributes) ? data.attributes : "data.attributes must be an object";
}
