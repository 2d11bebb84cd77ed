import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { qoyod } from "../../src/connectors/qoyod/index.ts";
import type { Facts } from "../../src/core/connector.ts";
import { NeedsPerson, RetryLater } from "../../src/core/errors.ts";
import type { Mapped } from "../../src/core/mapping.ts";
import type { TargetResource } from "../../src/core/resources.ts";
import { type OpenConnection, openConnection } from "./open-connection.ts";
import { type Fields, type StandIn, startStandIn } from "./stand-in.ts";

let standIn: StandIn;
let opened: OpenConnection[] = [];
beforeAll(async () => {
  standIn = await startStandIn();
});
afterAll(() => standIn.stop());
beforeEach(() => standIn.reset());
afterEach(async () => {
  for (const connection of opened) await connection.close();
  opened = [];
});

function connect(more: { settings?: Fields; facts?: Facts } = {}): OpenConnection {
  const connection = openConnection(qoyod, {
    settings: { ...standIn.addresses.vendors.qoyod, perMinute: 100_000, minuteMs: 1_000, ...more.settings },
    secrets: { apiKey: standIn.addresses.credentials.qoyod.apiKey },
    facts: more.facts ?? {},
  });
  opened.push(connection);
  return connection;
}

function targetOf({ session }: OpenConnection, name: string): TargetResource {
  const target = session.targets[name];
  if (target === undefined) throw new Error(`there is no target ${name}`);
  return target;
}

const behave = (switches: Fields) => standIn.switches({ qoyod: switches });
const strike = (rule: Fields) => standIn.fault({ vendor: "qoyod", ...rule });
const all = (path: string) => standIn.all(`qoyod/${path}`);
const add = async (path: string, record: Fields) => String((await standIn.add(`qoyod/${path}`, [record]))[0]?.id);
const first = async (path: string) => String((await all(path))[0]?.id);
const account = async (type: string) => String((await all("accounts")).find((row) => row.type_of_account === type)?.id);
const posts = ({ calls }: OpenConnection) => calls.filter(({ method }) => method === "POST").length;
const done = (id: string, more: Fields = {}) => ({ kind: "done", id, ...more });

/** A lamp at 115.00 with 3 in the first location, and the cash customer. */
async function lampShop(stock: number | null = 3): Promise<{ product: string; location: string; contact: string }> {
  const product = await add("products", { sku: "LAMP", buying_price: 40, ...(stock === null ? {} : { stock }) });
  return { product, location: await first("inventories"), contact: await first("customers") };
}

type Shop = Awaited<ReturnType<typeof lampShop>>;

function invoiceOf({ product, location, contact }: Shop, more: Mapped = {}): Mapped {
  return {
    contact_id: contact,
    reference: "SALLA-9-1001",
    issue_date: "2026-01-15",
    due_date: "2026-01-15",
    inventory_id: location,
    description: "Order SALLA-9-1001, completed 2026-01-14",
    line_items: [
      {
        product_id: product,
        quantity: "2",
        unit_price: "115.00",
        description: "red",
        discount: "30.00",
        tax_percent: "15",
        is_inclusive: true,
      },
    ],
    expected: { total: "200.00", order: "SALLA-9-1001" },
    ...more,
  };
}

async function countOf({ product, location }: Shop, more: Mapped = {}): Promise<Mapped> {
  return {
    inventory_id: location,
    revenue_account_id: await account("Equity"),
    expense_account_id: await account("Overhead"),
    date: "2026-01-15",
    description: "Opening count",
    product_id: product,
    actual_quantity: "25",
    rate: "40.00",
    stock_before: "3",
    ...more,
  };
}

