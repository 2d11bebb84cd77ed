import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import type { BuyOrder, BuyOrderRow } from "../../src/connectors/optiply/index.ts";
import type { Facts } from "../../src/core/connector.ts";
import { NeedsPerson, RetryLater } from "../../src/core/errors.ts";
import type { Page, SourceResource } from "../../src/core/resources.ts";
import { optiplyConnections } from "./connections.ts";
import { readAll } from "./connector-suite.ts";
import type { OpenConnection } from "./open-connection.ts";
import type { Fields } from "./stand-in.ts";

const placed = "2026-01-05T00:00:00Z";
const everything = { since: null, notBefore: null, position: null };

const shop = optiplyConnections({ accountId: "1402", buyOrdersOrigin: "told" });
const { connect } = shop;

function sourceOf({ session }: OpenConnection): SourceResource<BuyOrderRow, BuyOrder> {
  return session.sources.buyOrders as unknown as SourceResource<BuyOrderRow, BuyOrder>;
}

const readRows = async (connection: OpenConnection): Promise<readonly BuyOrderRow[]> =>
  (await readAll(sourceOf(connection), everything)).flatMap(({ rows }) => rows);
const idsOf = (rows: readonly { readonly id: unknown }[]) => rows.map(({ id }) => String(id));
const apiCalls = ({ calls }: OpenConnection) => calls.filter(({ path }) => !path.includes("oauth"));

async function addSupplier(): Promise<string> {
  const [supplier] = await shop.standIn.add("optiply/suppliers", [{ name: "Beta Supplies" }]);
  return String(supplier?.id);
}

async function addOrders(count: number, more: (index: number) => Fields = () => ({})): Promise<string[]> {
  const supplierId = await addSupplier();
  const orders = Array.from({ length: count }, (_, index) => ({
    supplierId,
    placed,
    totalValue: "12.50",
    ...more(index),
  }));
  return idsOf((await shop.standIn.add("optiply/buyOrders", orders as Fields[])) as { id: unknown }[]);
}

