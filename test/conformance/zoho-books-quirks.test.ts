import { once } from "node:events";
import { createServer } from "node:net";
import { describe, expect, test } from "vitest";
import {
  exchangeCode,
  type Item,
  type SalesOrderRow,
  stockPlaces,
  zohoBooks,
} from "../../src/connectors/zoho-books/index.ts";
import { NeedsPerson, RetryLater } from "../../src/core/errors.ts";
import type { Page, SourceResource } from "../../src/core/resources.ts";
import { systemClock } from "../../src/outbound/system-clock.ts";
import { zohoBooksConnections } from "./connections.ts";
import { idsOf, readAll } from "./connector-suite.ts";
import { type OpenConnection, openConnection } from "./open-connection.ts";
import type { Fields } from "./stand-in.ts";

const everything = { since: null, notBefore: null, position: null };
const start = Date.parse("2026-01-05T08:00:00Z");

const shop = zohoBooksConnections();
const { connect } = shop;

const behave = (switches: Fields) => shop.standIn.reset({ "zoho-books": switches });
const sourceOf = <Row>({ session }: OpenConnection, name: string) =>
  session.sources[name] as unknown as SourceResource<Row, Row>;
const listed = ({ calls }: OpenConnection, path: string) => calls.filter((call) => call.path.endsWith(path)).length;
const caught = (work: Promise<unknown>) => work.catch((error: unknown) => error);

/** Orders a second apart. */
async function addOrders(count: number): Promise<readonly Fields[]> {
  return await shop.standIn.add(
    "zoho-books/salesorders",
    Array.from({ length: count }, (_, index) => ({
      date: new Date(start + index * 86_400_000).toISOString().slice(0, 10),
      salesperson_id: index % 2 === 0 ? "4600000000000000901" : "",
      salesperson_name: index % 2 === 0 ? "Amazon Sales" : "",
      last_modified_time: new Date(start + index * 1000).toISOString(),
      line_items: [],
    })),
  );
}

/** Items a second apart. */
async function addItems(count: number): Promise<readonly Fields[]> {
  return await shop.standIn.add(
    "zoho-books/items",
    Array.from({ length: count }, (_, index) => ({
      name: `Lamp ${index}`,
      item_type: "inventory",
      stock_on_hand: 4,
      last_modified_time: new Date(start + index * 1000).toISOString(),
    })),
  );
}