describe("answers", () => {
  test("a redirect of an old host is not followed, and a person is told the host", async () => {
    const { apiUrl } = standIn.addresses.vendors.qoyod;
    const connection = connect({ settings: { apiUrl: apiUrl.replace("/2.0", "/api/2.0") } });
    const error = await connection.session.lookUp("locations").catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(NeedsPerson);
    expect(error).toMatchObject({ action: { code: "host-changed", parameters: { vendor: "Qoyod" } } });
    expect(connection.calls).toHaveLength(1);
  });

  test.each([{ emptyList: "404" }, { emptyList: "empty-array" }])("a list without rows is empty: %j", async (how) => {
    await behave(how);
    const pages = [];
    for await (const page of connect().session.bookStock?.list() ?? []) pages.push(...page);
    expect(pages).toEqual([]);
  });

  test.each([{ kind: "status", status: 404 }, { kind: "status", status: 500 }, { kind: "malformed-json" }])(
    "a list that cannot be read is not an empty one: %j",
    async (fault) => {
      await strike({ path: "/products", ...fault });
      const { session } = connect();
      await expect(session.lookUp("products/LAMP")).rejects.toBeInstanceOf(RetryLater);
    },
  );

  test("a minute's limit is waited out", async () => {
    await behave({ perMinuteLimit: 2, minuteMs: 1_000 });
    const connection = connect();
    for (let call = 1; call <= 2; call += 1) await connection.session.lookUp("units");
    expect([...(await connection.session.lookUp("locations")).values()]).toContain("Main warehouse · المستودع الرئيسي");
    expect(connection.calls.map(({ status }) => status)).toEqual([200, 200, 429, 200]);
  });
});

describe("lists", () => {
  const skusOf = async (connection: OpenConnection) => {
    const skus: string[] = [];
    for await (const page of connection.session.bookStock?.list() ?? []) skus.push(...page.map(({ sku }) => sku));
    return skus;
  };

  test.each([
    { name: "pages are as asked", switches: {}, perPage: 100 },
    { name: "without pagination", switches: { pagination: "nowhere" }, perPage: 100 },
    { name: "pages are cut short", switches: { pagination: "nowhere", perPageMaximum: 25 }, perPage: 200 },
    { name: "pages end with the rows", switches: { pagination: "nowhere" }, perPage: 50 },
  ])("all products come, each once: $name", async ({ switches, perPage }) => {
    const products = Array.from({ length: 150 }, (_, index) => ({ sku: `L-${index}` }));
    await standIn.add("qoyod/products", products);
    await behave(switches);
    expect(await skusOf(connect({ settings: { perPage } }))).toEqual(products.map(({ sku }) => sku));
  });

  test("a list that ignores paging is read once", async () => {
    for (let index = 0; index < 4; index += 1) await add("categories", { name: `Category ${index}` });
    const connection = connect({ settings: { perPage: 2 } });
    expect((await connection.session.choices?.("categories"))?.length).toBe(5);
    expect(connection.calls).toHaveLength(1);
    const exact = connect({ settings: { perPage: 5 } });
    expect((await exact.session.choices?.("categories"))?.length).toBe(5);
    expect(exact.calls).toHaveLength(2);
  });
});

describe("the stock of the books", () => {
  test("it is exact, by location, with the cost", async () => {
    const { product } = await lampShop(12);
    const service = await add("products", { sku: "SHIP", type: "Service", track_quantity: 0, buying_price: 0 });
    const [main = "", second = ""] = (await all("inventories")).map(({ id }) => String(id));
    await standIn.change("qoyod/products", product, { inventories: [{ id: second, stock: "4.5" }] });
    for (const facts of [{}, { idInFilter: true }]) {
      const connection = connect({ facts });
      const found = await connection.session.bookStock?.read([product, service, "999"]);
      expect([...(found?.keys() ?? [])].sort()).toEqual([product, service].sort());
      const lamp = found?.get(product);
      expect(lamp).toMatchObject({ sku: "LAMP", tracked: true });
      expect([lamp?.stock.get(main)?.toFixed(), lamp?.stock.get(second)?.toFixed()]).toEqual(["12", "4.5"]);
      expect(lamp?.cost?.toFixed()).toBe("40");
      expect(found?.get(service)).toMatchObject({ tracked: false, cost: null, stock: new Map() });
    }
  });

  test("a filter that is ignored by now takes nothing away", async () => {
    const { product } = await lampShop(12);
    await standIn.add("qoyod/products", [{ sku: "CHAIR" }, { sku: "DESK" }]);
    await behave({ ignoredFilters: "products.id" });
    const found = await connect({ facts: { idInFilter: true } }).session.bookStock?.read([product]);
    expect([...(found?.keys() ?? [])]).toEqual([product]);
  });
});

