import { beforeEach, describe, expect, test } from "vitest";
import { InvalidInput } from "../../src/core/errors.ts";
import { setIntegration } from "../../src/operations/integrations.ts";
import { findIntegration } from "../../src/store/integrations.ts";
import type { Fields } from "../conformance/stand-in.ts";
import {
  addShop,
  integrationName,
  item,
  itemId,
  only,
  openStage,
  order,
  orderId,
  remoteId,
  type Stage,
} from "../stage.ts";

const refusals: readonly { options: Fields; field: string; says: string | RegExp }[] = [
  { options: { zohoRegion: "mars" }, field: "zohoRegion", says: 'zohoRegion is "mars"; allowed: one of com, eu, in' },
  {
    options: { zohoRegion: "eu" },
    field: "zohoRegion",
    says: "zohoRegion is eu, but the Zoho Books connection is in region com",
  },
  { options: { syncStock: "maybe" }, field: "syncStock", says: 'syncStock is "maybe"; allowed: true or false' },
  {
    options: { warehouseIds: "460815,north" },
    field: "warehouseIds",
    says: 'warehouseIds is "460815,north"; allowed: numeric ids, and "north" is none',
  },
  {
    options: { warehouseIds: ["1", "2e3"] },
    field: "warehouseIds",
    says: 'warehouseIds.1 is "2e3"; allowed: numeric ids',
  },
  {
    options: { warehouseIds: "460815999" },
    field: "warehouseIds",
    says: /warehouseIds: 460815999 is not known in Zoho Books; known: .*\(Main warehouse\)/,
  },
  {
    options: { pullAllSellOrders: 3 },
    field: "pullAllSellOrders",
    says: "pullAllSellOrders is 3; allowed: true or false",
  },
  {
    options: { excludedSalespersonIds: 5 },
    field: "excludedSalespersonIds",
    says: "excludedSalespersonIds is 5; allowed: a comma-separated list",
  },
  {
    options: { ordersSince: "2026-02-30" },
    field: "ordersSince",
    says: 'ordersSince is "2026-02-30"; allowed: a day YYYY-MM-DD',
  },
  {
    options: { ordersSince: "05/03/2026" },
    field: "ordersSince",
    says: 'ordersSince is "05/03/2026"; allowed: a day YYYY-MM-DD',
  },
  {
    options: { ordersSince: undefined },
    field: "ordersSince",
    says: "ordersSince is missing; allowed: a day YYYY-MM-DD",
  },
  { options: { couplingId: "twelve" }, field: "couplingId", says: 'couplingId is "twelve"; allowed: a number' },
  { options: { stockField: "stock_on_hand" }, field: "stockField", says: 'stockField is "stock_on_hand"' },
  { options: { syncStocks: true }, field: "syncStocks", says: /syncStocks is not known; known: .*syncStock/ },
];

describe("wrong values are refused by name when they are set", () => {
  let stage: Stage;
  beforeEach(async () => {
    stage = await openStage({ integration: false });
  });

  test("at creation and at a change; nothing is saved", async () => {
    for (const { options, field, says } of refusals) {
      const refused = await addShop(stage, options).catch((error: unknown) => error);
      expect(refused, JSON.stringify(options)).toBeInstanceOf(InvalidInput);
      expect((refused as InvalidInput).field.split(".")[0]).toBe(field);
      if (typeof says === "string") expect(String(refused)).toContain(says);
      else expect(String(refused)).toMatch(says);
    }
    const { database } = stage.mizan.desk.store;
    expect(await findIntegration(database, { name: integrationName })).toBeNull();
    await addShop(stage);
    const before = await findIntegration(database, { name: integrationName });
    for (const { options } of refusals) {
      const given = "ordersSince" in options ? { ordersSince: options.ordersSince ?? null } : options;
      const change = setIntegration(stage.mizan.desk, integrationName, { options: given }, stage.signal);
      await expect(change, JSON.stringify(options)).rejects.toThrow(InvalidInput);
    }
    expect(await findIntegration(database, { name: integrationName })).toEqual(before);
  });

  test("an integration needs a known kind, known connections of the right vendors and a free name", async () => {
    await addShop(stage);
    await expect(addShop(stage)).rejects.toThrow("there is an integration shop already");
  });
});

