import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { zohoBooks } from "../../src/connectors/zoho-books/index.ts";
import type { Door } from "../../src/core/connector.ts";
import { NeedsPerson, RetryLater } from "../../src/core/errors.ts";
import type { TargetResource } from "../../src/core/resources.ts";
import { type OpenConnection, openConnection } from "./open-connection.ts";
import { type Fields, type StandIn, startStandIn } from "./stand-in.ts";

const records = "zoho-books/purchaseorders";

let standIn: StandIn;
let opened: OpenConnection[] = [];
/** a vendor in EUR and an item of his, bought at 4 */
let vendor: string;
let item: string;
beforeAll(async () => {
  standIn = await startStandIn();
});
afterAll(() => standIn.stop());
beforeEach(() => behave({}));
afterEach(async () => {
  for (const connection of opened) await connection.close();
  opened = [];
});

/** Everything anew, with these switches. */
async function behave(switches: Fields): Promise<void> {
  await standIn.reset({ "zoho-books": switches });
  vendor = await addVendor({});
  const [made] = await standIn.add("zoho-books/items", [{ name: "Lamp", purchase_rate: 4 }]);
  item = String(made?.item_id);
}

async function addVendor(more: Fields): Promise<string> {
  const [made] = await standIn.add("zoho-books/contacts", [
    { contact_name: "Lamp Works", contact_type: "vendor", currency_code: "EUR", ...more },
  ]);
  return String(made?.contact_id);
}

function connect(settings: Fields = {}): OpenConnection {
  const { organizationId, clientId, clientSecret, refreshToken } = standIn.addresses.credentials["zoho-books"];
  const addresses = standIn.addresses.vendors["zoho-books"];
  const connection = openConnection(zohoBooks, {
    settings: { organizationId, ...addresses, perMinute: 100_000, minuteMs: 1_000, ...settings },
    secrets: { clientId, clientSecret, refreshToken },
  });
  opened.push(connection);
  return connection;
}

function targetOf({ session }: Pick<OpenConnection, "session">): TargetResource {
  const { purchaseorders } = session.targets;
  if (purchaseorders === undefined) throw new Error("there is no target purchaseorders");
  return purchaseorders;
}

const order = (reference: string, more: Fields = {}) => ({
  vendor_id: vendor,
  reference_number: reference,
  date: "2026-01-05",
  line_items: [{ item_id: item, quantity: 3 }],
  ...more,
});
/** Orders of the merchant's own. */
const addOrders = async (count: number, make: (index: number) => Fields) =>
  (
    await standIn.add(
      records,
      Array.from({ length: count }, (_, index) => ({ ...order(""), ...make(index) })),
    )
  ).map((row) => String(row.purchaseorder_id));
const stored = async () => await standIn.all(records);
const references = async () => (await stored()).map((row) => String(row.reference_number)).sort();
const posts = ({ calls }: OpenConnection) => calls.filter(({ method, path }) => method === "POST" && !isSignIn(path));
const asked = ({ calls }: OpenConnection, part: string) => calls.filter(({ path }) => path.includes(part));
const isSignIn = (path: string) => path.includes("/oauth/");
const caught = (work: Promise<unknown>) => work.catch((error: unknown) => error);
const strike = (rule: Fields) => standIn.fault({ vendor: "zoho-books", ...rule });