describe("contacts", () => {
  const noura = { name: "Noura", phone_number: "+966512345678", email: "noura@example.com" };

  test.each([
    { there: { phone_number: "0512345678" }, by: "a phone as people write it" },
    { there: { phone_number: "+966 51 234 5678" }, by: "a phone with spaces" },
    { there: { secondary_phone_number: "00966512345678" }, by: "a second phone" },
    { there: { email: "Noura@Example.com" }, by: "an e-mail" },
  ])("one who is there is adopted by $by", async ({ there }) => {
    const id = await add("customers", { name: "نورة", ...there });
    const connection = connect();
    expect(await targetOf(connection, "contacts").create(noura)).toEqual(done(id, { found: true }));
    expect(posts(connection)).toBe(0);
  });

  test("the phone goes before the e-mail", async () => {
    await add("customers", { name: "Other", email: noura.email });
    const id = await add("customers", { name: "Noura", phone_number: noura.phone_number });
    expect(await targetOf(connect(), "contacts").create(noura)).toEqual(done(id, { found: true }));
  });

  test("two who match wait for a person", async () => {
    const one = await add("customers", { name: "Noura", phone_number: "0512345678" });
    const other = await add("customers", { name: "Nora", phone_number: "966512345678" });
    expect(await targetOf(connect(), "contacts").create(noura)).toEqual({ kind: "several", ids: [one, other] });
  });

  test("a retail customer never adopts a contact with a tax number, and a business is matched by it alone", async () => {
    const business = await add("customers", { ...noura, name: "Beta", tax_number: "300000000000003" });
    const contacts = targetOf(connect(), "contacts");
    const made = await contacts.create(noura);
    expect(made).toMatchObject({ kind: "done" });
    expect(made).not.toMatchObject({ id: business });
    const invoiced = { ...noura, name: "Beta Ltd.", tax_number: "300000000000003" };
    expect(await contacts.create(invoiced)).toEqual(done(business, { found: true }));
  });

  test("one who is inactive is no match, and is named", async () => {
    const id = await add("customers", { ...noura, status: "Inactive" });
    const made = await targetOf(connect(), "contacts").create(noura);
    const parameters = { vendor: "Qoyod", ids: `${id} (Noura)` };
    expect(made).toMatchObject({ kind: "done", notes: [{ code: "inactive-match", parameters }] });
    expect(made).not.toMatchObject({ id });
  });

  test("50 at once with one phone make one contact, and the list is read once", async () => {
    const connection = connect();
    const contacts = targetOf(connection, "contacts");
    const made = await Promise.all(Array.from({ length: 50 }, () => contacts.create(noura)));
    expect(new Set(made.map((result) => (result.kind === "done" ? result.id : result.kind))).size).toBe(1);
    expect([posts(connection), connection.calls.filter(({ method }) => method === "GET").length]).toEqual([1, 1]);
  });
});

