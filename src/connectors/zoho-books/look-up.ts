import { later } from "../../core/clock.ts";
import type { CallResult, Door } from "../../core/connector.ts";
import { NeedsPerson, RetryLater } from "../../core/errors.ts";
import { callRead, fieldsOf } from "./list-page.ts";

const failedMs = 60_000;
/** Locations and warehouses come in one or a few pages; more than this is a list that does not end. */
const maximumPages = 50;

/** The sets of a connection, id → name. */
export function lookUp(door: Door, set: string): Promise<ReadonlyMap<string, string>> {
  if (set === "warehouses") return warehouses(door);
  if (set === "salespersons") return salespersons(door);
  if (set === "organizations") return organizations(door);
  throw new RangeError(`Zoho Books has no set ${set}; there are warehouses, salespersons, organizations`);
}

/** Every organisation that the authorisation sees, as Zoho describes it. */
export async function readOrganizations(door: Door): Promise<readonly Readonly<Record<string, unknown>>[]> {
  // It belongs to no organisation, and is not among the calls of its day (Zoho Books introduction, limits).
  const request = { method: "GET", path: "/organizations", repeat: "safe", uncounted: true } as const;
  const result = await callRead(door, request);
  return listOf(door, "/organizations", "organizations", result);
}

async function organizations(door: Door): Promise<ReadonlyMap<string, string>> {
  const rows = await readOrganizations(door);
  return new Map(rows.map((row) => [textOf(row.organization_id), textOf(row.name)]));
}

/**
 * Locations (migrated organisations) and warehouses (older ones). One of the two may be refused or absent; where both
 * answer, both count, because an organisation in the middle of the move shows either.
 */
async function warehouses(door: Door): Promise<ReadonlyMap<string, string>> {
  const locations = await readPlaces(door, "/locations", "locations", "location");
  const older = await readPlaces(door, "/settings/warehouses", "warehouses", "warehouse");
  const [first, second] = [locations, older].filter((places) => places instanceof Map);
  if (first !== undefined) return new Map([...first, ...(second ?? [])]);
  throw locations;
}

/** The places at one path, or why there are none. */
async function readPlaces(
  door: Door,
  path: string,
  key: string,
  prefix: string,
): Promise<Map<string, string> | NeedsPerson | RetryLater> {
  const places = new Map<string, string>();
  for (let page = 1; page <= maximumPages; page += 1) {
    const result = await tolerateScope(
      callRead(door, { method: "GET", path, query: { page: String(page) }, repeat: "safe" }),
    );
    if (result instanceof NeedsPerson) return result;
    if (result.kind !== "ok") return failed(door, path, result.message);
    for (const row of listOf(door, path, key, result))
      places.set(textOf(row[`${prefix}_id`]), textOf(row[`${prefix}_name`]));
    if (fieldsOf(fieldsOf(result.body).page_context).has_more_page !== true) return places;
  }
  return failed(door, path, "the list does not end");
}

async function tolerateScope(call: Promise<CallResult>): Promise<CallResult | NeedsPerson> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof NeedsPerson && error.action.code === "scope-missing") return error;
    throw error;
  }
}

/**
 * Salespersons of the latest sales orders: no list of them is documented. Where the list rows carry no id, the name
 * stands for it.
 */
async function salespersons(door: Door): Promise<ReadonlyMap<string, string>> {
  const query = { filter_by: "Status.All", sort_column: "date", sort_order: "D", per_page: "200" };
  const result = await callRead(door, { method: "GET", path: "/salesorders", query, repeat: "safe" });
  const found = new Map<string, string>();
  for (const row of listOf(door, "/salesorders", "salesorders", result)) {
    const name = textOf(row.salesperson_name);
    const id = textOf(row.salesperson_id);
    if (id !== "" || name !== "") found.set(id === "" ? name : id, name);
  }
  return found;
}

function listOf(
  door: Door,
  path: string,
  key: string,
  result: CallResult,
): readonly Readonly<Record<string, unknown>>[] {
  if (result.kind !== "ok") throw failed(door, path, result.message);
  const values = fieldsOf(result.body)[key];
  if (!Array.isArray(values)) throw failed(door, path, `the answer has no list ${key}`);
  return values.map(fieldsOf);
}

function failed(door: Door, path: string, message: string): RetryLater {
  return new RetryLater(later(door.clock, failedMs), `${path} of Zoho Books could not be read: ${message}`);
}

function textOf(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}