describe("reading plans", () => {
  test.each([
    [{}, { salesordersFilter: "inclusive", salesordersSort: "A", salesordersDateStart: true }],
    [{ salesordersModifiedFilter: "exclusive" }, { salesordersFilter: "exclusive" }],
    [{ salesordersModifiedFilter: "equality" }, { salesordersFilter: "ignored" }],
    [{ salesordersModifiedFilter: "ignored" }, { salesordersFilter: "ignored" }],
    [{ salesordersSort: "order-replaced" }, { salesordersSort: "D", salesordersFilter: "inclusive" }],
    [{ salesordersSort: "ignored" }, { salesordersSort: "ignored" }],
    [{ itemsSort: "ignored" }, { itemsSort: "name" }],
    [{}, { itemsSort: "created_time", timeZone: "Europe/Amsterdam", currencyCode: "EUR" }],
    [{}, { itemsChangeSort: "A", itemsFilter: "ignored" }],
    [{ itemsModifiedFilter: "inclusive" }, { itemsChangeSort: "A", itemsFilter: "inclusive" }],
    [{ itemsModifiedFilter: "exclusive" }, { itemsFilter: "exclusive" }],
    [{ itemsModifiedFilter: "equality" }, { itemsFilter: "ignored" }],
    [{ itemsSort: "order-replaced" }, { itemsSort: "name", itemsChangeSort: "D" }],
    [{ itemsSort: "ignored" }, { itemsChangeSort: "ignored" }],
  ])("the probe sees %j as %j", async (switches, facts) => {
    await behave(switches);
    await addOrders(12);
    await addItems(12);
    expect(await connect().session.probe()).toMatchObject(facts);
  });

  test("too few items tell nothing about the filter", async () => {
    await behave({ itemsModifiedFilter: "inclusive" });
    await addItems(1);
    expect(await connect().session.probe()).toMatchObject({ itemsChangeSort: "A", itemsFilter: "unknown" });
  });

  test.each(["inclusive", "exclusive"])("what changed at the very second asked comes too (%s)", async (filter) => {
    await behave({ salesordersModifiedFilter: filter });
    const orders = await addOrders(30);
    const facts = await connect().session.probe();
    const connection = connect({ facts });
    const since = start + 20_000;
    const pages = await readAll(sourceOf<Fields>(connection, "salesorders"), { ...everything, since });
    const changed = orders.slice(20).map((order) => String(order.salesorder_id));
    expect(changed.filter((id) => !idsOf(pages, "salesorder_id").has(id))).toEqual([]);
    expect(idsOf(pages, "salesorder_id").size).toBeLessThanOrEqual(11);
    expect(listed(connection, "/salesorders")).toBe(1);
  });

  test("newest first, a list is read only down to the moment asked", async () => {
    await behave({ salesordersSort: "order-replaced" });
    await addOrders(900);
    const facts = await connect().session.probe();
    const connection = connect({ facts });
    const pages = await readAll(sourceOf<Fields>(connection, "salesorders"), { ...everything, since: start + 800_000 });
    expect(idsOf(pages, "salesorder_id").size).toBeGreaterThanOrEqual(100);
    expect(listed(connection, "/salesorders")).toBe(1);
  });

  test.each([
    { salesordersSort: "order-replaced" },
    { salesordersSort: "ignored" },
    { salesordersModifiedFilter: "ignored" },
  ])("a vendor that stops honouring in the middle of a list loses no row: %j", async (switches) => {
    const orders = await addOrders(700);
    const facts = await connect().session.probe();
    const pages: Page<Fields>[] = [];
    for await (const page of sourceOf<Fields>(connect({ facts }), "salesorders").changedSince(everything)) {
      pages.push(page);
      if (pages.length === 1) await shop.standIn.switches({ "zoho-books": switches });
    }
    expect([...idsOf(pages, "salesorder_id")].sort()).toEqual(orders.map((order) => order.salesorder_id).sort());
  });

  test.each(["inclusive", "exclusive", "equality", "ignored"])(
    "before any probe, nothing is taken on trust (filter %s)",
    async (salesordersModifiedFilter) => {
      await behave({ salesordersModifiedFilter });
      const orders = await addOrders(450);
      const ids = orders.map((order) => String(order.salesorder_id));
      const all = await readAll(sourceOf<Fields>(connect(), "salesorders"), everything);
      expect([...idsOf(all, "salesorder_id")].sort()).toEqual([...ids].sort());
      const later = await readAll(sourceOf<Fields>(connect(), "salesorders"), {
        ...everything,
        since: start + 440_000,
      });
      expect(ids.slice(440).filter((id) => !idsOf(later, "salesorder_id").has(id))).toEqual([]);
    },
  );

  test("the first business day is asked with a day of margin, where it is honoured", async () => {
    await addOrders(40);
    const facts = await connect().session.probe();
    const request = { ...everything, notBefore: "2026-02-10" };
    const pages = await readAll(sourceOf<SalesOrderRow>(connect({ facts }), "salesorders"), request);
    const days = pages.flatMap(({ rows }) => rows.map(({ date }) => date));
    expect(days.sort()).toEqual(["2026-02-09", "2026-02-10", "2026-02-11", "2026-02-12", "2026-02-13"]);
    const untold = await readAll(sourceOf<SalesOrderRow>(connect(), "salesorders"), request);
    expect(untold.flatMap(({ rows }) => rows)).toHaveLength(40);
  });

  test("lists cost hardly more calls than full pages would", async () => {
    await addOrders(1_900);
    await shop.standIn.add(
      "zoho-books/items",
      Array.from({ length: 1_900 }, (_, index) => ({ name: `Lamp ${index}` })),
    );
    const facts = await connect().session.probe();
    const connection = connect({ facts });
    await readAll(sourceOf(connection, "salesorders"), everything);
    await readAll(sourceOf(connection, "items"), everything);
    expect(listed(connection, "/salesorders")).toBeLessThanOrEqual(11);
    expect(listed(connection, "/items")).toBeLessThanOrEqual(11);
  });
});

