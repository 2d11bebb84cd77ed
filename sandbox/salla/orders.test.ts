import { afterAll, beforeEach, expect, test } from "vitest";
import { objectOf, openBench, rowsOf } from "../sandbox-client.ts";
import { type Fields, isFields } from "../wire.ts";

const bench = await openBench();
afterAll(() => bench.sandbox.stop());
beforeEach(async () => {
  await bench.control("POST", "/reset");
  await bench.control("POST", "/salla/products", [
    { name: "Mug", sku: "MUG", price: "52", quantity: 10, cost_price: "20" },
    {
      name: "Shirt",
      price: 20,
      variants: [
        { sku: "S", name: "Small", quantity: 3 },
        { sku: "L", name: "Large", quantity: 4 },
      ],
    },
  ]);
});

const place = async (given: Fields) => {
  const answer = await bench.control("POST", "/salla/orders", given);
  if (answer.status !== 201) throw new Error(answer.text);
  return answer.body;
};
const act = (order: Fields, action: string, body: Fields = {}) =>
  bench.control("POST", `/salla/orders/${order.id}/${action}`, body);
const quantities = async () =>
  Object.fromEntries(
    rowsOf(await bench.salla("GET", "/products/quantities"), "data").map(({ sku, quantity }) => [sku, quantity]),
  );
const at = (value: unknown, ...path: string[]): unknown =>
  path.reduce<unknown>((inner, name) => (isFields(inner) ? inner[name] : undefined), value);
const detail = async (order: Fields, query = "?format=light") =>
  objectOf(await bench.salla("GET", `/orders/${order.id}${query}`), "data");

test("rows have no SKU and no price, the light order has no items, the full one has", async () => {
  const order = await place({ items: [{ sku: "MUG", quantity: 3 }] });
  const [row = {}] = rowsOf(await bench.salla("GET", "/orders"), "data");
  expect(row).toMatchObject({ id: order.id, reference_id: 3_879_219, items: [{ name: "Mug", quantity: 3 }] });
  expect(JSON.stringify(row)).not.toContain("sku");
  expect(row).not.toHaveProperty("updated_at");
  const light = await detail(order);
  expect(light).not.toHaveProperty("items");
  expect(light).toMatchObject({
    amounts: { total: { amount: 156, currency: "SAR" }, tax: { percent: "15.00", amount: { amount: 20.34 } } },
  });
  expect(at(light, "date", "timezone")).toBe("Asia/Riyadh");
  expect(await detail(order, "")).toMatchObject({
    items: [{ sku: "MUG", product: { name: "Mug" } }],
    first_complete_at: null,
  });
  expect(await detail({ id: 1 }, "?reference_id=3879219&format=light")).toEqual(light);
  await bench.set("salla", { updatedAtInRows: true, amountsAs: "string", defaultFormat: "light" });
  expect(rowsOf(await bench.salla("GET", "/orders"), "data")[0]).toMatchObject({
    total: { amount: "156.00" },
    updated_at: { timezone_type: 3 },
  });
  expect(await detail(order, "")).toMatchObject({ amounts: { tax: { percent: 15 } } });
});

test("items come without ids, with the product's, or with both; total in its old and its new meaning", async () => {
  const order = await place({ items: [{ sku: "L", quantity: 2 }], coupon: { code: "TEN", percent: 10 } });
  const item = async () => rowsOf(await bench.salla("GET", `/orders/items?order_id=${order.id}`), "data")[0] ?? {};
  const bare = await item();
  expect(bare).toMatchObject({
    sku: "L",
    quantity: 2,
    amounts: {
      price_without_tax: { amount: 17.39 },
      total_discount: { amount: 3.48 },
      tax: { amount: { amount: 4.7 } },
      total: { amount: 36 },
    },
  });
  expect(Object.keys(bare)).not.toContain("product_id");
  await bench.set("salla", { itemProductIds: "both", itemTotal: "price", couponIn: "order" });
  expect(await item()).toMatchObject({
    product_id: expect.any(Number),
    product_sku_id: expect.any(Number),
    amounts: { total: { amount: 17.39 }, total_discount: { amount: 0 } },
  });
  expect((await bench.salla("GET", "/orders/items")).status).toBe(422);
  expect((await bench.salla("GET", "/orders/items?order_id=7")).status).toBe(404);
});

