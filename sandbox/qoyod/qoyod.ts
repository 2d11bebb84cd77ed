import { initialValues } from "../switch-set.ts";
import {
  type Clock,
  type Fields,
  isFields,
  jsonResponse,
  type Pause,
  type Random,
  type WireRequest,
  type WireResponse,
} from "../wire.ts";
import {
  enveloped,
  foundNothing,
  noSuchAddress,
  plainText,
  Refused,
  rateLimitAnswer,
  refusal,
  sentence,
  wrongKey,
} from "./answers.ts";
import type { Call, Company, Row } from "./company.ts";
import { createdRows } from "./creates.ts";
import { qoyodCredentials } from "./credentials.ts";
import { idOf, shownRow } from "./fields.ts";
import { firstCompany } from "./first-company.ts";
import { listRows } from "./list.ts";
import { allocateReceipt, allocateToDocument } from "./receipts.ts";
import { type Resource, resourceAt } from "./resources.ts";
import { pdfOf } from "./shown-documents.ts";
import { type QoyodSwitches, qoyodSwitches } from "./switches.ts";

export const BASE_PATH = "/2.0";
/** Where the old hosts have the same API. */
const OLD_BASE_PATH = "/api/2.0";

/** A stand-in Qoyod: plain functions over stored rows, without a transport of its own. */
export interface Qoyod {
  readonly switches: QoyodSwitches;
  /** The present company; replaced by a reset. */
  readonly company: () => Company;
  /** The API under `/2.0`. */
  api(request: WireRequest, pause: Pause): Promise<WireResponse>;
  /** Forgets everything but what a new company has, and sets the switches back. */
  reset(random: Random): void;
}

/** Makes the stand-in. */
export function createQoyod({ clock, random }: { clock: Clock; random: Random }): Qoyod {
  const switches = initialValues(qoyodSwitches);
  let company = firstCompany(clock, random, switches);
  return {
    switches,
    company: () => company,
    api: async (request, pause) => {
      if (pause.beforeMs > 0) await clock.sleep(pause.beforeMs);
      const answer = answerApi(company, request);
      const afterMs = pause.afterMs + latencyOf(switches, request.path);
      if (afterMs > 0) await clock.sleep(afterMs);
      return answer;
    },
    reset: (next) => {
      Object.assign(switches, initialValues(qoyodSwitches));
      company = firstCompany(clock, next, switches);
    },
  };
}

function latencyOf(switches: QoyodSwitches, path: string): number {
  const more: Readonly<Record<string, number>> = {
    invoices: switches.invoicesLatencyMs,
    bills: switches.billsLatencyMs,
    receipts: switches.receiptsLatencyMs,
    credit_notes: switches.creditNotesLatencyMs,
    journal_entries: switches.journalEntriesLatencyMs,
  };
  const [, resource = ""] = /\/2\.0\/(\w+)/.exec(path) ?? [];
  return switches.latencyMs + (more[resource] ?? 0);
}

function answerApi(company: Company, request: WireRequest): WireResponse {
  const { switches } = company;
  const isOld = request.path.startsWith(`${OLD_BASE_PATH}/`);
  if (isOld && switches.oldHost !== "answers") {
    const query = request.query.size === 0 ? "" : `?${request.query}`;
    const location = `${request.path.slice(OLD_BASE_PATH.length - BASE_PATH.length)}${query}`;
    return switches.oldHost === "gone" ? noSuchAddress() : { status: 307, headers: { location }, body: "" };
  }
  if (request.headers["api-key"] !== qoyodCredentials.apiKey) return wrongKey();
  if (overLimit(company)) return rateLimitAnswer(switches);
  const base = isOld ? OLD_BASE_PATH : BASE_PATH;
  if (!request.path.startsWith(`${base}/`)) return noSuchAddress();
  const [path = "", id, part, ...rest] = request.path
    .slice(base.length + 1)
    .replace(/\/$/, "")
    .split("/");
  const resource = resourceAt(path);
  if (resource === undefined || rest.length > 0) return noSuchAddress();
  try {
    return id === undefined ? answerAll(company, resource, request) : answerOne(company, resource, id, part, request);
  } catch (error) {
    if (error instanceof Refused) return refusal(error, switches);
    throw error;
  }
}

function answerAll(company: Company, resource: Resource, request: WireRequest): WireResponse {
  if (request.method === "GET" && resource.isReadable) return listRows(company, resource, request);
  if (request.method !== "POST" || resource.create === undefined) return noSuchAddress();
  const body = bodyOf(request);
  return body === undefined ? notJson() : createdRows(company, resource, resource.create, body);
}

function answerOne(
  company: Company,
  resource: Resource,
  id: string,
  part: string | undefined,
  request: WireRequest,
): WireResponse {
  const { method } = request;
  // Taxes and projects are lists only; counts and transfers cannot be seen at all.
  if (!resource.isReadable || resource.create === undefined) return noSuchAddress();
  if (!hasPart(resource, method, part)) return noSuchAddress();
  const row = company.tables[resource.table].rows.get(idOf(id) ?? 0);
  if (row === undefined) return foundNothing(company.switches);
  if (part === "pdf") return jsonResponse(200, pdfOf(resource.table, row));
  if (part === "allocations") return allocated(company, resource, row, request);
  const call: Call = { company, byPerson: false };
  if (method === "DELETE" && resource.remove !== undefined) return plainText(resource.remove(call, row));
  if (method === resource.change?.method) {
    const body = bodyOf(request);
    if (body === undefined) return notJson();
    resource.change.change(call, row, inside(body, resource.envelope));
  } else if (method !== "GET") return noSuchAddress();
  return enveloped(200, resource.envelope, shownRow(row, resource.shown(company, row)));
}

/** True where the address exists for one record: the record itself, its PDF, its allocations. */
function hasPart({ table, hasPdf }: Resource, method: string, part: string | undefined): boolean {
  if (part === "pdf") return method === "GET" && hasPdf === true;
  if (part === "allocations") return method === "POST" && ["invoices", "bills", "receipts"].includes(table);
  return part === undefined;
}

function allocated(company: Company, resource: Resource, row: Row, request: WireRequest): WireResponse {
  const body = bodyOf(request);
  if (body === undefined) return notJson();
  const call: Call = { company, byPerson: false };
  const { table, envelope } = resource;
  const status = Number(company.switches.createStatus);
  if (table === "receipts") {
    return enveloped(status, "allocation", allocateReceipt(call, row, inside(body, "allocation")));
  }
  allocateToDocument(call, table === "bills" ? "bills" : "invoices", row, inside(body, envelope));
  return enveloped(status, envelope, shownRow(row, resource.shown(company, row)));
}

/** What stands in the wrapper; in a wrong wrapper nothing does, and everything is missing. */
function inside(body: Fields, envelope: string): Fields {
  const given = body[envelope];
  return isFields(given) ? given : {};
}

function bodyOf(request: WireRequest): Fields | undefined {
  try {
    const value: unknown = JSON.parse(request.body);
    return isFields(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function notJson(): WireResponse {
  return sentence(400, "The request body is not a JSON object");
}

function overLimit(company: Company): boolean {
  const { perMinuteLimit, minuteMs } = company.switches;
  if (perMinuteLimit === null) return false;
  const now = company.clock.now();
  company.callsMs = company.callsMs.filter((at) => at > now - minuteMs);
  if (company.callsMs.length >= perMinuteLimit) return true;
  company.callsMs.push(now);
  return false;
}
