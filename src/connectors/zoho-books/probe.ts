/**
 * Asks Zoho Books what its reference leaves open for this account, with at most 13 reading calls (README, "Probe").
 */

import type { Door, Facts } from "../../core/connector.ts";
import { readInstant } from "../../core/conversions.ts";
import { NeedsPerson } from "../../core/errors.ts";
import { contacts } from "./contacts.ts";
import { detailsBatch, itemChanges } from "./items.ts";
import { fieldsOf } from "./list-page.ts";
import { readOrganizations } from "./look-up.ts";
import { organisationTime } from "./organisation-time.ts";
import { purchaseOrders } from "./purchase-orders.ts";
import type { ListedModule } from "./reading-plans.ts";
import { salesOrders } from "./sales-orders.ts";
import type { ZohoBooksSettings } from "./settings.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Modules that not every flavour needs: an authorisation without their scope is told as a fact, not as a fault. */
const optionalModules = [contacts, purchaseOrders];

/** @throws {NeedsPerson} organisation-unknown, or scope-missing for items or sales orders. */
export async function probe(door: Door, settings: ZohoBooksSettings): Promise<Facts> {
  const organisation = await probeOrganisation(door, settings.organizationId);
  const timeZone = String(organisation.timeZone);
  const facts: Record<string, Facts[string]> = { ...organisation, ...(await probeItems(door)) };
  Object.assign(facts, await probeChanges(door, itemChanges, timeZone));
  Object.assign(facts, await probeChanges(door, salesOrders, timeZone), await probeDateStart(door));
  for (const module of optionalModules) {
    const found = await probeChanges(door, module, timeZone).catch(withoutScope);
    Object.assign(facts, found ?? {}, { [`${module.name}Scope`]: found !== null });
  }
  return facts;
}

async function probeOrganisation(door: Door, organizationId: string): Promise<Facts> {
  const rows = await readOrganizations(door);
  const chosen = rows.find((row) => String(row.organization_id) === organizationId);
  if (chosen === undefined) {
    const allowed = rows.map((row) => `${String(row.organization_id)} (${String(row.name)})`).join(", ") || "none";
    const parameters = { vendor: "Zoho Books", organization: organizationId, allowed };
    throw new NeedsPerson(
      { code: "organisation-unknown", parameters },
      `Zoho Books organisation ${organizationId} is not among those the authorisation sees: ${allowed}`,
    );
  }
  return {
    organizationName: String(chosen.name ?? ""),
    timeZone: String(chosen.time_zone ?? "UTC"),
    currencyCode: String(chosen.currency_code ?? ""),
    planName: String(chosen.plan_name ?? ""),
  };
}

/** Whether items can be listed by creation, and where the stock of tracked items stands. */
async function probeItems(door: Door): Promise<Facts> {
  const query = { filter_by: "Status.All", sort_column: "created_time", sort_order: "A", per_page: "200" };
  const { rows, context } = await askList(door, "items", query);
  const sorted = context.sort_column === "created_time" && context.sort_order === "A";
  const itemsSort = sorted ? "created_time" : "name";
  const tracked = rows.filter((row) => row.item_type === "inventory" || row.track_inventory === true);
  const [first] = tracked;
  if (first === undefined)
    return { itemsSort, itemsStockIn: "unknown", itemsStockShape: "unknown", itemdetailsMaximum: detailsBatch };
  const others = rows.filter((row) => row !== first).slice(0, 2 * detailsBatch - 1);
  const ids = [first, ...others].map((row) => String(row.item_id));
  const [details] = await askDetails(door, ids.slice(0, detailsBatch));
  // More than the usual number of ids is worth one question only where there are as many items.
  const more = ids.length === 2 * detailsBatch ? await askDetails(door, ids) : [];
  const inList = "available_for_sale_stock" in first || shapeOf(first) !== "none";
  return {
    itemsSort,
    itemsStockIn: inList ? "list" : "details",
    itemsStockShape: shapeOf(details ?? first),
    itemdetailsMaximum: Math.max(detailsBatch, more.length),
  };
}

/** Full items in the order asked, as far as Zoho gives them; none where it refuses so many. */
async function askDetails(door: Door, ids: readonly string[]): Promise<readonly Fields[]> {
  const query = { item_ids: ids.join(",") };
  const result = await door.call({ method: "GET", path: "/itemdetails", query, repeat: "safe" });
  const values = result.kind === "ok" ? fieldsOf(result.body).items : [];
  const rows = Array.isArray(values) ? values.map(fieldsOf) : [];
  const byId = new Map(rows.map((row) => [String(row.item_id), row]));
  return ids.map((id) => byId.get(id)).filter((row) => row !== undefined);
}

function shapeOf(row: Fields): string {
  if (Array.isArray(row.locations)) return "locations";
  return Array.isArray(row.warehouses) ? "warehouses" : "none";
}

/** Which sort and which reading of `last_modified_time` a list honours, by two calls. */
async function probeChanges(
  door: Door,
  { name, facts, query: filters }: Pick<ListedModule, "name" | "facts" | "query">,
  timeZone: string,
): Promise<Facts> {
  const query = { ...filters, sort_column: "last_modified_time", sort_order: "A", per_page: "200" };
  const { rows, context } = await askList(door, name, query);
  const order = context.sort_column === "last_modified_time" ? context.sort_order : "";
  const sort = order === "A" || order === "D" ? order : "ignored";
  const times = timesOf(rows);
  const moment = times[Math.floor(times.length / 2)];
  // The moment must tell rows before it from rows after it, else nothing can be learnt.
  if (moment === undefined || times[0] === moment || times.at(-1) === moment)
    return { [facts.sort]: sort, [facts.filter]: "unknown" };
  const later = await askList(door, name, { ...query, last_modified_time: organisationTime(moment, timeZone) });
  return { [facts.sort]: sort, [facts.filter]: filterOf(timesOf(later.rows), moment) };
}

function filterOf(times: readonly number[], moment: number): string {
  const [first] = times;
  const last = times.at(-1);
  if (first === undefined || last === undefined || first < moment) return "ignored";
  // Only rows of exactly that moment: the parameter means "equal", as it does on /journals.
  if (last === moment) return "ignored";
  return first === moment ? "inclusive" : "exclusive";
}

/** Whether the first business day can be asked for: a day far ahead must give nothing. */
async function probeDateStart(door: Door): Promise<Facts> {
  const nextYear = new Date(door.clock.now() + 400 * 86_400_000).toISOString().slice(0, 10);
  const { rows, taken } = await askList(door, "salesorders", {
    filter_by: "Status.All",
    date_start: nextYear,
    per_page: "1",
  });
  return { salesordersDateStart: taken && rows.length === 0 };
}

async function askList(
  door: Door,
  name: string,
  query: Readonly<Record<string, string>>,
): Promise<{ rows: readonly Fields[]; context: Fields; taken: boolean }> {
  const result = await door.call({ method: "GET", path: `/${name}`, query, repeat: "safe" });
  const body = result.kind === "ok" ? fieldsOf(result.body) : {};
  const values = body[name];
  return {
    rows: Array.isArray(values) ? values.map(fieldsOf) : [],
    context: fieldsOf(body.page_context),
    taken: result.kind === "ok",
  };
}

function timesOf(rows: readonly Fields[]): readonly number[] {
  return rows
    .map((row) => readInstant(String(row.last_modified_time ?? "")))
    .filter((time) => time !== null)
    .sort((one, other) => one - other);
}

function withoutScope(error: unknown): null {
  if (error instanceof NeedsPerson && error.action.code === "scope-missing") return null;
  throw error;
}