test("excludedSalespersonIds: by id and by exact name; one that is unknown is reported and saved", async () => {
  const stage = await openStage({ integration: false });
  const [mug] = await stage.shop.add("zoho-books/items", [item()]);
  // Changed long enough ago that it cannot have changed twice in the second in which it was read.
  const changed = { last_modified_time: new Date(Date.now() - 3_600_000).toISOString() };
  const sell = (fields: Fields) => order([{ item_id: itemId(mug), quantity: 1 }], { ...changed, ...fields });
  const stored = await stage.shop.add("zoho-books/salesorders", [
    sell({ salesperson_id: "AMZN", salesperson_name: "Amazon Sales" }),
    sell({ salesperson_id: "460815000000900001", salesperson_name: "WLMT" }),
    sell({ salesperson_id: "460815000000900002", salesperson_name: "WLMT Europe" }),
    sell({ salesperson_id: "460815000000900003", salesperson_name: "wlmt" }),
    sell({}),
  ]);
  const { warnings } = await addShop(stage, { excludedSalespersonIds: "Amazon Sales, WLMT,EBAY" });
  expect(warnings).toEqual([
    expect.stringMatching(/^excludedSalespersonIds: EBAY is not known in Zoho Books; known: /),
  ]);
  await setIntegration(
    stage.mizan.desk,
    integrationName,
    { options: { excludedSalespersonIds: "AMZN,WLMT" } },
    stage.signal,
  );
  const { orders } = await stage.sync();
  expect(orders.counts).toEqual(only({ created: 3, skipped: 2 }));
  const made = (await stage.inOptiply("sellOrders")).map(remoteId);
  expect(made.sort()).toEqual(stored.slice(2).map(orderId).sort());
  expect(await stage.record("sell-orders", orderId(stored[0]))).toMatchObject({
    code: "salesperson-excluded",
    reason: "Orders of salesperson AMZN are excluded.",
  });
  // A skipped order is not read in full again each hour.
  await stage.resetCalls();
  await stage.sync();
  expect((await stage.calls("zoho-books")).filter(({ path }) => path.includes("salesorders/{id}"))).toEqual([]);
  // Taken off the list, it is taken.
  await setIntegration(
    stage.mizan.desk,
    integrationName,
    { options: { excludedSalespersonIds: "WLMT" } },
    stage.signal,
  );
  expect((await stage.sync()).orders.counts.created).toBe(1);
});

const states: readonly { name: string; fields: Fields; taken: "always" | "all" | "never" }[] = [
  { name: "invoiced", fields: { order_status: "confirmed", invoiced_status: "invoiced" }, taken: "always" },
  {
    name: "partially invoiced",
    fields: { order_status: "confirmed", invoiced_status: "partially_invoiced" },
    taken: "always",
  },
  { name: "closed", fields: { order_status: "closed", invoiced_status: "not_invoiced" }, taken: "always" },
  {
    name: "shipped and invoiced",
    fields: { order_status: "confirmed", invoiced_status: "invoiced", shipped_status: "shipped" },
    taken: "always",
  },
  {
    name: "shipped only",
    fields: { order_status: "confirmed", invoiced_status: "not_invoiced", shipped_status: "shipped" },
    taken: "all",
  },
  { name: "open", fields: { order_status: "open", invoiced_status: "not_invoiced" }, taken: "all" },
  { name: "confirmed", fields: { order_status: "confirmed", invoiced_status: "not_invoiced" }, taken: "all" },
  { name: "on hold", fields: { order_status: "onhold", invoiced_status: "not_invoiced" }, taken: "all" },
  { name: "draft", fields: { order_status: "draft", invoiced_status: "not_invoiced" }, taken: "never" },
  { name: "void", fields: { order_status: "void", invoiced_status: "not_invoiced" }, taken: "never" },
  { name: "void after its invoice", fields: { order_status: "void", invoiced_status: "invoiced" }, taken: "never" },
];