describe("the list of open buy orders", () => {
  test("a row carries what the export judges by", async () => {
    const supplierId = await addSupplier();
    const orders = [
      { supplierId, placed, totalValue: "1234567890123.45", remoteIdMap: { 7001: "46001", 7002: "9" } },
      { supplierId, assembly: true, createdFromPublicApi: true, expectedDeliveryDate: "2026-02-01T08:00:00+02:00" },
    ];
    const [one, draft] = await shop.standIn.add("optiply/buyOrders", orders);
    const source = sourceOf(connect());
    const [page, ...others] = await readAll(source, everything);
    expect(others).toEqual([]);
    expect(page).toEqual({
      rows: [
        {
          id: one?.id,
          supplierId,
          placed,
          completed: undefined,
          expectedDeliveryDate: undefined,
          totalValue: "1234567890123.45",
          assembly: false,
          createdFromPublicApi: false,
          remoteIds: ["46001"],
          updatedAt: one?.updatedAt,
          linesMovedAt: 0,
        },
        expect.objectContaining({
          id: draft?.id,
          placed: undefined,
          totalValue: undefined,
          expectedDeliveryDate: "2026-02-01T06:00:00Z",
          assembly: true,
          createdFromPublicApi: true,
          remoteIds: [],
        }),
      ],
      unreadable: [],
      position: null,
    });
    expect(page?.rows.map((row) => source.changedAt(row))).toEqual([
      Date.parse(String(one?.updatedAt)),
      Date.parse(String(draft?.updatedAt)),
    ]);
  });

  describe.each([
    { name: "the filter on completed works", switches: {}, facts: { completedFilter: true } },
    { name: "it is not known whether it does", switches: { unknownFilter: "ignored" }, facts: {} },
    { name: "it is known to be ignored", switches: { completedFilter: "ignored" }, facts: { completedFilter: false } },
    { name: "it is ignored unexpectedly", switches: { completedFilter: "ignored" }, facts: { completedFilter: true } },
  ])("where $name", ({ switches, facts }) => {
    test("all open ones come and no completed one", async () => {
      await shop.standIn.reset({ optiply: switches });
      const ids = await addOrders(260, (index) => (index % 3 === 0 ? { completed: placed } : {}));
      const rows = await readRows(connect({ facts }));
      expect(idsOf(rows)).toEqual(ids.filter((_, index) => index % 3 !== 0));
    });

    test.each(["delete", "touch", "insert"])("loses no row while rows shift (%s)", async (shift) => {
      await shop.standIn.reset({ optiply: switches });
      const ids = await addOrders(350);
      await shop.standIn.fault({ vendor: "optiply", kind: "shift-rows", path: "/buyOrders", shift, count: 3 });
      const rows = new Set(idsOf(await readRows(connect({ facts }))));
      const after = new Set(idsOf((await shop.standIn.all("optiply/buyOrders")) as { id: unknown }[]));
      const stayed = ids.filter((id) => after.has(id));
      expect(stayed).toHaveLength(shift === "delete" ? 347 : 350);
      expect(stayed.filter((id) => !rows.has(id))).toEqual([]);
    });
  });

  test("loses no row while many vanish between two pages", async () => {
    const ids = await addOrders(350);
    const slow = { vendor: "optiply", kind: "slow", delayMs: 1_000, path: "/buyOrders", afterCalls: 1, count: 1 };
    await shop.standIn.fault(slow);
    const reading = readRows(connect());
    await expect.poll(() => isStruck(), { timeout: 60_000 }).toBe(true);
    await Promise.all(ids.slice(0, 60).map((id) => shop.standIn.remove("optiply/buyOrders", id)));
    const rows = new Set(idsOf(await reading));
    expect(ids.slice(60).filter((id) => !rows.has(id))).toEqual([]);
  });

  test("a filter that is refused is left away", async () => {
    const ids = await addOrders(3, (index) => (index === 0 ? { completed: placed } : {}));
    await shop.standIn.fault({ vendor: "optiply", kind: "status", status: 400, path: "/buyOrders", count: 1 });
    expect(idsOf(await readRows(connect()))).toEqual(ids.slice(1));
  });

  test.each([{ kind: "status", status: 400 }, { kind: "status", status: 500 }, { kind: "malformed-json" }])(
    "a list that cannot be read is not an empty one: %j",
    async (fault) => {
      await addOrders(3);
      await shop.standIn.fault({ vendor: "optiply", path: "/buyOrders", ...fault });
      await expect(readRows(connect())).rejects.toBeInstanceOf(RetryLater);
    },
  );

  test("broken answers in the middle are survived", async () => {
    const ids = await addOrders(320);
    for (const [index, kind] of ["status", "cut", "malformed-json", "empty-body"].entries())
      await shop.standIn.fault({ vendor: "optiply", kind, path: "/buyOrders", count: 1, afterCalls: index % 3 });
    expect(idsOf(await readRows(connect()))).toEqual(ids);
  });

  test("where Optiply does not tell who made an order, a person is needed and nothing is read", async () => {
    await addOrders(3);
    const connection = connect({ facts: { buyOrdersOrigin: "untold" } });
    const error = await readRows(connection).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(NeedsPerson);
    expect(error).toMatchObject({ action: { code: "origin-untold", parameters: { vendor: "Optiply" } } });
    expect(apiCalls(connection)).toEqual([]);
  });

  test("a row that does not tell who made it is rejected by that name", async () => {
    const [id] = await addOrders(1);
    await shop.standIn.switches({ optiply: { createdFromPublicApi: "missing" } });
    const pages = await readAll(sourceOf(connect()), everything);
    const parameters = { field: "createdFromPublicApi" };
    expect(pages.flatMap(({ rows }) => rows)).toEqual([]);
    expect(pages.flatMap(({ unreadable }) => unreadable)).toEqual([
      { id, rejection: expect.objectContaining({ code: "field-missing", parameters }) },
    ]);
  });

  test.each([
    { map: { 7001: "46001" }, couplingId: 7001, ours: ["46001"] },
    { map: { 7001: "46001", 7002: "9" }, couplingId: 7001, ours: ["46001"] },
    { map: { 7002: "9" }, couplingId: 7001, ours: [] },
    { map: {}, couplingId: 7001, ours: [] },
    { map: { 7001: "46001", 7002: "9" }, couplingId: undefined, ours: ["46001", "9"] },
    { map: { books: "46001" }, couplingId: 7001, ours: ["46001"] },
    { map: { books: "46001" }, couplingId: undefined, ours: ["46001"] },
  ])("of the remote ids $map, coupling $couplingId knows $ours", async ({ map, couplingId, ours }) => {
    await addOrders(1, () => ({ remoteIdMap: map }));
    const [row] = await readRows(connect({ settings: { couplingId } }));
    expect(row?.remoteIds).toEqual(ours);
  });
});

