import { afterAll, beforeEach, expect, test } from "vitest";
import { objectOf, openBench, rowsOf } from "../sandbox-client.ts";

const bench = await openBench();
afterAll(() => bench.sandbox.stop());
beforeEach(async () => {
  await bench.control("POST", "/reset");
});

const add = async (item: object) => (await bench.control("POST", "/zoho-books/items", item)).body;
const listed = async () => rowsOf(await bench.zoho("GET", "/items"), "items")[0] ?? {};
const detail = async (id: unknown) => objectOf(await bench.zoho("GET", `/items/${id}`), "item");

test("ids are 19 digits of text, empty values are empty text, custom fields are flattened", async () => {
  const { item_id } = await add({ name: "Mug", rate: "", cf_season: "winter" });
  expect(item_id).toMatch(/^\d{19}$/);
  expect(await listed()).toMatchObject({
    item_id,
    sku: "",
    rate: "",
    unit: "",
    cf_season: "winter",
    product_type: "goods",
  });
  expect(await listed()).not.toHaveProperty("vendor_id");
});

test("an untracked item has no stock field at all", async () => {
  const { item_id } = await add({ name: "Wrap" });
  const shown = await detail(item_id);
  expect(Object.keys(shown).filter((name) => name.includes("stock"))).toEqual([]);
  expect(shown.track_inventory).toBe(false);
});

test("where stock for sale is shown is a switch", async () => {
  await add({
    name: "Mug",
    available_for_sale_stock: -4,
    warehouses: [{ warehouse_id: "1", warehouse_available_for_sale_stock: -4 }],
  });
  expect(await listed()).toMatchObject({ stock_on_hand: -4 });
  expect(await listed()).not.toHaveProperty("available_for_sale_stock");
  await bench.set("zoho-books", { stockIn: "list-totals" });
  expect(await listed()).toMatchObject({ available_for_sale_stock: -4 });
  expect(await listed()).not.toHaveProperty("warehouses");
  await bench.set("zoho-books", { stockIn: "list" });
  expect(await listed()).toHaveProperty("warehouses");
});

test("stock per place comes as warehouses, as locations, or not at all", async () => {
  const places = rowsOf(await bench.control("GET", "/zoho-books/warehouses"), "rows");
  const warehouse_id = places[0]?.warehouse_id;
  const { item_id } = await add({
    name: "Mug",
    warehouses: [
      { warehouse_id, warehouse_available_for_sale_stock: 5 },
      { warehouse_id: "2", warehouse_available_for_sale_stock: -20.5 },
    ],
  });
  const stored = await detail(item_id);
  expect(stored.available_for_sale_stock).toBe(-15.5);
  expect(stored.warehouses).toMatchObject([
    { warehouse_id, warehouse_name: "Main warehouse", is_primary: true, warehouse_actual_available_for_sale_stock: 5 },
    {},
  ]);
  await bench.set("zoho-books", { stockShape: "locations" });
  const migrated = await detail(item_id);
  expect(migrated).not.toHaveProperty("warehouses");
  expect(migrated.locations).toMatchObject([{ location_id: warehouse_id, location_available_for_sale_stock: 5 }, {}]);
  await bench.set("zoho-books", { stockShape: "none" });
  expect(await detail(item_id)).not.toHaveProperty("locations");
  const total = await add({ name: "Only totals", available_for_sale_stock: 3 });
  await bench.set("zoho-books", { stockShape: "locations" });
  expect((await detail(total.item_id)).locations).toMatchObject([
    { location_name: "Head office", location_available_for_sale_stock: 3 },
  ]);
});

test("a stock movement does not move last_modified_time; any other change does", async () => {
  const { item_id } = await add({
    name: "Mug",
    available_for_sale_stock: 5,
    last_modified_time: "2020-01-01T00:00:00+0000",
  });
  const moved = await bench.control("PATCH", `/zoho-books/items/${item_id}`, { available_for_sale_stock: 2 });
  expect(moved.body).toMatchObject({ last_modified_time: "2020-01-01T01:00:00+0100", stock_on_hand: 2 });
  const renamed = await bench.control("PATCH", `/zoho-books/items/${item_id}`, { name: "Cup" });
  expect(renamed.body.last_modified_time).not.toBe("2020-01-01T01:00:00+0100");
  expect(await detail(item_id)).toMatchObject({ available_for_sale_stock: 2, name: "Cup" });
});

test("itemdetails answers full rows for at most 100 ids, or 200 by a switch", async () => {
  const made = await bench.control(
    "POST",
    "/zoho-books/items",
    Array.from({ length: 101 }, (_, index) => ({ name: `n${index}`, vendor_id: "9" })),
  );
  const ids = (made.body.rows as { item_id: string }[]).map(({ item_id }) => item_id);
  const ask = (count: number) => bench.zoho("GET", `/itemdetails?item_ids=${ids.slice(0, count).join(",")}`);
  const rows = rowsOf(await ask(100), "items");
  expect(rows.map(({ item_id }) => item_id)).toEqual(ids.slice(0, 100));
  expect(rows[0]).toMatchObject({ vendor_id: "9" });
  expect((await ask(101)).status).toBe(400);
  await bench.set("zoho-books", { itemDetailsLimit: 200 });
  expect(rowsOf(await ask(101), "items")).toHaveLength(101);
});

test("inactive items are listed unless Status.Active is asked", async () => {
  await bench.control("POST", "/zoho-books/items", [{ name: "on" }, { name: "off", status: "inactive" }]);
  const shown = async (filter: string) =>
    rowsOf(await bench.zoho("GET", `/items${filter}`), "items").map(({ name }) => name);
  expect(await shown("")).toEqual(["off", "on"]);
  expect(await shown("?filter_by=Status.Active")).toEqual(["on"]);
  expect(await shown("?filter_by=Status.Inactive")).toEqual(["off"]);
});

test("contacts have both names, vendors answer contacts, and which of the places answers is a switch", async () => {
  await bench.control("POST", "/zoho-books/contacts", [
    { contact_name: "Ann Example" },
    { contact_name: "Beta", contact_type: "vendor" },
  ]);
  const all = rowsOf(await bench.zoho("GET", "/contacts"), "contacts");
  expect(all[0]).toMatchObject({
    vendor_name: "Ann Example",
    customer_name: "Ann Example",
    email: "",
    exchange_rate: "",
  });
  expect(rowsOf(await bench.zoho("GET", "/contacts?contact_type=vendor"), "contacts")).toHaveLength(1);
  expect(rowsOf(await bench.zoho("GET", "/vendors"), "contacts")).toHaveLength(1);
  expect(objectOf(await bench.zoho("GET", `/contacts/${all[0]?.contact_id}`), "contact")).toHaveProperty(
    "contact_persons",
  );
  expect(rowsOf(await bench.zoho("GET", "/locations"), "locations")).toHaveLength(1);
  await bench.set("zoho-books", { placesEndpoint: "warehouses" });
  expect((await bench.zoho("GET", "/locations")).status).toBe(404);
  expect(rowsOf(await bench.zoho("GET", "/settings/warehouses"), "warehouses")).toHaveLength(1);
});