test("pullAllSellOrders: which states are taken without and with it; switched on later it takes the skipped ones", async () => {
  const stage = await openStage();
  const [mug] = await stage.shop.add("zoho-books/items", [item()]);
  const stored = await stage.shop.add(
    "zoho-books/salesorders",
    // Changed long ago, so that no later listing shows them again by itself.
    states.map(({ fields }) =>
      order([{ item_id: itemId(mug), quantity: 1 }], { ...fields, last_modified_time: "2026-03-05T10:00:00+0000" }),
    ),
  );
  const namesOf = async () => {
    const made = (await stage.inOptiply("sellOrders")).map(remoteId);
    return states.map(({ name }) => name).filter((_, at) => made.includes(orderId(stored[at])));
  };
  const expected = (...taken: readonly string[]) =>
    states.filter((one) => taken.includes(one.taken)).map(({ name }) => name);
  await stage.sync();
  expect(await namesOf()).toEqual(expected("always"));
  await stage.sync();
  await setIntegration(stage.mizan.desk, integrationName, { options: { pullAllSellOrders: true } }, stage.signal);
  await stage.sync();
  expect(await namesOf()).toEqual(expected("always", "all"));
  // Switched off again, what was taken stays.
  await setIntegration(stage.mizan.desk, integrationName, { options: { pullAllSellOrders: false } }, stage.signal);
  await stage.sync();
  expect(await namesOf()).toEqual(expected("always", "all"));
});

test("pullAllSellOrders: an order without a known status is rejected by name, unless it is invoiced", async () => {
  const stage = await openStage({ options: { pullAllSellOrders: true } });
  const [mug] = await stage.shop.add("zoho-books/items", [item()]);
  const given = [
    { order_status: "weird", invoiced_status: "" },
    { order_status: "", status: "", invoiced_status: "" },
    { order_status: "weird", invoiced_status: "invoiced" },
  ];
  const lines = [{ item_id: itemId(mug), quantity: 1 }];
  const stored = await stage.shop.add(
    "zoho-books/salesorders",
    given.map((fields) => order(lines, fields)),
  );
  await stage.sync();
  const records = await Promise.all(stored.map((one) => stage.record("sell-orders", orderId(one))));
  expect(records.map(({ outcome, code }) => [outcome, code])).toEqual([
    ["rejected", "field-invalid"],
    ["rejected", "field-missing"],
    ["created", null],
  ]);
  expect(records[0]?.reason).toMatch(/^order_status is "weird"; allowed: approved, open, .*draft/);
});

test("pullAllSellOrders off: an order is taken when its invoice comes", async () => {
  const stage = await openStage();
  const [mug] = await stage.shop.add("zoho-books/items", [item()]);
  const [open] = await stage.shop.add("zoho-books/salesorders", [
    order([{ item_id: itemId(mug), quantity: 1 }], { order_status: "confirmed", invoiced_status: "not_invoiced" }),
  ]);
  expect((await stage.sync()).orders.counts).toEqual(only({ skipped: 1 }));
  const soon = new Date(Date.now() + 2_000).toISOString();
  const invoiced = { invoiced_status: "invoiced", last_modified_time: soon };
  await stage.shop.change("zoho-books/salesorders", orderId(open), invoiced);
  expect((await stage.sync()).orders.counts).toEqual(only({ created: 1 }));
});

test.for(["Pacific/Kiritimati", "Pacific/Niue", "Europe/Amsterdam"])(
  "ordersSince: its day is the first that is taken, as the organisation in %s dates its orders",
  async (time_zone) => {
    const stage = await openStage({
      options: { ordersSince: "2026-03-05" },
      before: (shop) => shop.change("zoho-books/organizations", "60814150001", { time_zone }),
    });
    const [mug] = await stage.shop.add("zoho-books/items", [item()]);
    const days = ["2025-03-05", "2026-03-04", "2026-03-05", "2026-03-06"];
    await stage.shop.add(
      "zoho-books/salesorders",
      days.map((date) => order([{ item_id: itemId(mug), quantity: 1 }], { date })),
    );
    await stage.sync();
    const placed = (await stage.inOptiply("sellOrders")).map((row) => String(row.placed).slice(0, 10)).sort();
    expect(placed).toEqual(["2026-03-05", "2026-03-06"]);
    const skipped = await stage.records({ flow: "sell-orders", outcome: "skipped" });
    for (const one of skipped) expect(one.code).toBe("before-orders-since");
  },
);