describe("searching before a create", () => {
  test("what is sent is a draft, numbered by Zoho, with the item's own price", async () => {
    const connection = connect();
    const payload = order("1001", { rateCurrency: undefined, status: "open" });
    expect(await targetOf(connection).create(payload)).toMatchObject({ kind: "done" });
    expect(await stored()).toEqual([
      expect.objectContaining({
        vendor_id: vendor,
        reference_number: "1001",
        date: "2026-01-05",
        order_status: "draft",
        purchaseorder_number: "PO-00001",
        line_items: [expect.objectContaining({ item_id: item, quantity: 3, rate: 4 })],
      }),
    ]);
    expect(Object.keys((await stored())[0] ?? {})).not.toContain("rateCurrency");
    expect(posts(connection)).toHaveLength(1);
  });

  test.each(["draft", "open", "closed", "cancelled"])("one that is %s is found, and none is posted", async (status) => {
    const [id] = await addOrders(1, () => ({ reference_number: "1001", order_status: status, status }));
    const connection = connect();
    expect(await targetOf(connection).create(order("1001"))).toEqual({ kind: "done", id, found: true });
    expect(posts(connection)).toEqual([]);
  });

  test("one whose other fields are spoilt is found too", async () => {
    const [id = ""] = await addOrders(1, () => ({ reference_number: "1001" }));
    await standIn.change(records, id, { total: { amount: 1 }, date: [] });
    expect(await targetOf(connect()).create(order("1001"))).toEqual({ kind: "done", id, found: true });
  });

  test("one of another vendor is for a person to decide, and nothing is posted beside it", async () => {
    const [id = ""] = await addOrders(1, () => ({ reference_number: "1001", vendor_id: "" }));
    const connection = connect();
    const result = await targetOf(connection).create(order("1001"));
    expect(result).toEqual({ kind: "several", ids: [id], referenceAt: "target" });
    expect(posts(connection)).toEqual([]);
  });

  test("a reference that Zoho took twice is told with both ids", async () => {
    const ids = await addOrders(2, () => ({ reference_number: "1001" }));
    const connection = connect();
    const result = await targetOf(connection).create(order("1001"));
    expect(result).toMatchObject({ kind: "several", ids: expect.arrayContaining(ids) });
    expect(posts(connection)).toEqual([]);
    expect(await references()).toEqual(["1001", "1001"]);
  });

  test.each(["exact", "contains", "ignored"])(
    "only the very reference counts, on whatever page it stands (%s)",
    async (purchaseordersReferenceFilter) => {
      await behave({ purchaseordersReferenceFilter });
      const [oldest] = await addOrders(1, () => ({ reference_number: "77", created_time: "2025-01-05T08:00:00+0100" }));
      await addOrders(450, (index) => ({ reference_number: `77${index}` }));
      const target = targetOf(connect());
      expect(await target.create(order("77"))).toEqual({ kind: "done", id: oldest, found: true });
      const made = await target.create(order("7"));
      expect(made).toMatchObject({ kind: "done" });
      expect(made).not.toHaveProperty("found");
      expect(await stored()).toHaveLength(452);
    },
  );

  test.each(["delete", "touch", "insert"])("rows that shift meanwhile hide no order (%s)", async (shift) => {
    await behave({ purchaseordersReferenceFilter: "ignored" });
    const created = (index: number) => new Date(Date.parse("2026-01-05T08:00:00Z") + index * 1000).toISOString();
    const ids = await addOrders(650, (index) => ({ reference_number: `R${index}`, created_time: created(index) }));
    await strike({ kind: "shift-rows", path: "/purchaseorders", shift, count: 3 });
    const found = await Promise.all(
      // Those that stand at the edges of pages.
      [649 - 199, 649 - 200, 649 - 201, 649 - 399, 649 - 400, 0].map(async (index) => {
        const [match] = await findAll(targetOf(connect()), [`R${index}`]);
        return [ids[index], match?.[0]];
      }),
    );
    const left = new Set((await stored()).map((row) => String(row.purchaseorder_id)));
    expect(found.filter(([id, match]) => left.has(id ?? "") && match !== id)).toEqual([]);
  });

  test.each([
    { kind: "nonzero-code", code: 9 },
    { kind: "status", status: 503 },
    { kind: "malformed-json" },
    { kind: "empty-body" },
  ])("a search that fails posts nothing: $kind", async (rule) => {
    await addOrders(1, () => ({ reference_number: "1001" }));
    await strike({ ...rule, method: "GET", path: "/purchaseorders" });
    const connection = connect();
    const target = targetOf(connection);
    expect(await caught(target.create(order("1001")))).toBeInstanceOf(RetryLater);
    expect(posts(connection)).toEqual([]);
    expect(await caught(findAll(target, ["1001"]))).toBeInstanceOf(RetryLater);
  });

  test("an order without a readable id may be the one that is searched", async () => {
    await standIn.add(records, [{ ...order("1001"), purchaseorder_id: "x1" }]);
    const connection = connect();
    expect(await caught(targetOf(connection).create(order("1001")))).toBeInstanceOf(RetryLater);
    expect(posts(connection)).toEqual([]);
  });

  test("an order without a reference is never made", async () => {
    const connection = connect();
    for (const reference_number of ["", " ", undefined, 7])
      await expect(targetOf(connection).create({ ...order("1"), reference_number })).rejects.toThrow(
        /reference_number/,
      );
    expect(connection.calls).toEqual([]);
  });
});