test("lists are paged by 15, cut at the most, sorted and filtered", async () => {
  for (let day = 10; day < 30; day += 1) {
    const status = day < 12 ? "completed" : "under_review";
    await place({
      items: [{ sku: "MUG" }],
      date: `2026-03-${day} 10:00:00`,
      status,
      sandbox_untouched_stock: true,
      ...(day === 20 ? { payment_method: "bank", sent_to: ["qoyod"] } : {}),
    });
  }
  const page = await bench.salla("GET", "/orders");
  expect(page.body.pagination).toMatchObject({
    count: 15,
    total: 20,
    perPage: 15,
    totalPages: 2,
    links: { next: expect.stringContaining("page=2") },
  });
  await bench.set("salla", { ordersPerPageMax: 10, emptyLinks: "list" });
  expect((await bench.salla("GET", "/orders?per_page=60")).body.pagination).toMatchObject({
    perPage: 10,
    totalPages: 2,
  });
  const count = async (query: string) => at((await bench.salla("GET", `/orders?${query}`)).body, "pagination", "total");
  expect((await bench.salla("GET", "/orders?reference_id=3879219")).body.pagination).toMatchObject({
    total: 1,
    links: [],
  });
  expect(await count("status[]=1298199463")).toBe(2);
  expect(await count("from_date=2026-03-15&to_date=2026-03-16")).toBe(2);
  expect(await count("payment_method[]=bank")).toBe(1);
  expect(await count("accounting_services=qoyod")).toBe(19);
  expect(await count("keyword=3879225")).toBe(1);
  const references = async (sort: string) =>
    rowsOf(await bench.salla("GET", `/orders?sort_by=${sort}&per_page=2`), "data").map(
      ({ reference_id }) => reference_id,
    );
  expect(await references("created_at-asc")).toEqual([3_879_219, 3_879_220]);
  const [first] = rowsOf(await bench.control("GET", "/salla/orders?reference_id=3879219"), "rows");
  await act(first ?? {}, "ship");
  expect((await references("updated_at-desc"))[0]).toBe(3_879_219);
  await bench.set("salla", { ordersSort: "ignored", ordersStatusFilter: "ignored" });
  expect((await references("updated_at-asc"))[0]).toBe(3_879_238);
  expect(await count("status[]=1298199463")).toBe(20);
});

test("a row shifts between two pages", async () => {
  for (let made = 0; made < 3; made += 1) await place({ items: [{ sku: "MUG" }] });
  await bench.control("POST", "/faults", { vendor: "salla", path: "/orders", kind: "shift-rows", shift: "delete" });
  const seen = [];
  for (const page of [1, 2, 3])
    seen.push(...rowsOf(await bench.salla("GET", `/orders?per_page=1&page=${page}`), "data"));
  expect(seen.map(({ reference_id }) => reference_id)).toEqual([3_879_221, 3_879_219]);
});

test("quantities fall when an order is placed and rise when it is canceled, as the store is set", async () => {
  const order = await place({ items: [{ sku: "MUG", quantity: 3 }, { sku: "L" }] });
  expect(await quantities()).toEqual({ MUG: 7, S: 3, L: 3 });
  await act(order, "cancel");
  expect(await quantities()).toEqual({ MUG: 10, S: 3, L: 4 });
  await act(order, "progress");
  expect(await quantities()).toEqual({ MUG: 7, S: 3, L: 3 });
  await act(order, "cancel", { restore_items: false });
  expect(await quantities()).toEqual({ MUG: 7, S: 3, L: 3 });
  await bench.set("salla", { deductsWhen: "paid" });
  const later = await place({ items: [{ sku: "S" }], payment_method: "bank" });
  expect(later.status).toMatchObject({ slug: "payment_pending" });
  expect(await quantities()).toMatchObject({ S: 3 });
  await act(later, "pay");
  await act(later, "pay");
  expect(await quantities()).toMatchObject({ S: 2 });
  const refused = await bench.control("POST", "/salla/orders", { items: [{ sku: "S", quantity: 3 }] });
  expect(refused.body.error).toContain("Shirt - Small has 2, the order needs 3");
  await place({ items: [{ sku: "S", quantity: 3 }], sandbox_oversell: true });
  expect(await quantities()).toMatchObject({ S: -1 });
});