describe("products", () => {
  const catalogue = async (sku: string, more: Mapped = {}): Promise<Mapped> => ({
    sku,
    name_ar: "مصباح 💡",
    name_en: "Lamp",
    type: "Product",
    product_unit_type_id: await first("product_unit_types"),
    category_id: await first("categories"),
    tax_id: "1",
    track_quantity: true,
    selling_price: "115.00",
    sales_account_id: await account("Sale"),
    purchase_item: true,
    buying_price: "40.00",
    expense_account_id: await account("DirectCost"),
    ...more,
  });

  test.each([{}, { ignoredFilters: "products.sku" }])(
    "S8: one with the exact SKU is adopted (%j)",
    async (switches) => {
      await behave(switches);
      const id = await add("products", { sku: "LAMP" });
      await standIn.add("qoyod/products", [{ sku: "LAMP2" }, { sku: "CHAIR" }]);
      const connection = connect();
      expect(await targetOf(connection, "products").create(await catalogue("LAMP"))).toEqual(done(id, { found: true }));
      expect(posts(connection)).toBe(0);
    },
  );

  test("S8: two with the SKU are several", async () => {
    const ids = [await add("products", { sku: "LAMP" }), await add("products", { sku: "LAMP" })];
    const several = { kind: "several", ids };
    expect(await targetOf(connect(), "products").create(await catalogue("LAMP"))).toEqual(several);
  });

  test("a SKU that differs by case or spaces is another one; where Qoyod refuses it, the twin is named", async () => {
    const id = await add("products", { sku: "lamp " });
    await behave({ textFilters: "loose" });
    const products = targetOf(connect(), "products");
    const made = await products.create(await catalogue("LAMP"));
    const parameters = { vendor: "Qoyod", sku: "LAMP", ids: `${id} ("lamp ")` };
    expect(made).toMatchObject({ kind: "done", notes: [{ code: "near-twin", parameters }] });
    await behave({ duplicateSku: "refused-loosely" });
    await standIn.remove("qoyod/products", made.kind === "done" ? made.id : "");
    const refused = await products.create(await catalogue("LAMP"));
    expect(refused).toMatchObject({ kind: "refused", message: expect.stringContaining(`${id} ("lamp ")`) });
  });

  test("what costs nothing gets a price of 1 in the catalogue, where Qoyod wants one", async () => {
    const products = targetOf(connect(), "products");
    expect(await products.create(await catalogue("GIFT", { selling_price: "0.00" }))).toMatchObject({ kind: "done" });
    await behave({ zeroPrice: "refused" });
    expect(await products.create(await catalogue("FREE", { selling_price: "0.00" }))).toMatchObject({ kind: "done" });
    const prices = (await all("products")).map(({ sku, selling_price }) => [sku, Number(selling_price)]);
    expect(prices).toEqual([
      ["GIFT", 0],
      ["FREE", 1],
    ]);
  });
});

describe("counts", () => {
  test.each(["with-id", "without-id", "empty"])("S6: a count sets the total once (answer %s)", async (countAnswer) => {
    await behave({ countAnswer });
    const shop = await lampShop();
    const counts = targetOf(connect(), "counts");
    const payload = await countOf(shop);
    expect(await counts.create(payload)).toMatchObject({ kind: "done" });
    const [made, ...others] = await all("inventory_adjustments");
    expect(others).toEqual([]);
    expect(made).toMatchObject({ description: "Opening count", line_items: [{ rate: "40.0" }] });
    // Decided again by the same numbers, nothing is counted twice.
    expect(await counts.create(payload)).toMatchObject({ kind: "done", found: true });
    expect(await all("inventory_adjustments")).toHaveLength(1);
  });

  test("a count that was decided by another stock waits, and undoes nothing", async () => {
    const shop = await lampShop(7);
    const result = await targetOf(connect(), "counts").create(await countOf(shop));
    const parameters = { product: "LAMP", held: "7", before: "3" };
    expect(result).toMatchObject({ kind: "later", reason: { code: "stock-moved", parameters } });
    expect(await all("inventory_adjustments")).toEqual([]);
  });

  test.each([{ counts: "refused" }, { equityAccount: "refused" }])(
    "where %j, one instruction is given",
    async (how) => {
      await behave(how);
      const shop = await lampShop();
      const counts = targetOf(connect(), "counts");
      const payload = await countOf(shop);
      const parameters = { vendor: "Qoyod", product: "LAMP", before: "3", counted: "25" };
      expect(await counts.create(payload)).toMatchObject({
        kind: "later",
        reason: { code: "count-refused", parameters },
      });
      await add("opening_balances", { line_items: [{ product_id: shop.product, quantity: 22 }] });
      expect(await counts.create(payload)).toMatchObject({ kind: "done", found: true });
    },
  );

  test("a doubtful count is settled by the stock alone", async () => {
    const shop = await lampShop();
    const counts = targetOf(connect(), "counts");
    const payload = await countOf(shop);
    const find = async () => (await counts.find([{ key: "one", payload, sentAt: 0 }])).get("one");
    expect(await find()).toEqual([]);
    await strike({ kind: "cut-after", method: "POST", path: "/inventory_adjustments", count: 1, afterWork: true });
    expect(await counts.create(payload)).toMatchObject({ kind: "in-doubt" });
    const found = await find();
    expect(found).toEqual([expect.stringMatching(new RegExp(`^${shop.product}@${shop.location} \\S{43}$`))]);
    expect(await find()).toEqual(found);
    await standIn.change("qoyod/products", shop.product, { stock: 24 });
    const parameters = { vendor: "Qoyod", product: "LAMP", held: "24", before: "3", counted: "25" };
    expect(await find()).toMatchObject({ kind: "unclear", reason: { code: "count-unclear", parameters } });
  });
});