describe("lost answers", () => {
  test.each(["cut-after", "status-after", "malformed-json"])("a create behind %s is posted once", async (kind) => {
    await strike({ kind, method: "POST", path: "/purchaseorders", count: 1, afterWork: true });
    const connection = connect();
    const target = targetOf(connection);
    expect(await target.create(order("1001"))).toMatchObject({ kind: "in-doubt" });
    const [only] = await stored();
    expect(await target.create(order("1001"))).toEqual({ kind: "done", id: only?.purchaseorder_id, found: true });
    expect(posts(connection)).toHaveLength(1);
  });

  test("a success that names no order is in doubt", async () => {
    const { door } = connect();
    const bodies: unknown[] = [];
    const nameless: Door = {
      clock: door.clock,
      clockAheadMs: () => door.clockAheadMs(),
      call: async (request) => {
        const result = await door.call(request);
        if (request.method !== "POST") return result;
        bodies.push(request.body);
        return { kind: "ok", status: 201, body: { code: 0, purchaseorder: { purchaseorder_id: "" } } };
      },
    };
    const session = zohoBooks.open(nameless, zohoBooks.settings.parse({ organizationId: "60814150001" }), {});
    expect(await targetOf({ session }).create(order("1001", { status: "open" }))).toMatchObject({ kind: "in-doubt" });
    // Nothing else goes to Zoho, above all no number of ours.
    expect(bodies).toEqual([order("1001")]);
    expect(await references()).toEqual(["1001"]);
  });

  test("of 60 orders whose answers are often lost, each is there once", async () => {
    await strike({ kind: "cut-after", method: "POST", path: "/purchaseorders", probability: 0.3 });
    await strike({ kind: "cut", method: "POST", path: "/purchaseorders", probability: 0.2 });
    const target = targetOf(connect({ concurrency: 8 }));
    let open = Array.from({ length: 60 }, (_, index) => String(2_000 + index));
    const all = [...open];
    let doubts = 0;
    while (open.length > 0) {
      const results = await Promise.all(open.map((reference) => target.create(order(reference))));
      const doubtful = open.filter((_, index) => results[index]?.kind === "in-doubt");
      doubts += doubtful.length;
      const found = await findAll(target, doubtful);
      open = doubtful.filter((_, index) => found[index]?.length === 0);
    }
    expect(doubts).toBeGreaterThan(0);
    expect(await references()).toEqual(all);
  });
});