test("completed makes a tax invoice once; refunds by lines and of the rest make credit notes that sum to it", async () => {
  const order = await place({
    items: [{ sku: "MUG", quantity: 3 }, { sku: "L" }],
    coupon: { percent: 10 },
    shipping: "25",
    cod: "10",
  });
  const invoices = async () =>
    rowsOf(await bench.salla("GET", `/orders/invoices?order_id=${order.id}`), "data").reverse();
  expect(await invoices()).toEqual([]);
  expect((await act(order, "refund")).body.error).toContain("has no invoice");
  for (let done = 0; done < 2; done += 1) await act(order, "complete");
  const { items } = (await act(order, "complete")).body;
  const lines = Array.isArray(items) ? items.filter(isFields) : [];
  expect(await detail(order, "?format=full")).toMatchObject({
    status: { slug: "completed" },
    first_complete_at: { timezone_type: 3 },
  });
  const [invoice = {}] = await invoices();
  expect(invoice).toMatchObject({ type: "Tax Invoice", slug: 1, total: { amount: 198.64 }, order_id: order.id });
  expect((await act(order, "refund", { lines: [{ id: lines[0]?.id, quantity: 4 }] })).body.error).toContain(
    "allowed: 1 to 3",
  );
  for (let done = 0; done < 2; done += 1) await act(order, "refund", { lines: [{ id: lines[0]?.id, quantity: 1 }] });
  expect(await quantities()).toMatchObject({ MUG: 9, L: 3 });
  expect(at(await detail(order), "status", "slug")).toBe("completed");
  await act(order, "refund");
  expect(at(await detail(order), "status", "slug")).toBe("restored");
  expect(await quantities()).toMatchObject({ MUG: 10, L: 4 });
  const all = await invoices();
  expect(all.map(({ slug }) => slug)).toEqual([1, 2, 2, 2]);
  // In halalas, so that the sums are exact.
  const halalas = (field: string) =>
    all.slice(1).reduce((sum, one) => sum + Math.round(Number(at(one[field], "amount")) * 100), 0);
  expect(halalas("total")).toBe(19_864);
  expect(halalas("discount")).toBe(1531);
  expect(halalas("sub_total")).toBe(15_305);
  await bench.set("salla", {
    creditNoteSign: "negative",
    invoiceType: "arabic",
    invoiceSlug: false,
    invoiceMoney: "plain",
  });
  const [arabic = {}, note = {}] = await invoices();
  expect([arabic.type, note.type, note.slug, Number(note.total) < 0]).toEqual([
    "فاتورة ضريبية",
    "إشعار دائن",
    undefined,
    true,
  ]);
});

test("an order that is edited moves its quantities and its total; its invoice stays", async () => {
  const order = await place({ items: [{ sku: "MUG", quantity: 3 }], shipping: "10" });
  await act(order, "complete");
  const path = `/salla/orders/${order.id}`;
  expect((await bench.control("PATCH", path, { items: [{ sku: "MUG" }, { sku: "S", quantity: 2 }] })).status).toBe(200);
  expect(await quantities()).toEqual({ MUG: 9, S: 1, L: 4 });
  expect(await detail(order)).toMatchObject({ amounts: { total: { amount: 103.5 }, shipping_cost: { amount: 10 } } });
  expect((await bench.control("PATCH", path, { items: [{ sku: "NONE" }] })).status).toBe(400);
  await bench.control("PATCH", path, { coupon: { code: "HALF", percent: 50 } });
  expect(await detail(order)).toMatchObject({ amounts: { total: { amount: 57.5 } } });
  const invoices = rowsOf(await bench.salla("GET", `/orders/invoices?order_id=${order.id}`), "data");
  expect(invoices).toMatchObject([{ total: { amount: 167.5 } }]);
});

