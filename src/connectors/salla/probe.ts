/**
 * Asks Salla what its reference leaves open for this store, with at most 12 reading calls (README, "Probe").
 */
import { later } from "../../core/clock.ts";
import type { Door, Facts } from "../../core/connector.ts";
import { NeedsPerson, RetryLater } from "../../core/errors.ts";
import { fieldsOf } from "./fields.ts";
import { fetchPage, fullPage, type ListPage } from "./list-page.ts";
import { readBranches } from "./look-up.ts";
import { ordersListing, readLatestOrders } from "./order-list.ts";
import type { OrderRow } from "./orders.ts";
import { quantitiesListing } from "./quantities.ts";
import { accountsUrl, type SallaSettings } from "./settings.ts";

/** A word that no accounting service has: where it is refused, the parameter is looked at. */
const noService = "mizan-none";

/** How long an account whose answer names no store is left alone. */
const unreadAccountMs = 600_000;

/**
 * @throws {NeedsPerson} scope-missing for orders or products.
 * @throws {RetryLater} where a list or the account cannot be read: what was known of it before stays (law 5).
 */
export async function probe(door: Door, settings: SallaSettings): Promise<Facts> {
  const latest = await readLatestOrders(door);
  return {
    ...(await probeAccount(door, settings)),
    ...probeOrders(latest),
    ...(await probeStatusFilter(door, latest)),
    ...(await probeLines(door, latest)),
    ...(await probeNativeLink(door, latest)),
    ...(await probeCatalogue(door)),
    ...(await probeBranches(door)),
  };
}

/**
 * Who the store is, under which plan, and what the authorisation may do; with and without the `data` wrapper. The id of
 * the store is part of every reference in the books, and tells whose webhooks these are: nothing goes on without it.
 */
async function probeAccount(door: Door, settings: SallaSettings): Promise<Facts> {
  const address = accountsUrl(settings);
  const path = "/oauth2/user/info";
  const result = await door.call({ method: "GET", address, path, repeat: "safe", uncounted: true });
  if (result.kind !== "ok") throw accountUnread(door, `${path}: ${result.message}`);
  const body = fieldsOf(result.body);
  const user = fieldsOf(body.data ?? body);
  const merchant = fieldsOf(user.merchant);
  const { app, scope } = fieldsOf(user.context);
  const merchantId = textOf(merchant.id);
  if (merchantId === "") throw accountUnread(door, `${path} answers without merchant.id`);
  return {
    merchantId,
    appId: textOf(app) || null,
    merchantName: textOf(merchant.name),
    plan: textOf(merchant.plan),
    taxNumber: textOf(merchant.tax_number),
    scopes: typeof scope === "string" ? scope.split(/[\s,]+/).filter((one) => one !== "") : [],
  };
}

function accountUnread(door: Door, message: string): RetryLater {
  return new RetryLater(
    later(door.clock, unreadAccountMs),
    `The account of the store in Salla could not be read: ${message}`,
  );
}

function probeOrders({ rows, perPage, total }: ListPage<OrderRow>): Facts {
  const times = rows.map(({ updated_at }) => updated_at).filter((time) => time !== null);
  const sorted = times.every((time, index) => index === 0 || time <= (times[index - 1] ?? time));
  return {
    ordersPerPage: perPage,
    ordersTotal: total,
    ordersCarryUpdatedAt: rows.length === 0 ? "unknown" : times.length > 0,
    // Nothing tells of an order that cannot be seen in the rows.
    ordersSorted: times.length < 2 ? "unknown" : sorted,
  };
}

/** Whether the list can be asked for statuses by id: two of those seen must come, both, and no other. */
async function probeStatusFilter(door: Door, { rows }: ListPage<OrderRow>): Promise<Facts> {
  const seen = [...new Set(rows.map(({ status }) => status.id).filter((id) => id !== null))];
  const asked = seen.slice(0, 2);
  if (seen.length < 3) return { ordersStatusFilter: "unknown" };
  const listing = ordersListing({ "status[]": asked });
  const page = await orNull(fetchPage(door, listing, { page: 1, perPage: fullPage }));
  const found = new Set(page?.rows.map(({ status }) => status.id) ?? []);
  return { ordersStatusFilter: found.size === asked.length && asked.every((id) => found.has(id)) };
}