describe("invoices", () => {
  test("one is made as approved, with every line as it was sent", async () => {
    const shop = await lampShop();
    const made = await targetOf(connect(), "invoices").create(invoiceOf(shop));
    const [stored] = await all("invoices");
    expect(made).toEqual(done(String(stored?.id)));
    expect(stored).toMatchObject({ reference: "SALLA-9-1001", status: "Approved", total: "200.0" });
    expect(stored?.line_items).toMatchObject([{ quantity: "2.0", tax_percent: "15.0", description: "red" }]);
  });

  test("one that is there is taken only if order, total and contact agree", async () => {
    const shop = await lampShop();
    const first = await targetOf(connect(), "invoices").create(invoiceOf(shop));
    const id = first.kind === "done" ? first.id : "";
    const connection = connect();
    const invoices = targetOf(connection, "invoices");
    expect(await invoices.create(invoiceOf(shop))).toEqual(done(id, { found: true }));
    const another = { kind: "several", ids: [id], referenceAt: "target" };
    const other = await add("customers", { name: "Other" });
    for (const more of [
      { expected: { total: "200.01", order: "SALLA-9-1001" } },
      { expected: { total: "200.00", order: "SALLA-9-100" } },
      { contact_id: other },
    ])
      expect(await invoices.create(invoiceOf(shop, more))).toEqual(another);
    expect(posts(connection)).toBe(0);
  });

  test("a doubtful one that Qoyod made otherwise is told to a person, and not taken for it", async () => {
    await behave({ inclusiveDiscount: "net" });
    const shop = await lampShop();
    const invoices = targetOf(connect(), "invoices");
    await strike({ kind: "cut-after", method: "POST", path: "/invoices", count: 1, afterWork: true });
    expect(await invoices.create(invoiceOf(shop))).toMatchObject({ kind: "in-doubt" });
    const found = await invoices.find([{ key: "one", payload: invoiceOf(shop), sentAt: 0 }]);
    const parameters = { got: expect.stringContaining("195.5, Approved") };
    expect(found.get("one")).toMatchObject({ kind: "unclear", reason: { code: "document-differs", parameters } });
  });

  test("50 at once of one order make one invoice", async () => {
    const shop = await lampShop(1_000);
    const invoices = targetOf(connect(), "invoices");
    const made = await Promise.all(Array.from({ length: 50 }, () => invoices.create(invoiceOf(shop))));
    expect(new Set(made.map((result) => (result.kind === "done" ? result.id : result.kind))).size).toBe(1);
    expect(await all("invoices")).toHaveLength(1);
  });

  test.each([
    { name: "references are replaced", switches: { references: "replaced" } },
    { name: "filters are ignored", switches: { ignoredFilters: "invoices.reference,invoices.issue_date" } },
  ])("no second one is made where $name", async ({ switches }) => {
    await behave(switches);
    const shop = await lampShop(100);
    await targetOf(connect(), "invoices").create(
      invoiceOf(shop, {
        reference: "SALLA-9-1000",
        expected: { total: "200.00", order: "SALLA-9-1000" },
        description: "SALLA-9-1000",
      }),
    );
    const first = await targetOf(connect(), "invoices").create(invoiceOf(shop));
    expect(first).toMatchObject({ kind: "done" });
    const invoices = targetOf(connect(), "invoices");
    // Sent again on a later day, by a session that knows nothing.
    expect(await invoices.create(invoiceOf(shop, { issue_date: "2026-01-18" }))).toEqual({ ...first, found: true });
    const doubtful = [{ key: "one", payload: invoiceOf(shop), sentAt: 0 }];
    expect((await invoices.find(doubtful)).get("one")).toEqual([first.kind === "done" ? first.id : ""]);
    expect(await all("invoices")).toHaveLength(2);
  });

  test("too little stock waits, names both numbers, and makes no draft", async () => {
    const shop = await lampShop(1);
    const invoices = targetOf(connect(), "invoices");
    const reason = { code: "stock-short", parameters: { vendor: "Qoyod", product: "LAMP", held: "1", needed: "2" } };
    expect(await invoices.create(invoiceOf(shop))).toEqual({ kind: "later", reason });
    await behave({ outOfStockText: "الكمية غير متوفرة" });
    expect(await invoices.create(invoiceOf(shop))).toEqual({ kind: "later", reason });
    expect(await all("invoices")).toEqual([]);
    await standIn.change("qoyod/products", shop.product, { stock: 2 });
    expect(await invoices.create(invoiceOf(shop))).toMatchObject({ kind: "done" });
  });

  test.each([
    { switches: { inclusiveDiscount: "net" }, got: "195.5" },
    { switches: { amountDiscountPer: "unit" }, got: "170" },
  ])("another total than was sent is told, and the invoice stays: $switches", async ({ switches, got }) => {
    await behave(switches);
    const shop = await lampShop();
    const made = await targetOf(connect(), "invoices").create(invoiceOf(shop));
    const parameters = { sent: "200, Approved, SALLA-9-1001", got: expect.stringContaining(`${got}, Approved`) };
    expect(made).toMatchObject({ kind: "done", differs: { code: "document-differs", parameters } });
    expect(await all("invoices")).toHaveLength(1);
  });

  test("a draft that is found counts for nothing, which is told", async () => {
    const shop = await lampShop();
    const { expected: _expected, ...fields } = invoiceOf(shop);
    const id = await add("invoices", {
      ...fields,
      status: "Draft",
      line_items: [{ product_id: shop.product, quantity: 2, unit_price: 100, is_inclusive: true, tax_percent: 15 }],
    });
    const made = await targetOf(connect(), "invoices").create(invoiceOf(shop));
    expect(made).toMatchObject({
      kind: "done",
      id,
      found: true,
      differs: { parameters: { got: expect.stringContaining("200, Draft") } },
    });
  });

  test("an inactive contact and a closed period are refused in Qoyod's words, also where stock is short", async () => {
    const shop = await lampShop(1);
    const invoices = targetOf(connect(), "invoices");
    await standIn.change("qoyod/customers", shop.contact, { status: "Inactive" });
    const inactive = {
      kind: "refused",
      message: expect.stringContaining(`this contact ${shop.contact} is not active`),
    };
    expect(await invoices.create(invoiceOf(shop))).toEqual(inactive);
    await standIn.change("qoyod/customers", shop.contact, { status: "Active" });
    await behave({ closedBefore: "2026-02-01" });
    expect(await invoices.create(invoiceOf(shop))).toMatchObject({ kind: "refused" });
    expect(await all("invoices")).toEqual([]);
  });

  test("a line without its tax is not sent, because Qoyod would choose one", async () => {
    const shop = await lampShop();
    const line = { product_id: shop.product, quantity: "1", unit_price: "1.00", is_inclusive: true };
    const connection = connect();
    const result = await targetOf(connection, "invoices").create(invoiceOf(shop, { line_items: [line] }));
    expect(result).toEqual({ kind: "refused", message: "line_items[0].tax_percent is missing" });
    expect(connection.calls).toEqual([]);
  });
});