test("an order goes from in progress to shipped and delivered without ever being completed", async () => {
  const order = await place({ items: [{ sku: "MUG" }] });
  for (const action of ["progress", "ship", "deliver"]) expect((await act(order, action)).status).toBe(200);
  expect(await detail(order, "?format=full")).toMatchObject({ status: { slug: "delivered" }, first_complete_at: null });
  expect(rowsOf(await bench.salla("GET", "/orders/invoices"), "data")).toEqual([]);
});

test("statuses are renamed and added; the slug stays", async () => {
  const made = await bench.control("POST", "/salla/statuses", { name: "أرسل إلى قيود", slug: "in_progress" });
  await bench.control("PATCH", "/salla/statuses/completed", { name: "خلاص" });
  const order = await place({ items: [{ sku: "MUG" }] });
  expect((await bench.salla("POST", `/orders/${order.id}/status`, { status_id: made.body.id })).status).toBe(201);
  expect((await detail(order)).status).toEqual({
    id: 1_939_592_358,
    name: "قيد التنفيذ",
    slug: "in_progress",
    customized: { id: made.body.id, name: "أرسل إلى قيود" },
  });
  expect((await bench.salla("POST", `/orders/${order.id}/status`, { slug: "completed" })).status).toBe(201);
  expect((await detail(order)).status).toMatchObject({
    slug: "completed",
    name: "تم التنفيذ",
    customized: { name: "خلاص" },
  });
  expect((await bench.salla("POST", `/orders/${order.id}/status`, { slug: "nothing" })).status).toBe(422);
  const statuses = rowsOf(await bench.salla("GET", "/orders/statuses"), "data");
  expect(statuses).toHaveLength(11);
  expect(statuses.at(-1)).toMatchObject({ type: "custom", slug: "in_progress", original: { id: 1_939_592_358 } });
  expect(statuses.find(({ slug }) => slug === "shipped")).toMatchObject({ parent: { id: 1_298_199_463 } });
  const [branch] = rowsOf(await bench.salla("GET", "/branches"), "data");
  expect(branch?.id).toBe(statuses[0]?.id);
});

test("foreign currency, a discount that is only listed, and an order that does not close", async () => {
  const foreign = await place({ items: [{ sku: "MUG" }], currency: "USD", exchange_rate: "3.75" });
  expect(await detail(foreign)).toMatchObject({
    currency: "USD",
    exchange_rate: { rate: "3.75" },
    amounts: { total: { amount: 13.87, currency: "USD" } },
  });
  await bench.set("salla", { exchangeRateMeans: "exchange-per-base" });
  expect(at(await detail(foreign), "exchange_rate", "rate")).toBe("0.26666667");
  const listed = await place({ items: [{ sku: "MUG" }], sandbox_discount_listed_only: "15" });
  expect(await detail(listed)).toMatchObject({
    amounts: { total: { amount: 52 }, discounts: [{ discount: "15.00" }] },
  });
  const broken = await place({ items: [{ sku: "MUG" }], sandbox_overrides: { amounts: { total: { amount: 51.99 } } } });
  expect(await detail(broken)).toMatchObject({
    amounts: { total: { amount: 51.99, currency: "SAR" }, sub_total: { amount: 45.22 } },
  });
  const line = (await detail(broken, "?format=full")).items;
  const lineId = Array.isArray(line) ? at(line[0], "id") : undefined;
  await bench.control("PATCH", `/salla/orders/${broken.id}`, {
    lines: [{ id: lineId, sku: "", sandbox_overrides: { quantity: 1.5 } }],
  });
  expect(rowsOf(await bench.salla("GET", `/orders/items?order_id=${broken.id}`), "data")).toMatchObject([
    { sku: "", quantity: 1.5 },
  ]);
});

