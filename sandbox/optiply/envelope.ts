import type { Fields, WireResponse } from "../wire.ts";
import { type Problem, shownInstant, shownValue } from "./attributes.ts";
import { optiplyCredentials } from "./credentials.ts";
import { type ResourceName, resourceOf } from "./resources.ts";
import type { OptiplySwitches } from "./switches.ts";
import type { Row } from "./webshop.ts";

export const MEDIA_TYPE = "application/vnd.api+json";

/** A JSON:API document. */
export function document(status: number, content: Fields): WireResponse {
  return { status, headers: { "content-type": `${MEDIA_TYPE};charset=UTF-8` }, body: JSON.stringify(content) };
}

/** `{"errors":[{status, title, detail}]}`; no verbatim body of Optiply is known. */
export function errorDocument(
  status: number,
  detail: string,
  headers: Readonly<Record<string, string>> = {},
): WireResponse {
  const answer = document(status, { errors: [{ status: String(status), title: titles[status] ?? "Error", detail }] });
  return { ...answer, headers: { ...answer.headers, ...headers } };
}

export function problemDocument({ status, detail }: Problem): WireResponse {
  return errorDocument(status, detail);
}

export function notFound(name: ResourceName, id: string | number): WireResponse {
  return errorDocument(404, `${name} with id ${id} was not found`);
}

/** One resource object: id as text, foreign keys as numbers, money as text, the origin as the switch says. */
export function resourceObject(
  { switches }: { readonly switches: OptiplySwitches },
  name: ResourceName,
  row: Row,
  base: string,
): Fields {
  const self = `${base}/${name}/${row.id}`;
  const related = resourceOf(name).relationships.map((relationship) => [
    relationship,
    { links: { self: `${self}/relationships/${relationship}`, related: `${self}/${relationship}` } },
  ]);
  const attributes = shownAttributes(name, row);
  if (switches.createdFromPublicApi === "missing") delete attributes.createdFromPublicApi;
  if (switches.createdFromPublicApi === "always-false") attributes.createdFromPublicApi = false;
  return {
    id: String(row.id),
    type: name,
    attributes,
    relationships: Object.fromEntries(related),
    links: { self },
  };
}

/** All attributes of the resource, null where nothing is stored, with the read-only extras. */
export function shownAttributes(name: ResourceName, row: Row): Fields {
  const shown: Fields = {};
  for (const [attribute, kind] of Object.entries(resourceOf(name).attributes)) {
    shown[attribute] = shownValue(kind, row.attributes[attribute]);
  }
  return {
    ...shown,
    uuid: row.uuid,
    createdAt: shownInstant(row.createdMs),
    updatedAt: shownInstant(row.updatedMs),
    createdFromPublicApi: row.createdFromPublicApi,
    accountId: Number(optiplyCredentials.accountId),
    remoteIdMap: row.remoteIdMap,
    remoteDataSyncedToDate: row.remoteDataSyncedToMs === null ? null : shownInstant(row.remoteDataSyncedToMs),
  };
}

const titles: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  409: "Conflict",
  415: "Unsupported Media Type",
  429: "Too Many Requests",
  500: "Internal Server Error",
  504: "Gateway Timeout",
};