describe("payments and credit notes", () => {
  const invoiced = async (shop: Shop) => {
    const made = await targetOf(connect(), "invoices").create(invoiceOf(shop));
    return made.kind === "done" ? made.id : made.kind;
  };

  test.each([true, false])("a payment is made once (its rows name the invoice: %s)", async (paymentsNameInvoice) => {
    await behave({ paymentsNameInvoice });
    const invoice_id = await invoiced(await lampShop());
    const account_id = await account("Bank");
    const payload = { invoice_id, reference: "SALLA-9-1001-P1", account_id, date: "2026-01-15", amount: "150.00" };
    const payments = targetOf(connect(), "invoice_payments");
    const made = await payments.create(payload);
    expect(made).toMatchObject({ kind: "done" });
    expect(await payments.create(payload)).toEqual({ ...made, found: true });
    const another = { ...payload, amount: "150.01" };
    expect(await payments.create(another)).toMatchObject({ kind: "several" });
    const find = async (one: Mapped) => (await payments.find([{ key: "one", payload: one, sentAt: 0 }])).get("one");
    expect(await find(payload)).toEqual([made.kind === "done" ? made.id : ""]);
    expect(await find(another)).toMatchObject({ kind: "unclear", reason: { parameters: { got: "150.0" } } });
    expect(await all("invoices")).toMatchObject([{ due_amount: "50.0", status: "Partially paid" }]);
    expect(await all("invoice_payments")).toHaveLength(1);
  });

  test("a credit note is settled with its invoice once, as far as that is due", async () => {
    const shop = await lampShop();
    const parent_id = await invoiced(shop);
    const { due_date: _due, ...fields } = invoiceOf(shop);
    const payload = {
      ...fields,
      parent_id,
      reference: "SALLA-9-1001-CN5",
      description: "Refund SALLA-9-1001-CN5",
      expected: { total: "200.00", order: "SALLA-9-1001-CN5" },
    };
    const connection = connect();
    const notes = targetOf(connection, "credit_notes");
    const made = await notes.create(payload);
    expect(made).toEqual(done(made.kind === "done" ? made.id : ""));
    const id = made.kind === "done" ? made.id : "";
    expect(notes.inSteps).toBe(true);
    await strike({ kind: "cut-after", method: "POST", path: "/invoices/", count: 1, afterWork: true });
    expect(await notes.update(id, payload)).toMatchObject({ kind: "in-doubt" });
    expect(await notes.update(id, payload)).toEqual(done(id));
    expect(await notes.update(id, payload)).toEqual(done(id));
    expect(await all("invoices")).toMatchObject([{ due_amount: "0.0", allocations: [{ amount: "200.0" }] }]);
    expect(await notes.create(payload)).toEqual(done(id, { found: true }));
    expect(await notes.update(id, { ...payload, parent_id: undefined })).toEqual(done(id));
  });

  test("whether the goods came back is told by the stock", async () => {
    for (const [creditNoteStock, held] of [
      ["returned", "3"],
      ["kept", "1"],
    ] as const) {
      await standIn.reset({ qoyod: { creditNoteStock } });
      const shop = await lampShop();
      await invoiced(shop);
      const { due_date: _due, ...fields } = invoiceOf(shop);
      const connection = connect();
      await targetOf(connection, "credit_notes").create({ ...fields, reference: "CN", parent_id: undefined });
      const stock = await connection.session.bookStock?.read([shop.product]);
      expect(stock?.get(shop.product)?.stock.get(shop.location)?.toFixed()).toBe(held);
    }
  });

  test("documents, counts and payments cannot be changed", async () => {
    const connection = connect();
    for (const name of ["invoices", "counts", "invoice_payments"])
      expect(await targetOf(connection, name).update("7", {})).toMatchObject({ kind: "refused" });
    expect(connection.calls).toEqual([]);
  });
});