describe("items", () => {
  test.each([
    { itemsModifiedFilter: "inclusive" },
    { itemsModifiedFilter: "exclusive" },
    { itemsModifiedFilter: "ignored" },
    { itemsModifiedFilter: "inclusive", itemsSort: "order-replaced" },
  ])("what changed comes by one call, and a stock movement is no change: %j", async (switches) => {
    await behave(switches);
    const items = await addItems(450);
    const facts = await connect().session.probe();
    const [moved = "", repriced = ""] = items.map((item) => String(item.item_id));
    await shop.standIn.change("zoho-books/items", moved, { stock_on_hand: 1 });
    await shop.standIn.change("zoho-books/items", repriced, { purchase_rate: 9.5 });
    const connection = connect({ facts });
    const source = sourceOf<Item>(connection, "changed-items");
    const found = idsOf(await readAll(source, { ...everything, since: start + 440_000 }), "item_id");
    const changed = [repriced, ...items.slice(440).map((item) => String(item.item_id))];
    expect(changed.filter((id) => !found.has(id))).toEqual([]);
    expect(found.has(moved)).toBe(false);
    expect(listed(connection, "/items")).toBe(1);
    expect((await source.read([repriced])).get(repriced)).toMatchObject({ record: { purchase_rate: 9.5 } });
  });

  test("without any order that is honoured, all items come", async () => {
    await behave({ itemsModifiedFilter: "inclusive", itemsSort: "ignored" });
    const items = await addItems(450);
    const facts = await connect().session.probe();
    const source = sourceOf<Item>(connect({ facts }), "changed-items");
    const found = idsOf(await readAll(source, { ...everything, since: start + 440_000 }), "item_id");
    expect([...found].sort()).toEqual(items.map((item) => item.item_id).sort());
  });

  test.each([100, 200, 30])("details come for every id, whatever one call takes (%i)", async (itemDetailsLimit) => {
    await behave({ itemDetailsLimit });
    const made = await shop.standIn.add(
      "zoho-books/items",
      Array.from({ length: 100 }, (_, index) => ({ name: `Lamp ${index}` })),
    );
    const ids = made.map((item) => String(item.item_id));
    await shop.standIn.remove("zoho-books/items", ids[50] ?? "");
    const found = await sourceOf<Item>(connect(), "items").read(ids);
    expect([...found.keys()].sort()).toEqual([...ids].sort());
    expect(found.get(ids[50] ?? "")).toEqual({ kind: "missing" });
    expect([...found.values()].filter(({ kind }) => kind === "found")).toHaveLength(99);
  });

  test.each(["warehouses", "locations", "none"])("stock comes as Zoho shows it (%s)", async (stockShape) => {
    await behave({ stockShape });
    const [made] = await shop.standIn.add("zoho-books/items", [
      { name: "Lamp", item_type: "inventory", stock_on_hand: 7 },
    ]);
    const facts = await connect().session.probe();
    expect(facts).toMatchObject({ itemsStockIn: "details", itemsStockShape: stockShape });
    const id = String(made?.item_id);
    const result = (await sourceOf<Item>(connect(), "items").read([id])).get(id);
    if (result?.kind !== "found") throw new Error("the item was not found");
    const places = stockPlaces(result.record);
    if (stockShape === "none") expect(places).toBeNull();
    else expect(places?.length).toBeGreaterThan(0);
  });

  test.each([100, 200])(
    "the probe finds the stock's shape among many items, and how many ids one call takes (%i)",
    async (limit) => {
      await behave({ itemDetailsLimit: limit, stockShape: "locations" });
      await shop.standIn.add(
        "zoho-books/items",
        Array.from({ length: 230 }, (_, index) => ({ name: `Lamp ${index}`, item_type: "inventory" })),
      );
      const facts = await connect().session.probe();
      expect(facts).toMatchObject({ itemdetailsMaximum: limit, itemsStockIn: "details", itemsStockShape: "locations" });
    },
  );
});

describe("look-ups", () => {
  test.each(["both", "locations", "warehouses"])(
    "warehouses are named, whichever list answers (%s)",
    async (placesEndpoint) => {
      await behave({ placesEndpoint });
      await shop.standIn.add("zoho-books/warehouses", [
        { warehouse_id: "4600000000000000701", warehouse_name: "North" },
      ]);
      await shop.standIn.add("zoho-books/locations", [{ location_id: "4600000000000000702", location_name: "South" }]);
      const found = await connect().session.lookUp("warehouses");
      expect(found.get("4600000000000000701")).toBe(placesEndpoint === "locations" ? undefined : "North");
      expect(found.get("4600000000000000702")).toBe(placesEndpoint === "warehouses" ? undefined : "South");
    },
  );

  test("a list of warehouses that cannot be read is never an empty one", async () => {
    await shop.standIn.fault({ vendor: "zoho-books", kind: "nonzero-code", code: 9, path: "/locations" });
    await shop.standIn.fault({ vendor: "zoho-books", kind: "nonzero-code", code: 9, path: "/settings/warehouses" });
    await expect(connect().session.lookUp("warehouses")).rejects.toBeInstanceOf(RetryLater);
  });

  test.each([
    [true, [["4600000000000000901", "Amazon Sales"]]],
    [false, [["Amazon Sales", "Amazon Sales"]]],
  ])("salespersons come from the latest orders (ids in the list: %s)", async (salespersonIdInList, expected) => {
    await behave({ salespersonIdInList });
    await addOrders(3);
    expect([...(await connect().session.lookUp("salespersons"))]).toEqual(expected);
  });
});