describe("a buy order in full", () => {
  const product = { name: "Lamp", stockLevel: 1, unlimitedStock: false };
  const addLines = async (orderId: string, count: number) => {
    const products = await shop.standIn.add(
      "optiply/products",
      Array.from({ length: count }, () => product),
    );
    const lines = products.map(({ id }, index) => ({
      buyOrderId: orderId,
      productId: id,
      quantity: index + 1,
      subtotalValue: `${index}.25`,
    }));
    return shop.standIn.add("optiply/buyOrderLines", lines);
  };

  test("it comes with all of its lines and no others", async () => {
    const [id = "", other = "", empty = ""] = await addOrders(3);
    const lines = await addLines(id, 250);
    await addLines(other, 5);
    const source = sourceOf(connect());
    const found = (await source.read([id])).get(id);
    expect(found).toMatchObject({ kind: "found", record: { id, totalValue: "12.5", remoteIds: [] } });
    expect(found?.kind === "found" && found.record.lines).toEqual(
      lines.map((line, index) => ({
        id: line.id,
        productId: String(line.productId),
        quantity: index + 1,
        subtotalValue: `${index}.25`,
        updatedAt: line.updatedAt,
      })),
    );
    expect((await source.read([empty])).get(empty)).toMatchObject({ kind: "found", record: { lines: [] } });
    expect(source.batch).toBe(1);
  });

  test.for(["honoured", "ignored", "refused"])(
    "orders move with their lines, however many pages of them moved (filter %s)",
    async (updatedAtFilter) => {
      await shop.standIn.switches({ optiply: { updatedAtFilter } });
      const [before = "", many = "", last = ""] = await addOrders(3, () => ({ updatedAt: "2026-01-01T00:00:00Z" }));
      await addLines(before, 1);
      await addLines(many, 250);
      await addLines(last, 1);
      const lines = await shop.standIn.all("optiply/buyOrderLines");
      const [since, moment] = ["2026-01-02T00:00:00Z", "2026-01-02T00:00:05Z"];
      for (const { id, buyOrderId } of lines) {
        const updatedAt = String(buyOrderId) === before ? "2026-01-01T23:59:58Z" : moment;
        await shop.standIn.change("optiply/buyOrderLines", String(id), { updatedAt });
      }
      const source = sourceOf(connect());
      const pages = await readAll(source, { ...everything, since: Date.parse(since) });
      const moves = pages
        .flatMap(({ rows }) => rows)
        .map((row) => [row.id, new Date(source.changedAt(row)).toISOString()]);
      expect(moves).toEqual([
        [before, "2026-01-01T00:00:00.000Z"],
        [many, new Date(moment).toISOString()],
        [last, new Date(moment).toISOString()],
      ]);
    },
  );

  test("1,000 lines come, and a completed order too", async () => {
    const [id = ""] = await addOrders(1, () => ({ completed: placed }));
    await addLines(id, 1_000);
    const found = (await sourceOf(connect()).read([id])).get(id);
    expect(found?.kind === "found" && found.record.lines).toHaveLength(1_000);
    expect(found).toMatchObject({ record: { completed: placed } });
  });

  test("one that is gone is missing", async () => {
    const [id = ""] = await addOrders(1);
    await shop.standIn.remove("optiply/buyOrders", id);
    expect(await sourceOf(connect()).read([id])).toEqual(new Map([[id, { kind: "missing" }]]));
  });

  test.each([
    { path: "/buyOrders/{id}", status: 500 },
    { path: "/buyOrderLines", status: 500 },
    { path: "/buyOrders/{id}", status: 400 },
  ])("a reading that fails is not an order without lines: %j", async (fault) => {
    const [id = ""] = await addOrders(1);
    await addLines(id, 2);
    await shop.standIn.fault({ vendor: "optiply", kind: "status", ...fault });
    await expect(sourceOf(connect()).read([id])).rejects.toBeInstanceOf(RetryLater);
  });

  test("lines that Optiply refuses to list make the order unreadable", async () => {
    const [id = ""] = await addOrders(1);
    await shop.standIn.fault({ vendor: "optiply", kind: "status", status: 400, path: "/buyOrderLines" });
    const found = (await sourceOf(connect()).read([id])).get(id);
    expect(found).toMatchObject({ kind: "unreadable", rejection: { code: "vendor-error" } });
  });

  test("an order without a supplier is rejected by that field", async () => {
    const [draft] = await shop.standIn.add("optiply/buyOrders", [{ placed }]);
    const id = String(draft?.id);
    const found = (await sourceOf(connect()).read([id])).get(id);
    expect(found).toMatchObject({ kind: "unreadable", rejection: { parameters: { field: "supplierId" } } });
  });
});