describe("the calibration draft", () => {
  const draftOf = (shop: Shop) => {
    const { expected: _expected, ...draft } = invoiceOf(shop, { reference: "MIZAN-DRAFT-1" });
    return draft;
  };

  test("it shows Qoyod's numbers, moves no stock, and is gone again", async () => {
    const shop = await lampShop(0);
    const amounts = await connect().session.calibrate?.(draftOf(shop));
    expect(amounts).toMatchObject({ document: { total: "200" }, leftBehind: null });
    expect(amounts?.lines).toMatchObject([{ quantity: "2", line_total: "200", tax_percent: "15" }]);
    expect(await all("invoices")).toEqual([]);
  });

  test("one that cannot be deleted is named; one whose answer is lost is found, read and deleted", async () => {
    const shop = await lampShop(0);
    await behave({ deleteDraft: "refused" });
    const left = await connect().session.calibrate?.(draftOf(shop));
    const [draft] = await all("invoices");
    expect(left).toMatchObject({ document: { total: "200" }, leftBehind: String(draft?.id) });
    await standIn.reset();
    const other = await lampShop(0);
    await strike({ kind: "cut-after", method: "POST", path: "/invoices", count: 1, afterWork: true });
    expect(await connect().session.calibrate?.(draftOf(other))).toMatchObject({ leftBehind: null });
    expect(await all("invoices")).toEqual([]);
  });

  test("one that Qoyod refuses says so", async () => {
    const shop = await lampShop(0);
    const refused = connect().session.calibrate?.({ ...draftOf(shop), contact_id: "999" });
    await expect(refused).rejects.toThrow("Qoyod refused the draft");
  });
});