describe("people and pauses", () => {
  test("an organisation that the authorisation does not see is named, with those it sees", async () => {
    const error = await caught(connect({ settings: { organizationId: "99" } }).session.probe());
    expect(error).toBeInstanceOf(NeedsPerson);
    expect(error).toMatchObject({
      action: {
        code: "organisation-unknown",
        parameters: { organization: "99", allowed: expect.stringContaining("60814150001") },
      },
    });
  });

  test("a token for another API host is not used", async () => {
    const { apiUrl } = shop.standIn.addresses.vendors["zoho-books"];
    const other = apiUrl.replace("127.0.0.1", "localhost");
    const connection = connect({ settings: { apiUrl: other } });
    await expect(connection.session.lookUp("organizations")).rejects.toMatchObject({
      action: { code: "host-changed", parameters: { host: `${apiUrl}, not ${other}` } },
    });
    // The last one asks, without a token, whether the configured host is there at all.
    expect(connection.calls.map(({ path }) => path)).toEqual(["/oauth/v2/token", "/"]);
  });

  test.each(["apiUrl", "accountsUrl"])("a dead port as %s does not answer", async (name) => {
    const dead = `http://127.0.0.1:${await freePort()}`;
    const error = await caught(connect({ settings: { [name]: dead } }).session.lookUp("organizations"));
    expect(error).toBeInstanceOf(RetryLater);
    expect((error as RetryLater).message).toMatch(new RegExp(`^${dead} does not answer.*ECONNREFUSED`));
  });

  test.each([
    [44, 60_000],
    [45, 3_600_000],
  ])("code %i pauses the connection, and says until when", async (code, leastMs) => {
    await addOrders(1);
    await shop.standIn.fault({ vendor: "zoho-books", kind: "rate-limited", code, count: 1 });
    const error = await caught(connect().session.lookUp("salespersons"));
    expect(error).toBeInstanceOf(RetryLater);
    const waitMs = (error as RetryLater).after.getTime() - Date.now();
    expect(waitMs).toBeGreaterThan(code === 45 ? 0 : leastMs - 5_000);
    expect(waitMs).toBeLessThanOrEqual(code === 45 ? 86_400_000 : leastMs);
  });

  test("code 1070 is waited out", async () => {
    await addOrders(1);
    await shop.standIn.fault({ vendor: "zoho-books", kind: "rate-limited", code: 1070, count: 1 });
    expect((await connect().session.lookUp("salespersons")).size).toBe(1);
  });

  test("a read that is refused in passing is asked again; one that stays refused stops only itself", async () => {
    const [order] = await addOrders(1);
    const id = String(order?.salesorder_id);
    const source = sourceOf<Fields>(connect(), "salesorders");
    await shop.standIn.fault({ vendor: "zoho-books", kind: "nonzero-code", code: 9, path: "/salesorders/", count: 2 });
    expect((await source.read([id])).get(id)).toMatchObject({ kind: "found" });
    await shop.standIn.fault({ vendor: "zoho-books", kind: "nonzero-code", code: 9, path: "/salesorders/" });
    expect((await source.read([id])).get(id)).toMatchObject({
      kind: "unreadable",
      rejection: { code: "vendor-error" },
    });
  });

  test("the code of a consent becomes lasting secrets that work", async () => {
    const { accountsUrl, apiUrl } = shop.standIn.addresses.vendors["zoho-books"];
    const { clientId, clientSecret, organizationId } = shop.standIn.addresses.credentials["zoho-books"];
    const redirectUri = "http://127.0.0.1/callback";
    const asked = new URLSearchParams({
      client_id: clientId,
      redirect_uri: redirectUri,
      access_type: "offline",
      scope: "ZohoBooks.fullaccess.all",
    });
    const consent = await fetch(`${accountsUrl}/oauth/v2/auth?${asked}`, { redirect: "manual" });
    const code = new URL(consent.headers.get("location") ?? "").searchParams.get("code") ?? "";
    const settings = zohoBooks.settings.parse({ organizationId, accountsUrl, apiUrl });
    const { secrets } = await exchangeCode(
      { settings, secrets: { clientId, clientSecret, code, redirectUri }, clock: systemClock },
      async ({ url, form }) => {
        const response = await fetch(url, { method: "POST", body: new URLSearchParams(form) });
        const text = await response.text();
        return { status: response.status, headers: {}, body: JSON.parse(text), text };
      },
    );
    const connection = openConnection(zohoBooks, { settings, secrets });
    shop.closeLater(connection);
    expect((await connection.session.lookUp("organizations")).has(organizationId)).toBe(true);
  });
});

/** A port that nothing listens on. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return address.port;
}