describe("rates", () => {
  const priced = (rate: string, more: Fields = {}) =>
    order("1001", { line_items: [{ item_id: item, quantity: 3, rate }], ...more });
  const storedRate = async () => ((await stored())[0]?.line_items as readonly Fields[] | undefined)?.[0]?.rate;

  test.each([
    ["EUR", 12.345678],
    ["USD", 4],
    [undefined, 4],
  ])("rates in %s reach a vendor in EUR as %d", async (rateCurrency, rate) => {
    const connection = connect();
    const result = await targetOf(connection).create(priced("12.345678", { rateCurrency }));
    expect(result).toMatchObject({ kind: "done" });
    expect(await storedRate()).toBe(rate);
    expect(asked(connection, "/contacts")).toHaveLength(rateCurrency === undefined ? 0 : 1);
  });

  test("a vendor whose currency is not told gets no rates", async () => {
    await standIn.change("zoho-books/contacts", vendor, { currency_code: "" });
    expect(await targetOf(connect()).create(priced("9.5", { rateCurrency: "EUR" }))).toMatchObject({ kind: "done" });
    expect(await storedRate()).toBe(4);
  });

  test("a vendor that is gone is named", async () => {
    await standIn.remove("zoho-books/contacts", vendor);
    const connection = connect();
    const result = await targetOf(connection).create(priced("9.5", { rateCurrency: "EUR" }));
    expect(result).toMatchObject({ kind: "refused", message: expect.stringContaining(`the vendor ${vendor}`) });
    expect(posts(connection)).toEqual([]);
  });

  test("a vendor that cannot be read is not taken for one in another currency", async () => {
    await strike({ kind: "nonzero-code", code: 9, path: "/contacts/" });
    const connection = connect();
    const error = await caught(targetOf(connection).create(priced("9.5", { rateCurrency: "EUR" })));
    expect(error).toBeInstanceOf(RetryLater);
    expect(posts(connection)).toEqual([]);
  });

  test.each(["12345678901.12345678", "abc", "-"])(
    "the rate %s would not arrive as it is, and is refused",
    async (rate) => {
      const connection = connect();
      const result = await caught(targetOf(connection).create(priced(rate, { rateCurrency: "EUR" })));
      expect(result).toMatchObject({ kind: "refused", message: expect.stringContaining("line_items[0].rate") });
      expect(posts(connection)).toEqual([]);
    },
  );
});

describe("what Zoho refuses", () => {
  test("an inactive vendor", async () => {
    await standIn.change("zoho-books/contacts", vendor, { status: "inactive" });
    expect(await targetOf(connect()).create(order("1001"))).toEqual({
      kind: "refused",
      message: "HTTP 400, code 3021: The vendor is inactive.",
    });
  });

  test("an item that is not bought", async () => {
    await standIn.change("zoho-books/items", item, { can_be_purchased: false });
    expect(await targetOf(connect()).create(order("1001"))).toEqual({
      kind: "refused",
      message: "HTTP 400, code 2007: The item Lamp cannot be purchased.",
    });
  });

  test("a customer in the vendor's place, an order without lines, numbers that are not automatic", async () => {
    const target = targetOf(connect());
    const customer = await addVendor({ contact_type: "customer" });
    expect(await target.create(order("1", { vendor_id: customer }))).toMatchObject({ kind: "refused" });
    expect(await target.create(order("2", { line_items: [] }))).toMatchObject({ kind: "refused" });
    await standIn.switches({ "zoho-books": { autoNumbering: false } });
    expect(await target.create(order("3"))).toMatchObject({
      kind: "refused",
      message: expect.stringContaining("purchaseorder_number"),
    });
    expect(await stored()).toEqual([]);
  });

  test.each(["create", "update"] as const)("a missing scope is named (%s)", async (write) => {
    const [id = ""] = await addOrders(1, () => ({ reference_number: "9", order_status: "draft", status: "draft" }));
    const scopes = "ZohoBooks.settings.READ,ZohoBooks.contacts.READ,ZohoBooks.purchaseorders.READ";
    await standIn.switches({ "zoho-books": { scopes } });
    const target = targetOf(connect());
    const error = await caught(
      write === "create" ? target.create(order("1001")) : target.update(id, { status: "open" }),
    );
    expect(error).toBeInstanceOf(NeedsPerson);
    expect(error).toMatchObject({
      action: { code: "scope-missing", parameters: { scope: "ZohoBooks.purchaseorders.CREATE" } },
    });
  });
});