describe("an Optiply that answers with what it should not", () => {
  const sound = { supplierId: 119092, placed, createdFromPublicApi: false };
  const soundLine = { buyOrderId: 8, productId: 5983558, quantity: 2, subtotalValue: "1.00" };

  /** A vendor that gives the same rows whatever is asked, and takes every write. */
  async function oddVendor(rows: Readonly<Record<string, readonly unknown[]>>) {
    const writes: string[] = [];
    const server = createServer((request, response) => {
      const [, root, resource = "", id] = (request.url ?? "").split(/[/?]/);
      const isToken = root === "token";
      if (!isToken && request.method !== "GET") writes.push(`${request.method} /${resource}/${id}`);
      const all = rows[resource] ?? [];
      const one = all.find((row) => (row as Fields | null)?.id === id);
      const isList = id === undefined || id.startsWith("filter") || id.startsWith("page") || id.startsWith("sort");
      const body = isToken ? { access_token: "made-up", expires_in: 600 } : { data: isList ? all : (one ?? { id }) };
      response.writeHead(200, { "content-type": "application/vnd.api+json" }).end(JSON.stringify(body));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const connection = connect({ settings: { apiUrl: `${address}/v1`, tokenUrl: `${address}/token` } });
    return { connection, writes, close: () => server.close() };
  }

  test.each([
    [{ supplierId: null }, "field-missing", "supplierId"],
    [{ supplierId: "" }, "field-missing", "supplierId"],
    [{ supplierId: "nan" }, "field-invalid", "supplierId"],
    [{ placed: 20260105 }, "field-invalid", "placed"],
    [{ placed: "2026-13-05T00:00:00Z" }, "field-invalid", "placed"],
    [{ completed: true }, "field-invalid", "completed"],
    [{ expectedDeliveryDate: "soon" }, "field-invalid", "expectedDeliveryDate"],
    [{ totalValue: "dear" }, "field-invalid", "totalValue"],
    [{ totalValue: {} }, "field-invalid", "totalValue"],
    [{ assembly: "yes" }, "field-invalid", "assembly"],
    [{ createdFromPublicApi: "false" }, "field-invalid", "createdFromPublicApi"],
    [{ createdFromPublicApi: null }, "field-missing", "createdFromPublicApi"],
    [{ remoteIdMap: "46001" }, "field-invalid", "remoteIdMap"],
    [{ remoteIdMap: ["46001"] }, "field-invalid", "remoteIdMap"],
    [{ remoteIdMap: { 7001: { id: "46001" } } }, "field-invalid", "remoteIdMap"],
    [{ updatedAt: 5 }, "field-invalid", "updatedAt"],
  ])("an order with %j is rejected as %s by %s, and the next one comes", async (odd, code, field) => {
    const orders = [
      { id: "8", attributes: { ...sound, ...odd } },
      { id: "9", attributes: { ...sound, totalValue: 31.08, remoteIdMap: { 7001: null } } },
    ];
    const vendor = await oddVendor({ buyOrders: orders });
    const pages: Page<BuyOrderRow>[] = await readAll(sourceOf(vendor.connection), everything);
    expect(pages.flatMap(({ rows }) => rows)).toEqual([
      expect.objectContaining({ id: "9", totalValue: "31.08", remoteIds: [] }),
    ]);
    expect(pages.flatMap(({ unreadable }) => unreadable)).toEqual([
      { id: "8", rejection: expect.objectContaining({ code, parameters: expect.objectContaining({ field }) }) },
    ]);
    vendor.close();
  });

  test.each([
    [{ productId: undefined }, "field-missing", "lines[1].productId"],
    [{ quantity: null }, "field-missing", "lines[1].quantity"],
    [{ quantity: 1.5 }, "field-invalid", "lines[1].quantity"],
    [{ quantity: true }, "field-invalid", "lines[1].quantity"],
    [{ subtotalValue: "1,50" }, "field-invalid", "lines[1].subtotalValue"],
  ])("a line with %j makes its order %s by %s", async (odd, code, field) => {
    const buyOrderLines = [
      { id: "80", attributes: soundLine },
      { id: "81", attributes: { ...soundLine, ...odd } },
    ];
    const vendor = await oddVendor({ buyOrders: [{ id: "8", attributes: sound }], buyOrderLines });
    const found = (await sourceOf(vendor.connection).read(["8"])).get("8");
    expect(found).toMatchObject({ kind: "unreadable", rejection: { code, parameters: { field } } });
    vendor.close();
  });

  test("rows without an id are told, and completed ones are left out however odd they are", async () => {
    const orders = [{ attributes: sound }, { id: "8", attributes: { completed: placed, totalValue: "dear" } }, null];
    const vendor = await oddVendor({ buyOrders: orders });
    const [page] = await readAll(sourceOf(vendor.connection), everything);
    const rejection = expect.objectContaining({ code: "field-missing", parameters: { field: "id" } });
    expect(page).toMatchObject({
      rows: [],
      unreadable: [
        { id: null, rejection },
        { id: null, rejection },
      ],
    });
    vendor.close();
  });

  test("lines of other orders are neither read, changed nor deleted where the filter is ignored", async () => {
    const others = Array.from({ length: 20 }, (_, index) => ({
      id: String(100 + index),
      attributes: { ...soundLine, buyOrderId: 9 },
    }));
    const buyOrderLines = [{ id: "80", attributes: soundLine }, ...others];
    const vendor = await oddVendor({ buyOrders: [{ id: "8", attributes: sound }], buyOrderLines });
    const found = (await sourceOf(vendor.connection).read(["8"])).get("8");
    expect(found).toMatchObject({ kind: "found", record: { lines: [{ id: "80" }] } });
    const target = vendor.connection.session.targets.buyOrders;
    const orderLines = [{ productId: "5983558", quantity: 3, subtotalValue: "1.00" }];
    expect(await target?.update("8", { orderLines })).toEqual({ kind: "done", id: "8" });
    expect(vendor.writes).toEqual(["PATCH /buyOrderLines/80"]);
    vendor.close();
  });

  test.each([{ buyOrderId: undefined }, { productId: null }])(
    "a line with %j is not deleted, and the update is refused",
    async (odd) => {
      const buyOrderLines = [{ id: "80", attributes: { ...soundLine, ...odd } }];
      const vendor = await oddVendor({ buyOrders: [{ id: "8", attributes: sound }], buyOrderLines });
      const result = await vendor.connection.session.targets.buyOrders?.update("8", { orderLines: [] });
      expect(result).toMatchObject({ kind: "refused" });
      expect(vendor.writes).toEqual([]);
      vendor.close();
    },
  );

  test("a 409 whose twin cannot be told from others stays refused", async () => {
    await shop.standIn.fault({ vendor: "optiply", kind: "status", status: 409, method: "POST", count: 1 });
    const [product] = await shop.standIn.add("optiply/products", [
      { name: "Lamp", stockLevel: 1, unlimitedStock: false },
    ]);
    const payload = { name: "Lamp", supplierId: await addSupplier(), productId: String(product?.id) };
    expect(await connect().session.targets.supplierProducts?.create(payload)).toMatchObject({
      kind: "refused",
      message: expect.stringContaining("409"),
    });
  });
});

describe("the probe of buy orders", () => {
  const facts = async (): Promise<Facts> => {
    const connection = connect();
    const found = await connection.session.probe();
    expect(apiCalls(connection).length).toBeLessThanOrEqual(8);
    expect(new Set(apiCalls(connection).map(({ method }) => method))).toEqual(new Set(["GET"]));
    return found;
  };
  const byApi = { name: "Lamp", stockLevel: 1, unlimitedStock: false, createdFromPublicApi: true, remoteId: "46001" };

  test("where nothing is there, nothing is told", async () => {
    expect(await facts()).toMatchObject({ completedFilter: null, buyOrdersOrigin: "unknown" });
  });

  test.each([
    { completedFilter: "honoured", more: { completed: placed }, fact: true },
    { completedFilter: "ignored", more: { completed: placed }, fact: false },
    { completedFilter: "honoured", more: {}, fact: null },
    { completedFilter: "ignored", more: {}, fact: null },
  ])("the filter on completed: $completedFilter with $more is $fact", async ({ completedFilter, more, fact }) => {
    await shop.standIn.reset({ optiply: { completedFilter } });
    await addOrders(4, (index) => (index === 1 ? more : {}));
    expect((await facts()).completedFilter).toBe(fact);
  });

  test("a filter that is refused is none", async () => {
    await addOrders(1);
    await shop.standIn.fault({
      vendor: "optiply",
      kind: "status",
      status: 400,
      path: "/buyOrders",
      afterCalls: 1,
      count: 1,
    });
    expect((await facts()).completedFilter).toBe(false);
  });

  test.each([
    { createdFromPublicApi: "told", origin: "told" },
    { createdFromPublicApi: "missing", origin: "untold" },
    { createdFromPublicApi: "always-false", origin: "untold" },
  ])("rows show who made them: $createdFromPublicApi is $origin", async ({ createdFromPublicApi, origin }) => {
    await shop.standIn.reset({ optiply: { createdFromPublicApi } });
    await addOrders(2);
    await shop.standIn.add("optiply/products", [byApi, { ...byApi, remoteId: undefined, createdFromPublicApi: false }]);
    expect((await facts()).buyOrdersOrigin).toBe(origin);
  });

  test("a product of people that was linked later does not speak against the others", async () => {
    await shop.standIn.add("optiply/products", [byApi, { ...byApi, createdFromPublicApi: false }]);
    expect((await facts()).buyOrdersOrigin).toBe("told");
  });

  test("people's own rows alone tell nothing, and a row of the API without remote id tells", async () => {
    await addOrders(3);
    expect((await facts()).buyOrdersOrigin).toBe("unknown");
    await shop.standIn.switches({ optiply: { createdFromPublicApi: "missing" } });
    expect((await facts()).buyOrdersOrigin).toBe("untold");
    await shop.standIn.switches({ optiply: { createdFromPublicApi: "told" } });
    await addOrders(1, () => ({ createdFromPublicApi: true }));
    expect((await facts()).buyOrdersOrigin).toBe("told");
  });
});

/** Whether a fault that was asked for has begun. */
async function isStruck(): Promise<boolean> {
  const response = await fetch(`${shop.standIn.addresses.control}/faults`);
  return ((await response.json()) as readonly Fields[]).some(({ struck }) => Number(struck) > 0);
}