/** What an order's own answer and its lines carry besides what is documented. */
async function probeLines(door: Door, { rows }: ListPage<OrderRow>): Promise<Facts> {
  const [order] = rows;
  if (order === undefined) return { itemsCarryProductIds: "unknown", itemsCarryVariantIds: "unknown" };
  const query = { order_id: order.id };
  const result = await door.call({ method: "GET", path: "/orders/items", query, repeat: "safe" });
  const data = result.kind === "ok" ? fieldsOf(result.body).data : null;
  const items = Array.isArray(data) ? data.map(fieldsOf) : [];
  if (items.length === 0) return { itemsCarryProductIds: "unknown", itemsCarryVariantIds: "unknown" };
  const has = (...names: string[]) => items.some((item) => names.some((name) => textOf(item[name]) !== ""));
  return {
    itemsCarryProductIds: has("product_id") || items.some((item) => textOf(fieldsOf(item.product).id) !== ""),
    itemsCarryVariantIds: has("product_sku_id", "variant_id"),
  };
}

/**
 * Signs of Salla's own link with Qoyod: orders that `accounting_services=qoyod` ("not yet sent") leaves out were sent by
 * it. Whether the parameter is looked at at all, a service that does not exist tells.
 */
async function probeNativeLink(door: Door, latest: ListPage<OrderRow>): Promise<Facts> {
  const ask = (service: string) =>
    orNull(fetchPage(door, ordersListing({ accounting_services: service }), { page: 1, perPage: fullPage }));
  const unsent = await ask("qoyod");
  if (unsent === null) return { accountingServicesFilter: "unknown", ordersSentToQoyod: "unknown" };
  const left = new Set(unsent.ids);
  const last = unsent.ids.at(-1);
  // Behind the last order of a full page nothing is known.
  const until =
    unsent.hasMore && last !== undefined ? latest.ids.indexOf(last) + 1 || latest.ids.length : latest.ids.length;
  const sent = latest.ids.slice(0, until).filter((id) => !left.has(id)).length;
  if (sent > 0) return { accountingServicesFilter: true, ordersSentToQoyod: sent };
  const other = await ask(noService);
  const looked = other === null || other.total !== unsent.total;
  return { accountingServicesFilter: looked ? true : "unknown", ordersSentToQoyod: looked ? 0 : "unknown" };
}

/** Whether a variant's SKU is found by the search, and by the path for SKUs. */
async function probeCatalogue(door: Door): Promise<Facts> {
  const { rows, perPage } = await fetchPage(door, quantitiesListing(null), { page: 1, perPage: fullPage });
  const variant = rows.find(({ unit, sku }) => unit.includes("-") && /^[\w-]+$/.test(sku));
  const facts = { quantitiesPerPage: perPage };
  if (variant === undefined) return { ...facts, keywordFindsVariants: "unknown", skuPathFindsVariants: "unknown" };
  const [productId] = variant.unit.split("-");
  const read = async (path: string, query: Readonly<Record<string, string>>) => {
    const result = await door.call({ method: "GET", path, query, repeat: "safe" });
    const data = result.kind === "ok" ? fieldsOf(result.body).data : null;
    return [data].flat().some((product) => textOf(fieldsOf(product).id) === productId);
  };
  return {
    ...facts,
    keywordFindsVariants: await read("/products", { keyword: variant.sku, per_page: String(fullPage) }),
    skuPathFindsVariants: await read(`/products/sku/${variant.sku}`, {}),
  };
}

/** Branches need a scope of their own; without it a store counts as one that has none. */
async function probeBranches(door: Door): Promise<Facts> {
  try {
    const branches = await readBranches(door);
    return { branches: branches.map(({ id }) => id), branchesScope: true };
  } catch (error) {
    if (!(error instanceof NeedsPerson) || error.action.code !== "scope-missing") throw error;
    return { branches: [], branchesScope: false };
  }
}

/** A page that is refused tells something; one that cannot be had because the connection rests does not. */
async function orNull<Page>(page: Promise<Page>): Promise<Page | null> {
  try {
    return await page;
  } catch (error) {
    if (error instanceof RetryLater && !error.connectionRests) return null;
    throw error;
  }
}

function textOf(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}