describe("sets and facts", () => {
  test("accounts come with their type, and others by their names", async () => {
    const { session } = connect();
    const accounts = (await session.choices?.("accounts")) ?? [];
    expect(accounts.find(({ id }) => id === String(accounts[0]?.id))?.kind).toBe("Sale");
    expect(accounts.map(({ name }) => name)).toContain("3101 Opening balances · الأرصدة الافتتاحية");
    expect((await session.choices?.("taxes"))?.map(({ id, kind }) => [id, kind])).toEqual([
      ["1", "15.0"],
      ["2", "0.0"],
      ["3", "0.0"],
    ]);
    expect([...(await session.lookUp("units")).values()]).toEqual(["Piece"]);
    expect([...(await session.lookUp("contacts/نقدي")).values()]).toEqual(["عميل نقدي"]);
    const id = await add("products", { sku: "SHIP", name: "Shipping", type: "Service" });
    expect(await session.choices?.("products/SHIP")).toEqual([{ id, name: "Shipping", kind: "Service" }]);
    expect(await session.choices?.("products/ship")).toEqual([]);
    expect([await session.nameOf?.("products", id), await session.nameOf?.("products", "999")]).toEqual([
      "Shipping",
      null,
    ]);
    await expect(session.lookUp("colours")).rejects.toThrow("Qoyod has no set colours; there are locations");
  });

  test("an account that is inactive is not offered", async () => {
    const bank = await account("Bank");
    await standIn.change("qoyod/accounts", bank, { status: "Inactive" });
    expect([...(await connect().session.lookUp("accounts")).keys()]).not.toContain(bank);
  });

  test("the probe tells what this company does", async () => {
    const shop = await lampShop(1_000);
    await standIn.add("qoyod/products", [{ sku: "CHAIR" }, { sku: "DESK" }]);
    const empty = await connect().session.probe();
    expect(empty).toMatchObject({ productsPaged: true, idInFilter: true, skuFilter: true, updatedAtFilter: true });
    expect(empty).toMatchObject({ referenceFilter: null, eInvoicing: null, ofTheShop: [] });
    for (const reference of ["SALLA-9-1", "SALLA-9-2", "INV-7"])
      await targetOf(connect(), "invoices").create(
        invoiceOf(shop, { reference, description: reference, expected: { total: "200.00", order: reference } }),
      );
    await behave({ eInvoicing: true, ignoredFilters: "products.id,products.sku,invoices.reference" });
    const connection = connect();
    const facts = await connection.session.probe();
    expect(facts).toMatchObject({ idInFilter: false, skuFilter: false, referenceFilter: false, eInvoicing: true });
    expect(facts.ofTheShop).toEqual(["SALLA-9-2: SALLA-9-2", "SALLA-9-1: SALLA-9-1"]);
    expect(connection.calls.length).toBeLessThanOrEqual(10);
    const settings = qoyod.settings.parse({});
    expect(qoyod.accountOf?.(settings, facts)).toMatch(/^https:\/\/api\.qoyod\.com\/2\.0 31 2/);
    expect(qoyod.accountOf?.(settings, {})).toBeNull();
  });
});