describe("issuing", () => {
  const addOne = async (status: string) => {
    const [id = ""] = await addOrders(1, () => ({ reference_number: "1001", order_status: status, status }));
    return id;
  };
  const statusNow = async () => (await stored())[0]?.order_status;

  test("a draft is issued once, however often it is asked", async () => {
    const id = await addOne("draft");
    const connection = connect();
    for (let times = 0; times < 3; times += 1)
      expect(await targetOf(connection).update(id, { status: "open" })).toEqual({ kind: "done", id });
    expect(await statusNow()).toBe("open");
    expect(posts(connection)).toHaveLength(1);
  });

  test.each(["cancelled", "closed"])("an order that was %s meanwhile is not opened again", async (status) => {
    const id = await addOne(status);
    const connection = connect();
    expect(await targetOf(connection).update(id, { status: "open" })).toEqual({ kind: "done", id });
    expect(await statusNow()).toBe(status);
    expect(posts(connection)).toEqual([]);
  });

  test("refused because it was issued meanwhile is done; refused as a draft is refused", async () => {
    const id = await addOne("draft");
    const target = targetOf(connect());
    const refusal = { kind: "nonzero-code", code: 36_012, method: "POST", path: "/purchaseorders/", count: 1 };
    await strike({ ...refusal, afterWork: false });
    expect(await target.update(id, { status: "open" })).toMatchObject({
      kind: "refused",
      message: expect.stringContaining("code 36012"),
    });
    await strike({ ...refusal, afterWork: true });
    expect(await target.update(id, { status: "open" })).toEqual({ kind: "done", id });
    expect(await statusNow()).toBe("open");
  });

  test.each(["cut-after", "status-after", "cut"])("a lost answer is asked again (%s)", async (kind) => {
    const id = await addOne("draft");
    await strike({ kind, method: "POST", path: "/purchaseorders/", count: 1 });
    expect(await targetOf(connect()).update(id, { status: "open" })).toEqual({ kind: "done", id });
    expect(await statusNow()).toBe("open");
  });

  test("an order that is gone is missing, and one that cannot be read is left for later", async () => {
    const id = await addOne("draft");
    await strike({ kind: "nonzero-code", code: 9, method: "GET", path: "/purchaseorders/", count: 3 });
    const target = targetOf(connect());
    expect(await caught(target.update(id, { status: "open" }))).toBeInstanceOf(RetryLater);
    expect(await statusNow()).toBe("draft");
    await standIn.remove(records, id);
    expect(await target.update(id, { status: "open" })).toMatchObject({ kind: "missing" });
  });

  test("nothing else is changed, and nothing else is taken", async () => {
    const id = await addOne("draft");
    const connection = connect();
    const target = targetOf(connection);
    for (const changes of [{ reference_number: "2" }, { status: "billed" }, { status: "open", date: "2026-01-06" }])
      await expect(target.update(id, changes)).rejects.toThrow(RangeError);
    await expect(target.create(order("1002", { notes: "urgent" }))).rejects.toThrow(/notes/);
    expect(await target.update(id, {})).toEqual({ kind: "done", id });
    expect(connection.calls).toEqual([]);
  });
});

test("records are named as people know them, by one call each", async () => {
  const bare = await addVendor({ contact_name: "Chair Works", vendor_name: "" });
  const [id = ""] = await addOrders(1, () => ({ reference_number: "1001" }));
  const connection = connect();
  const nameOf = async (resource: string, of: string) => await connection.session.nameOf?.(resource, of);
  expect(await nameOf("contacts", vendor)).toBe("Lamp Works");
  expect(await nameOf("contacts", bare)).toBe("Chair Works");
  expect(await nameOf("items", item)).toBe("Lamp");
  expect(await nameOf("changed-items", item)).toBe("Lamp");
  expect(await nameOf("purchaseorders", id)).toBe("PO-00001");
  expect(await nameOf("purchaseorders", vendor)).toBeNull();
  expect(await nameOf("warehouses", item)).toBeNull();
  await standIn.change("zoho-books/items", item, { name: { no: 1 } });
  expect(await nameOf("items", item)).toBeNull();
  await strike({ kind: "nonzero-code", code: 9, path: "/contacts/" });
  expect(await nameOf("contacts", vendor)).toBeNull();
  expect(connection.calls.filter(({ path }) => !isSignIn(path))).toHaveLength(8);
});

async function findAll(target: TargetResource, wanted: readonly string[]): Promise<readonly (readonly string[])[]> {
  const doubtful = wanted.map((reference) => ({ key: reference, payload: order(reference), sentAt: Date.now() }));
  const found = await target.find(doubtful);
  return wanted.map((reference) => {
    const ids = found.get(reference) ?? [];
    return "kind" in ids ? [] : ids;
  });
}