test("guests have no name, customers have one, and wrong orders are refused by name", async () => {
  const customer = await bench.control("POST", "/salla/customers", {
    first_name: "نورة",
    last_name: "🌷",
    mobile: 501_234_567,
  });
  const known = await place({ items: [{ sku: "MUG" }], customer_id: customer.body.id });
  const guest = await place({ items: [{ sku: "MUG" }] });
  expect(await detail(known)).toMatchObject({
    customer: { first_name: "نورة", mobile: 501_234_567 },
    receiver: { name: "نورة 🌷", phone: "966501234567" },
  });
  expect(await detail(guest)).toMatchObject({ customer: { id: null, first_name: "" } });
  await bench.set("salla", { guestCustomer: "null" });
  expect((await detail(guest)).customer).toBeNull();
  expect(objectOf(await bench.salla("GET", `/customers/${customer.body.id}`), "data")).toMatchObject({
    last_name: "🌷",
  });
  const error = async (given: Fields) => (await bench.control("POST", "/salla/orders", given)).body.error;
  expect(await error({ items: [] })).toContain("at least one line");
  expect(await error({ items: [{ sku: "NONE" }] })).toContain('not "NONE"');
  expect(await error({ items: [{ sku: "MUG", quantity: 0 }] })).toContain("1 or more");
  expect(await error({ items: [{ sku: "MUG" }], currency: "USD" })).toContain("exchange_rate");
  expect(await error({ items: [{ sku: "MUG" }], status: "done" })).toContain("status done is not known");
  expect(await error({ id: guest.id, items: [{ sku: "MUG" }] })).toContain("exists already");
  expect((await act(guest, "explode")).body.error).toContain("it can: pay, refund");
});

test("a person places, completes and cancels orders on the page", async () => {
  const page = `${bench.sandbox.control}/salla/orders-page`;
  const post = async (form: Record<string, string>) =>
    (await fetch(page, { method: "POST", body: new URLSearchParams(form) })).text();
  const [product] = rowsOf(await bench.control("GET", "/salla/products?sku=MUG"), "rows");
  const unit = String(product?.id);
  expect(await post({ action: "place", by: "product", unit, quantity: "2", name: "<Sara>" })).toContain(
    "Order 3879219 was placed.",
  );
  const [order] = rowsOf(await bench.control("GET", "/salla/orders"), "rows");
  const html = await post({ action: "complete", order: String(order?.id) });
  expect(html).toContain("Order 3879219 is completed now.");
  expect(html).toContain("&lt;Sara&gt;");
  expect(await post({ action: "place", by: "product", unit, quantity: "99" })).toContain(
    "Mug has 8, the order needs 99",
  );
  expect(await post({ action: "cancel", order: String(order?.id) })).toContain("canceled");
  expect(await post({ action: "place", by: "product", unit, quantity: "1" })).toContain("Order 3879221 was placed.");
  const [, other] = rowsOf(await bench.control("GET", "/salla/orders"), "rows");
  const told = await post({ action: "send", order: String(other?.id) });
  const [custom] = rowsOf(await bench.control("GET", "/salla/statuses"), "rows").filter(
    ({ type }) => type === "custom",
  );
  expect(told).toContain(`Order 3879221 has the status ${custom?.name} now, id ${custom?.id}.`);
  expect(await detail(other ?? {})).toMatchObject({ status: { slug: "in_progress", customized: { id: custom?.id } } });
  expect(told).toContain("The app has no page inside the dashboard");
  await bench.control("PATCH", "/salla/app", { embeddedUrl: "https://mizan.example/embedded/salla" });
  expect(await (await fetch(page)).text()).toContain('<a href="dashboard?lang=ar"');
});
