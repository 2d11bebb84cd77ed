/** What is special about Salla, against its stand-in over HTTP. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import {
  type CreditNote,
  type Customer,
  type Order,
  type OrderRow,
  salla,
  type Unit,
} from "../../src/connectors/salla/index.ts";
import type { Facts } from "../../src/core/connector.ts";
import type { SourceResource } from "../../src/core/resources.ts";
import type { QuantityWrite } from "../../src/core/stock.ts";
import { type OpenConnection, openConnection } from "./open-connection.ts";
import { type Fields, type StandIn, startStandIn } from "./stand-in.ts";

let standIn: StandIn;
let secrets: Fields = {};
const opened: OpenConnection[] = [];

beforeAll(async () => {
  standIn = await startStandIn();
});
afterAll(() => standIn.stop());
beforeEach(() => reset());
afterEach(async () => {
  for (const connection of opened.splice(0)) await connection.close();
});

async function reset(switches: Fields = {}): Promise<void> {
  await standIn.reset({ salla: switches });
  const { clientId, clientSecret, refreshToken, webhookSecret } = standIn.addresses.credentials.salla;
  secrets = { clientId, clientSecret, refreshToken, webhookSecret };
  await standIn.add("salla/products", [
    { name: "كوب", sku: "MUG", price: "52", quantity: 10, cost_price: "20" },
    {
      name: "Shirt",
      price: 20,
      variants: [
        { sku: "SHIRT-S", name: "Small", quantity: 3 },
        { sku: "SHIRT-L", name: "Large", quantity: 4 },
      ],
    },
    { name: "Twin of the mug", sku: "TWIN", price: 5, quantity: 1 },
    { name: "Another twin", sku: "TWIN", price: 6, quantity: 1 },
    { name: "Nameless", sku: "", price: 7, quantity: 1 },
    { name: "mug in small letters", sku: "mug", price: 8, quantity: 1 },
    { name: "Gift wrapping", sku: "WRAP", price: 3, type: "service", unlimited_quantity: true },
  ]);
}

function connect(facts: Facts = {}, settings: Fields = {}): OpenConnection {
  const connection = openConnection(salla, {
    settings: { ...standIn.addresses.vendors.salla, callsPerMinute: 100_000, minuteMs: 100, ...settings },
    secrets: secrets as { clientId: string; clientSecret: string },
    facts,
    onRenewed: (renewed) => {
      secrets = renewed;
    },
  });
  opened.push(connection);
  return connection;
}

function source<Row, Record extends Row = Row>({ session }: OpenConnection, name: string): SourceResource<Row, Record> {
  return session.sources[name] as unknown as SourceResource<Row, Record>;
}

const place = async (given: Fields) => (await standIn.add("salla/orders", [given]))[0] ?? {};
const act = async (order: Fields, action: string, body: Fields = {}) => {
  const address = `${standIn.addresses.control}/salla/orders/${order.id}/${action}`;
  const response = await fetch(address, { method: "POST", body: JSON.stringify(body) });
  if (!response.ok) throw new Error(await response.text());
};
const readOrder = async (connection: OpenConnection, order: Fields): Promise<Order> => {
  const id = String(order.id);
  const read = (await source<OrderRow, Order>(connection, "orders").read([id])).get(id);
  if (read?.kind !== "found") throw new Error(JSON.stringify(read));
  return read.record;
};
const rowsOf = async (connection: OpenConnection, since: number | null): Promise<OrderRow[]> => {
  const rows: OrderRow[] = [];
  const request = { since, notBefore: null, position: null };
  for await (const page of source<OrderRow>(connection, "orders").changedSince(request)) rows.push(...page.rows);
  return rows;
};
const stored = async (resource: string, sku: string) => {
  const rows = await standIn.all(`salla/${resource}`);
  return rows.find((row) => row.sku === sku) ?? {};
};

const nameless = async () => (await standIn.all("salla/products")).find(({ name }) => name === "Nameless") ?? {};

test.each([
  ["numbers, no product ids", { amountsAs: "number", itemProductIds: "none" }],
  ["texts, product ids", { amountsAs: "string", itemProductIds: "product" }],
  ["both ids", { itemProductIds: "both" }],
])("an order is read exactly, with the units that its lines sold (%s)", async (_name, switches) => {
  await reset(switches);
  const placed = await place({
    items: [
      { sku: "MUG", quantity: 3 },
      { sku: "SHIRT-L", quantity: 1 },
    ],
    customer: {
      first_name: "سارة",
      last_name: "الأمثلة",
      mobile: 501724227,
      mobile_code: "+966",
      email: "s@made-up.example",
    },
    shipping: "25",
    cod: "10",
    coupon: { code: "TEN", percent: 10 },
  });
  const order = await readOrder(connect(), placed);
  expect(order).toMatchObject({
    id: String(placed.id),
    reference_id: String(placed.reference_id),
    currency: "SAR",
    exchange_rate: null,
    customer: { id: null, name: "سارة الأمثلة", phone: "+966501724227", email: "s@made-up.example", tax_number: null },
    branch_id: null,
    amounts: { tax: { amount: { currency: "SAR" } } },
  });
  expect(order.updated_at).toEqual(order.date);
  expect(Math.abs((order.date ?? 0) - Date.now())).toBeLessThan(60_000);
  for (const { amount } of [order.amounts.total, order.amounts.sub_total, order.amounts.tax.amount])
    expect(amount).toMatch(/^\d+(\.\d{1,2})?$/);
  const mug = await stored("products", "MUG");
  const large = await stored("variants", "SHIRT-L");
  expect(order.items.map(({ unit, sku, quantity }) => [unit, sku, quantity])).toEqual([
    [String(mug.id), "MUG", "3"],
    [`${large.product_id}-${large.id}`, "SHIRT-L", "1"],
  ]);
  expect(order.items[1]?.holders[0]?.name).toContain("Shirt");
});

test("S8: a SKU that two products hold names both; one that differs by case is another; none is told by the full form", async () => {
  const bareId = (await nameless()).id;
  const placed = await place({
    items: [{ product_id: (await stored("products", "TWIN")).id }, { sku: "MUG" }, { product_id: bareId }],
  });
  const [twin, mug, bare] = (await readOrder(connect(), placed)).items;
  expect(twin?.unit).toBeNull();
  expect(twin?.holders.map(({ name }) => name).sort()).toEqual(["Another twin", "Twin of the mug"]);
  expect(mug?.holders.map(({ sku }) => sku)).toEqual(["MUG"]);
  expect(bare).toMatchObject({ sku: "", unit: String(bareId) });
});

test("S11: an empty SKU is decided by the ids where the answer carries them", async () => {
  await reset({ itemProductIds: "both" });
  const { id } = await nameless();
  const placed = await place({ items: [{ product_id: id }] });
  expect((await readOrder(connect(), placed)).items[0]).toMatchObject({ sku: "", unit: String(id) });
});

test("a variant's SKU is found where the search looks at products only, by the path or by the list of quantities", async () => {
  const placed = await place({ items: [{ sku: "SHIRT-S" }] });
  const small = await stored("variants", "SHIRT-S");
  for (const facts of [{ keywordFindsVariants: false }, { keywordFindsVariants: true, skuPathFindsVariants: true }]) {
    const { items } = await readOrder(connect(facts), placed);
    expect(items[0]?.unit).toBe(`${small.product_id}-${small.id}`);
  }
});

test("one search serves a SKU in all orders of a session", async () => {
  const [one, two] = [await place({ items: [{ sku: "MUG" }] }), await place({ items: [{ sku: "MUG" }] })];
  const connection = connect();
  await Promise.all([readOrder(connection, one), readOrder(connection, two)]);
  expect(connection.calls.filter(({ path }) => path === "/products")).toHaveLength(1);
});

test("a foreign currency comes with its rate, and the branch where there are several, from the full form if need be", async () => {
  const [first] = await standIn.add("salla/branches", [{ name: "Riyadh" }, { name: "Jeddah" }]);
  const placed = await place({ items: [{ sku: "MUG" }], currency: "USD", exchange_rate: "3.75", branch_id: first?.id });
  const order = await readOrder(connect({ branches: ["1", "2"] }), placed);
  expect(order).toMatchObject({ currency: "USD", branch_id: String(first?.id), branches: [String(first?.id)] });
  expect(order.exchange_rate).not.toBeNull();
  expect((await readOrder(connect({ branches: ["1"] }), placed)).branch_id).toBeNull();
});

test("with no moment only the orders that are not final are listed; with one, those that changed since", async () => {
  for (const [switches, facts] of [
    [{ updatedAtInRows: true }, { ordersStatusFilter: true }],
    [{ updatedAtInRows: false, ordersStatusFilter: "ignored" }, {}],
  ] as const) {
    await reset(switches);
    const all: Fields[] = [];
    for (const status of ["under_review", "shipped", "completed", "delivered", "canceled", "in_progress", "restored"])
      all.push(await place({ items: [{ sku: "WRAP" }], status, date: "2026-01-05T08:00:00Z" }));
    const idsOf = (...places: number[]) => places.map((index) => String(all[index]?.id)).sort();
    expect((await rowsOf(connect(facts), null)).map(({ id }) => id).sort()).toEqual(idsOf(0, 1, 5));
    const since = Date.now() - 2_000;
    await act(all[0] ?? {}, "complete");
    const changed = await rowsOf(connect(facts), since);
    expect(changed.map(({ id }) => id)).toContain(String(all[0]?.id));
  }
});

test("S5: a number that is one order's id and another's reference means both", async () => {
  const one = await place({ items: [{ sku: "WRAP" }], reference_id: 7_000_001 });
  const two = await place({ items: [{ sku: "WRAP" }], reference_id: one.id });
  const orders = source<OrderRow>(connect(), "orders");
  expect((await orders.named?.(String(one.id)))?.map(({ id, by }) => [id, by]).sort()).toEqual(
    [
      [String(one.id), "id"],
      [String(two.id), "reference_id"],
    ].sort(),
  );
  expect(await orders.named?.("#7000001")).toMatchObject([{ id: String(one.id), by: "reference_id" }]);
  expect(await orders.named?.("٧٠٠٠٠٠١")).toHaveLength(1);
  for (const text of ["5", "", "seven", "7000001 7000002"]) expect(await orders.named?.(text)).toEqual([]);
});

test("customers come from the orders that were read, without a call, else by their id", async () => {
  const [known] = await standIn.add("salla/customers", [
    { first_name: "نورة", last_name: "", mobile: 551234567, mobile_code: "+966" },
  ]);
  const id = String(known?.id);
  const placed = await place({ items: [{ sku: "WRAP" }], customer_id: known?.id });
  const connection = connect();
  expect((await readOrder(connection, placed)).customer?.id).toBe(id);
  const customers = source<Customer>(connection, "customers");
  expect((await customers.read([id])).get(id)).toMatchObject({
    kind: "found",
    record: { name: "نورة", phone: "+966551234567" },
  });
  expect(connection.calls.filter(({ path }) => path.startsWith("/customers"))).toEqual([]);
  expect((await source<Customer>(connect(), "customers").read([id, "12"])).get("12")).toEqual({ kind: "missing" });
});

test("units are products without variants, and variants", async () => {
  const [mug, large, wrap] = [
    await stored("products", "MUG"),
    await stored("variants", "SHIRT-L"),
    await stored("products", "WRAP"),
  ];
  const variant = `${large.product_id}-${large.id}`;
  const ids = [String(mug.id), variant, String(wrap.id), String(large.product_id), "12", "12-13", "x"];
  const read = await source<Unit>(connect(), "units").read(ids);
  expect(read.get(String(mug.id))).toMatchObject({
    record: { sku: "MUG", cost_price: "20", quantity: "10", variant_id: null },
  });
  expect(read.get(variant)).toMatchObject({
    record: { sku: "SHIRT-L", quantity: "4", product_id: String(large.product_id) },
  });
  expect(read.get(String(wrap.id))).toMatchObject({ record: { type: "service", unlimited_quantity: true } });
  for (const id of ids.slice(3)) expect(read.get(id)).toEqual({ kind: "missing" });
});

test.each([
  { invoiceType: "english" },
  { invoiceType: "arabic", invoiceSlug: false, creditNoteSign: "negative" },
  { invoiceMoney: "plain", amountsAs: "string" },
])("a refund is a credit note, read by order, whatever its language and sign (%j)", async (switches) => {
  await reset(switches);
  const placed = await place({ items: [{ sku: "MUG", quantity: 3 }], status: "completed" });
  const line = (placed.items as Fields[])[0];
  await act(placed, "refund", { lines: [{ id: line?.id, quantity: 1 }] });
  const notes = source<CreditNote>(connect(), "credit-notes");
  const listed: CreditNote[] = [];
  for await (const page of notes.changedSince({ since: Date.now() - 1_000, notBefore: null, position: null })) {
    listed.push(...page.rows);
    expect(page.unreadable).toEqual([]);
  }
  expect(listed).toHaveLength(1);
  expect(listed[0]).toMatchObject({
    order_id: String(placed.id),
    total: "52",
    items: [{ item_id: String(line?.id), sku: "MUG", quantity: "1", total: "52" }],
  });
  const [named] = (await notes.named?.(String(placed.id))) ?? [];
  expect(named?.id).toBe(`${placed.id}-${listed[0]?.id}`);
  expect((await notes.read([String(named?.id), `${placed.id}-1`, "1"])).get(String(named?.id))).toMatchObject({
    kind: "found",
  });
});

test("quantities are read by the list and by unit, and a bulk write is queued and read back", async () => {
  const [mug, large, wrap] = [
    await stored("products", "MUG"),
    await stored("variants", "SHIRT-L"),
    await stored("products", "WRAP"),
  ];
  const variant = `${large.product_id}-${large.id}`;
  const { shopStock: stock } = connect().session;
  if (stock === undefined) throw new Error("Salla has no stock");
  const listed = new Map<string, string>();
  for await (const rows of stock.list(null)) for (const row of rows) listed.set(row.unit, row.quantity.toFixed());
  expect(listed.get(String(mug.id))).toBe("10");
  expect(listed.get(variant)).toBe("4");
  const read = async () => (await stock.read([String(mug.id), variant, String(wrap.id), "12"], null)).quantities;
  expect([...(await read()).keys()].sort()).toEqual([String(mug.id), variant, String(wrap.id)].sort());
  expect((await read()).get(String(wrap.id))?.unlimited).toBe(true);
  const write = (unit: string, mode: QuantityWrite["mode"], quantity: number): QuantityWrite => ({
    unit,
    mode,
    quantity,
    branch: null,
  });
  expect(await stock.write([write(String(mug.id), "overwrite", 7), write(variant, "decrement", 1)])).toEqual({
    kind: "queued",
  });
  await expect
    .poll(async () => [...(await read()).values()].map(({ quantity }) => quantity.toFixed()).sort(), {
      timeout: 60_000,
    })
    .toEqual(expect.arrayContaining(["3", "7"]));
});

test("a refused bulk write names its units, and one whose answer is lost is in doubt and not repeated", async () => {
  const mug = await stored("products", "MUG");
  const { shopStock: stock } = connect().session;
  const entry = { unit: String(mug.id), mode: "increment", quantity: 1, branch: "12" } as const;
  const refused = await stock?.write([entry]);
  expect(refused).toMatchObject({ kind: "refused" });
  expect(refused?.kind === "refused" ? [...refused.units.keys()] : []).toEqual([String(mug.id)]);
  await standIn.fault({
    vendor: "salla",
    kind: "cut-after",
    method: "POST",
    path: "/products/quantities/bulk",
    count: 1,
  });
  expect(await stock?.write([{ ...entry, branch: null }])).toMatchObject({ kind: "in-doubt" });
  await expect.poll(async () => (await stored("products", "MUG")).quantity, { timeout: 60_000 }).toBe(11);
});

test("the probe tells the account, the native link with Qoyod, and what the lists do", async () => {
  await reset({ userInfo: "bare", itemProductIds: "both", updatedAtInRows: true, ordersPerPageMax: 30 });
  for (const status of ["completed", "in_progress", "canceled", "under_review"])
    await place({ items: [{ sku: "SHIRT-S" }], status, sandbox_oversell: true });
  const looked = await connect().session.probe();
  expect(looked).toMatchObject({
    merchantId: "1305146709",
    plan: "pro",
    taxNumber: "300000000000003",
    ordersPerPage: 30,
    ordersCarryUpdatedAt: true,
    ordersSorted: true,
    ordersStatusFilter: true,
    itemsCarryProductIds: true,
    itemsCarryVariantIds: true,
    accountingServicesFilter: "unknown",
    skuPathFindsVariants: false,
  });
  expect(salla.accountOf?.(salla.settings.parse({}), looked)).toBe("1305146709");
  await place({ items: [{ sku: "WRAP" }], sent_to: ["qoyod"] });
  expect(await connect().session.probe()).toMatchObject({ accountingServicesFilter: true, ordersSentToQoyod: 1 });
});

test("branches, statuses, taxes and payment methods can be chosen from", async () => {
  await place({ items: [{ sku: "WRAP" }], payment_method: "mada" });
  const { session } = connect();
  const statuses = (await session.choices?.("statuses")) ?? [];
  expect(statuses.map(({ kind }) => kind)).toEqual(expect.arrayContaining(["completed", "canceled", "restored"]));
  expect(await session.lookUp("payment-methods")).toEqual(new Map([["mada", "mada"]]));
  for (const set of ["branches", "taxes"]) expect(await session.lookUp(set)).toBeInstanceOf(Map);
  await expect(session.lookUp("planets")).rejects.toThrow(/branches, statuses, taxes, payment-methods/);
});

test("the user who is gone needs a person", async () => {
  for (const userState of ["deleted", "inactive"]) {
    await reset({ userState });
    await expect(connect().session.lookUp("statuses")).rejects.toMatchObject({ action: { code: "account-inactive" } });
  }
});

test("the minute of the store's plan is kept: no call is refused, however many are asked at once", async () => {
  await reset({ perMinuteLimit: 30, minuteMs: 1_000 });
  const connection = connect({}, { minuteMs: 1_000, callsPerMinute: 576, concurrency: 4 });
  await Promise.all(Array.from({ length: 40 }, () => connection.session.lookUp("statuses")));
  expect(connection.calls.filter(({ status }) => status === 429)).toEqual([]);
});

test.each(["signature", "token"])(
  "the wanted events are subscribed once, and what comes is signed by %s",
  async (webhookStrategy) => {
    const received: { headers: Record<string, string>; body: Buffer }[] = [];
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk) => chunks.push(chunk));
      request.on("end", () => {
        received.push({ headers: request.headers as Record<string, string>, body: Buffer.concat(chunks) });
        response.end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`;
      const settings = salla.settings.parse({ webhookStrategy });
      const { session } = connect({}, { webhookStrategy });
      const secret = "whsec-of-this-test";
      const subscribed = await session.subscribe?.(url, secret);
      expect(await session.subscribe?.(url, secret)).toEqual(subscribed);
      expect((await session.subscriptions?.())?.map(({ event }) => event).sort()).toEqual(
        subscribed?.map(({ event }) => event).sort(),
      );
      const placed = await place({ items: [{ sku: "WRAP", quantity: 2 }] });
      await act(placed, "complete");
      await expect.poll(() => received.length, { timeout: 60_000 }).toBeGreaterThanOrEqual(3);
      const given = { settings, secrets: { clientId: "c", clientSecret: "s", webhookSecret: secret } };
      for (const delivery of received) {
        expect(salla.webhooks?.verify(delivery, given)).toBe(true);
        expect(salla.webhooks?.verify({ ...delivery, headers: {} }, given)).toBe(false);
        const notice = salla.webhooks?.read(JSON.parse(delivery.body.toString("utf8")), settings);
        expect(notice).toMatchObject({ account: "1305146709", hints: [{ resource: "orders", id: String(placed.id) }] });
        expect(Math.abs((notice?.at ?? 0) - Date.now())).toBeLessThan(60_000);
      }
      await expect(session.subscribe?.("https://localhost/hooks", secret)).rejects.toThrow(/localhost or test/);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  },
);

test.each([
  { itemProductIds: "none", amountsAs: "string", quantityAs: "string", emptyLinks: "list", guestCustomer: "null" },
  { itemProductIds: "both", defaultFormat: "light", errorCode: "number", rateLimitHeaders: false },
])(
  "every oddity of a shop is read, or told by its field (%j)",
  async (switches) => {
    await standIn.reset({ salla: switches });
    secrets = { ...secrets, refreshToken: standIn.addresses.credentials.salla.refreshToken };
    const imported = await fetch(`${standIn.addresses.control}/import/made-up-shop`, {
      method: "POST",
      body: JSON.stringify({ vendor: "salla", items: 40, orders: 60 }),
    });
    expect(imported.ok).toBe(true);
    const { oddities } = (await imported.json()) as { oddities: { oddity: string; resource: string; id: string }[] };
    const facts = await connect().session.probe();
    const connection = connect(facts);
    const orders = await standIn.all("salla/orders");
    const read: Order[] = [];
    for (const placed of orders) {
      const id = String(placed.id);
      const found = (await source<OrderRow, Order>(connection, "orders").read([id])).get(id);
      if (found?.kind === "found") read.push(found.record);
      else
        expect(found).toMatchObject({ kind: "unreadable", rejection: { parameters: { field: expect.any(String) } } });
    }
    expect(read.length).toBeGreaterThan(orders.length - 3);
    const shown = new Map(orders.map((placed) => [String(placed.id), placed]));
    for (const order of read) {
      const { items } = shown.get(order.id) ?? {};
      expect(order.items).toHaveLength(Array.isArray(items) ? items.length : -1);
      for (const { unit, holders, sku } of order.items) {
        expect(unit === null ? holders.length !== 1 : holders.length === 1).toBe(true);
        // Without ids in the answer, a holder is one by its exact SKU.
        if (switches.itemProductIds === "none") for (const holder of holders) expect(holder.sku).toBe(sku);
      }
    }
    const gone = oddities.find(({ oddity }) => oddity === "product that an order names and that was deleted");
    if (gone !== undefined)
      expect((await source<Unit>(connection, "units").read([gone.id])).get(gone.id)?.kind).toMatch(/missing|found/);
    for await (const rows of connection.session.shopStock?.list(null) ?? [])
      for (const { unit } of rows) expect(unit).toMatch(/^\d+(-\d+)?$/);
  },
  60_000,
);