describe("couplingId", () => {
  const sellSix = async (stage: Stage) => {
    const [mug] = await stage.shop.add("zoho-books/items", [item()]);
    const six = Array.from({ length: 6 }, () => order([{ item_id: itemId(mug), quantity: 1 }]));
    await stage.shop.add("zoho-books/salesorders", six);
    await stage.sync();
    const log = await (await fetch(`${stage.shop.addresses.control}/calls/log?last=500`)).json();
    const at = (log as Fields[])
      .filter(({ method, url }) => method === "POST" && String(url).includes("/sellOrders"))
      .map((call) => Date.parse(String(call.at)));
    return at.slice(1).map((moment, index) => moment - (at[index] ?? 0));
  };
  const latencyMs = 60;
  const switches = { optiply: { latencyMs } };

  test("without it creates run one at a time, and no remote id is sent", async () => {
    const stage = await openStage({ switches, optiplySettings: { couplingId: undefined } });
    const gaps = await sellSix(stage);
    expect(gaps).toHaveLength(5);
    for (const gap of gaps) expect(gap).toBeGreaterThanOrEqual(latencyMs - 5);
    for (const row of await stage.inOptiply("sellOrders")) expect(row.remoteIdMap).toEqual({});
    // The links are Mizan's own: nothing is made twice.
    await stage.resetCalls();
    await stage.sync();
    expect(await stage.writes()).toBe(0);
  });

  test("as an option of the integration it scopes the remote ids, and creates run together", async () => {
    const couplingId = (stage: Stage) => stage.shop.addresses.credentials.optiply.couplingId;
    const stage = await openStage({ switches, optiplySettings: { couplingId: undefined }, integration: false });
    await addShop(stage, { couplingId: Number(couplingId(stage)) });
    const gaps = await sellSix(stage);
    expect(Math.min(...gaps)).toBeLessThan(latencyMs / 2);
    const orders = await stage.shop.all("zoho-books/salesorders");
    const made = (await stage.inOptiply("sellOrders")).map(({ remoteIdMap }) => remoteIdMap);
    expect(made).toHaveLength(6);
    for (const one of orders) expect(made).toContainEqual({ [couplingId(stage)]: orderId(one) });
  });
});

test("ordersSince: a day to come is saved and told", async () => {
  const stage = await openStage();
  const set = (ordersSince: string) =>
    setIntegration(stage.mizan.desk, integrationName, { options: { ordersSince } }, stage.signal);
  expect((await set("2999-01-01")).warnings).toEqual([
    "ordersSince is 2999-01-01, a day to come: nothing before it flows",
  ]);
  expect((await set("2026-01-01")).warnings).toEqual([]);
});

test("what one person saved while the vendor was asked for another one is not overwritten", async () => {
  const stage = await openStage();
  const set = (options: Fields) =>
    setIntegration(stage.mizan.desk, integrationName, { options }, stage.signal).then(
      () => "saved",
      (error: Error) => error.message,
    );
  // The salespersons are looked up at the vendor, who is slow.
  await stage.shop.fault({ vendor: "zoho-books", kind: "slow", delayMs: 1_000, count: 1 });
  const slow = set({ excludedSalespersonIds: "AMZN" });
  expect(await set({ syncStock: false })).toBe("saved");
  expect(await slow).toContain("shop was changed by someone else at the same time");
  const kept = await findIntegration(stage.mizan.desk.store.database, { name: integrationName });
  expect(kept?.options).toMatchObject({ syncStock: false, excludedSalespersonIds: [] });
  expect(await set({ excludedSalespersonIds: "AMZN" })).toBe("saved");
});
