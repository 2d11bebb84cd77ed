import { describe, expect, test } from "vitest";
import { RetryLater } from "../../src/core/errors.ts";
import type { Mapped } from "../../src/core/mapping.ts";
import type { TargetResource, WriteResult } from "../../src/core/resources.ts";
import { optiplyConnections } from "./connections.ts";
import type { OpenConnection } from "./open-connection.ts";
import type { Fields } from "./stand-in.ts";

const placed = "2026-01-05T00:00:00Z";
const remoteId = "4600000000000000101";

const shop = optiplyConnections({ accountId: "1402" });
const { connect } = shop;

function targetOf({ session }: OpenConnection, name = "buyOrders"): TargetResource {
  const target = session.targets[name];
  if (target === undefined) throw new Error(`Optiply has no target ${name}`);
  return target;
}

const callsOf = ({ calls }: OpenConnection, method: string) =>
  calls.filter((call) => call.method === method && !call.path.includes("oauth")).map(({ path }) => path);

async function addSupplier(name = "Beta Supplies"): Promise<string> {
  const [supplier] = await shop.standIn.add("optiply/suppliers", [{ name }]);
  return String(supplier?.id);
}

async function addProducts(count: number): Promise<string[]> {
  const products = Array.from({ length: count }, (_, index) => ({
    name: `Lamp ${index}`,
    stockLevel: 1,
    unlimitedStock: false,
  }));
  return (await shop.standIn.add("optiply/products", products)).map(({ id }) => String(id));
}

interface Line {
  readonly productId: string;
  readonly quantity: number;
  readonly subtotalValue: string;
}

const lineOf = (productId: string, quantity = 2): Line => ({
  productId,
  quantity,
  subtotalValue: `${quantity}.50`,
});

function orderOf(supplierId: string, lines: readonly Line[], more: Mapped = {}): Mapped {
  return { remoteId, supplierId, placed, totalValue: "500.00", orderLines: lines, ...more };
}

async function linesOf(orderId: string): Promise<readonly Line[]> {
  const lines = (await shop.standIn.all("optiply/buyOrderLines")).filter(
    ({ buyOrderId }) => String(buyOrderId) === orderId,
  );
  return lines.map(({ productId, quantity, subtotalValue }) => ({
    productId: String(productId),
    quantity: Number(quantity),
    subtotalValue: String(subtotalValue),
  }));
}

const byProduct = (lines: readonly Line[]) =>
  lines.toSorted((one, other) => Number(one.productId) - Number(other.productId));

function idOf(result: WriteResult): string {
  if (result.kind !== "done") throw new Error(`not done: ${JSON.stringify(result)}`);
  return result.id;
}

/** An order that Mizan made, with its id. */
async function makeOrder(lines: readonly Line[], more: Mapped = {}): Promise<{ id: string; supplierId: string }> {
  const supplierId = await addSupplier();
  return { id: idOf(await targetOf(connect()).create(orderOf(supplierId, lines, more))), supplierId };
}

describe("an order that may have been exported from Optiply", () => {
  const people = async (supplierId: string, more: Fields = {}) => {
    const [order] = await shop.standIn.add("optiply/buyOrders", [{ supplierId, placed, totalValue: "9.00", ...more }]);
    return String(order?.id);
  };

  test("one that people made with the same supplier is taken, and nothing is posted", async () => {
    const supplierId = await addSupplier();
    const exportedFrom = await people(supplierId);
    const connection = connect();
    const result = await targetOf(connection).create(orderOf(supplierId, [], { exportedFrom }));
    expect(result).toEqual({ kind: "done", id: exportedFrom, found: true, madeThere: true });
    expect(callsOf(connection, "POST")).toEqual([]);
    expect(callsOf(connection, "GET")).toEqual([`/buyOrders/${exportedFrom}`]);
  });

  test("one of another supplier is for a person to decide", async () => {
    const exportedFrom = await people(await addSupplier("Gamma Parts"));
    const supplierId = await addSupplier();
    const result = await targetOf(connect()).create(orderOf(supplierId, [], { exportedFrom }));
    expect(result).toEqual({ kind: "several", ids: [exportedFrom], referenceAt: "source" });
    expect(await shop.standIn.all("optiply/buyOrders")).toHaveLength(1);
  });

  test("where Optiply does not tell who made it, a person decides", async () => {
    const supplierId = await addSupplier();
    const exportedFrom = await people(supplierId);
    await shop.standIn.switches({ optiply: { createdFromPublicApi: "missing" } });
    const result = await targetOf(connect()).create(orderOf(supplierId, [], { exportedFrom }));
    expect(result).toEqual({ kind: "several", ids: [exportedFrom], referenceAt: "source" });
  });

  test("one that was made through the API is another order", async () => {
    const supplierId = await addSupplier();
    const exportedFrom = await people(supplierId, { createdFromPublicApi: true });
    const result = await targetOf(connect()).create(orderOf(supplierId, [], { exportedFrom }));
    expect(idOf(result)).not.toBe(exportedFrom);
    expect(result).toEqual({ kind: "done", id: idOf(result) });
  });

  test.each(["999999999", "00042", "99999999999999999999", "0", "PO-7"])(
    "a reference %s that is no order of Optiply is no hindrance",
    async (exportedFrom) => {
      const supplierId = await addSupplier();
      expect(await targetOf(connect()).create(orderOf(supplierId, [], { exportedFrom }))).toMatchObject({
        kind: "done",
      });
      expect(await shop.standIn.all("optiply/buyOrders")).toHaveLength(1);
    },
  );

  test("a reference with a zero before the id is another one", async () => {
    const supplierId = await addSupplier();
    const exportedFrom = `0${await people(supplierId)}`;
    expect(await targetOf(connect()).create(orderOf(supplierId, [], { exportedFrom }))).toMatchObject({ kind: "done" });
    expect(await shop.standIn.all("optiply/buyOrders")).toHaveLength(2);
  });

  test.each([
    { kind: "status", status: 400, count: 1 },
    { kind: "status", status: 500, count: 5 },
    { kind: "malformed-json", count: 5 },
    { kind: "status", status: 502, count: 5 },
  ])("one that cannot be read stops the create: %j", async (fault) => {
    const supplierId = await addSupplier();
    const exportedFrom = await people(supplierId);
    await shop.standIn.fault({ vendor: "optiply", method: "GET", path: "/buyOrders/{id}", ...fault });
    const connection = connect();
    const creating = targetOf(connection).create(orderOf(supplierId, [], { exportedFrom }));
    await expect(creating).rejects.toBeInstanceOf(RetryLater);
    expect(callsOf(connection, "POST")).toEqual([]);
  });

  test("an update cannot name it", async () => {
    const changing = targetOf(connect()).update("1", { exportedFrom: "2", totalValue: "1.00" });
    await expect(changing).rejects.toThrow(RangeError);
  });
});

describe("creating", () => {
  test.each([true, false])("lines go with their order, whether line ids are named or not (%s)", async (named) => {
    await shop.standIn.reset({ optiply: { lineIdsInPostAnswer: named } });
    const [lamp = "", chair = ""] = await addProducts(2);
    const { id } = await makeOrder([lineOf(lamp), lineOf(chair, 7)], { completed: null, expectedDeliveryDate: placed });
    expect(await linesOf(id)).toEqual([lineOf(lamp), lineOf(chair, 7)]);
    const [order] = await shop.standIn.all("optiply/buyOrders");
    expect(order).toMatchObject({ id, placed, completed: null, expectedDeliveryDate: placed, totalValue: "500.00" });
    expect(order).toMatchObject({ createdFromPublicApi: true, remoteIdMap: { 7001: remoteId } });
    expect(order).not.toHaveProperty("exportedFrom");
  });

  test("1,000 lines go in one call, and the order is found by them", async () => {
    const products = await addProducts(1_000);
    const supplierId = await addSupplier();
    const connection = connect({ settings: { couplingId: undefined } });
    const payload = orderOf(
      supplierId,
      products.map((productId, index) => lineOf(productId, index + 1)),
    );
    const sentAt = Date.now();
    const id = idOf(await targetOf(connection).create(payload));
    expect(callsOf(connection, "POST")).toEqual(["/buyOrders"]);
    expect(await linesOf(id)).toHaveLength(1_000);
    const other = {
      ...payload,
      orderLines: [...(payload.orderLines as Line[]).slice(1), lineOf(products[0] ?? "", 5)],
    };
    const found = await targetOf(connection).find([
      { key: "same", payload, sentAt },
      { key: "other", payload: other, sentAt },
    ]);
    expect(found).toEqual(
      new Map([
        ["same", [id]],
        ["other", []],
      ]),
    );
  });

  test.each(["refused", "ignored"])("what people made is not adopted (unknown filters %s)", async (unknownFilter) => {
    await shop.standIn.reset({ optiply: { unknownFilter } });
    const supplierId = await addSupplier();
    const sentAt = Date.now();
    await shop.standIn.add("optiply/buyOrders", [{ supplierId, placed, totalValue: "500.00" }]);
    const payload = orderOf(supplierId, []);
    const found = await targetOf(connect()).find([{ key: "one", payload, sentAt }]);
    expect(found.get("one")).toEqual([]);
  });

  test("an order of another coupling that looks the same is not adopted", async () => {
    const supplierId = await addSupplier();
    const others = connect({ settings: { couplingId: 7002 } });
    const sentAt = Date.now();
    idOf(await targetOf(others).create(orderOf(supplierId, [], { remoteId: "4600000000000000999" })));
    const found = await targetOf(connect()).find([{ key: "one", payload: orderOf(supplierId, []), sentAt }]);
    expect(found.get("one")).toEqual([]);
  });
});

describe("changing the header", () => {
  test("lines stay, and only what is given moves", async () => {
    const [lamp = ""] = await addProducts(1);
    const { id, supplierId } = await makeOrder([lineOf(lamp)]);
    const connection = connect();
    const result = await targetOf(connection).update(id, { supplierId, totalValue: "7.10", completed: placed });
    expect(result).toEqual({ kind: "done", id });
    expect(callsOf(connection, "PATCH")).toEqual([`/buyOrders/${id}`]);
    expect(callsOf(connection, "GET")).toEqual([]);
    expect((await shop.standIn.all("optiply/buyOrders"))[0]).toMatchObject({
      totalValue: "7.10",
      completed: placed,
      placed,
    });
    expect(await linesOf(id)).toEqual([lineOf(lamp)]);
  });

  test.each([
    { nullOnPatch: "clears", kept: undefined, completed: null },
    { nullOnPatch: "ignored", kept: ["completed"], completed: placed },
    { nullOnPatch: "refused", kept: ["completed"], completed: placed },
  ])("null where it $nullOnPatch", async ({ nullOnPatch, kept, completed }) => {
    await shop.standIn.reset({ optiply: { nullOnPatch } });
    const { id } = await makeOrder([]);
    const target = targetOf(connect());
    await target.update(id, { completed: placed });
    const result = await target.update(id, { completed: null, totalValue: "3.00" });
    expect(result).toEqual({ kind: "done", id, ...(kept && { kept }) });
    expect((await shop.standIn.all("optiply/buyOrders"))[0]).toMatchObject({ completed, totalValue: "3.00" });
    expect(await target.update(id, { completed: null })).toEqual({ kind: "done", id, ...(kept && { kept }) });
  });

  test("null that is refused does not hide what else is refused", async () => {
    await shop.standIn.reset({ optiply: { nullOnPatch: "refused" } });
    const { id } = await makeOrder([]);
    const result = await targetOf(connect()).update(id, { completed: null, placed: "soon" });
    expect(result).toEqual({ kind: "refused", message: expect.stringContaining("placed") });
  });

  test("null clears a field of any resource", async () => {
    const connection = connect();
    const products = targetOf(connection, "products");
    const lamp = { remoteId, name: "Lamp", skuCode: "L-1", stockLevel: 1, unlimitedStock: false };
    const id = idOf(await products.create(lamp));
    expect(await products.update(id, { skuCode: null, remoteId: null })).toEqual({ kind: "done", id });
    expect((await shop.standIn.all("optiply/products"))[0]).toMatchObject({ skuCode: null, remoteIdMap: {} });
    await shop.standIn.switches({ optiply: { nullOnPatch: "ignored" } });
    await products.update(id, { skuCode: "L-2" });
    expect(await products.update(id, { skuCode: null, stockLevel: 3 })).toEqual({
      kind: "done",
      id,
      kept: ["skuCode"],
    });
  });

  test("an order that is gone is missing, with header or lines or both", async () => {
    const [lamp = ""] = await addProducts(1);
    const { id } = await makeOrder([lineOf(lamp)]);
    await shop.standIn.remove("optiply/buyOrders", id);
    const target = targetOf(connect());
    const orderLines = [lineOf(lamp)];
    expect(await target.update(id, { totalValue: "1.00" })).toMatchObject({ kind: "missing" });
    expect(await target.update(id, { orderLines })).toMatchObject({ kind: "missing" });
    expect(await target.update(id, { orderLines: [] })).toMatchObject({ kind: "missing" });
    expect(await target.update(id, { totalValue: "1.00", orderLines })).toMatchObject({ kind: "missing" });
  });
});

describe("changing the lines", () => {
  test.each(["refused", "accepted"])(
    "250 lines changed, added, removed and doubled become the list (doubles %s)",
    async (duplicateOrderLines) => {
      await shop.standIn.reset({ optiply: { duplicateOrderLines: "accepted" } });
      const products = await addProducts(300);
      const before = products.slice(0, 250).map((productId) => lineOf(productId));
      const { id } = await makeOrder(before);
      const doubled = products.slice(10, 30).map((productId) => ({ ...lineOf(productId, 9), buyOrderId: id }));
      await shop.standIn.add("optiply/buyOrderLines", doubled);
      const kept = new Map(
        (await shop.standIn.all("optiply/buyOrderLines")).map(({ id: lineId, productId }) => [
          Number(lineId),
          productId,
        ]),
      );
      await shop.standIn.switches({ optiply: { duplicateOrderLines } });
      // 0 to 49 are removed, 50 to 99 change (twice: by quantity, by subtotal), 250 to 299 are added.
      const orderLines = products
        .slice(50)
        .map((productId, index) =>
          index < 25
            ? lineOf(productId, 4)
            : index < 50
              ? { ...lineOf(productId), subtotalValue: "2.51" }
              : lineOf(productId),
        );
      const [lamp = ""] = products.slice(10, 11);
      orderLines.push(lineOf(lamp, 3));
      const connection = connect();
      const result = await targetOf(connection).update(id, { totalValue: "2.00", orderLines });
      expect(result).toEqual({ kind: "done", id });
      expect(byProduct(await linesOf(id))).toEqual(byProduct(orderLines));
      expect(callsOf(connection, "PATCH")).toHaveLength(1 + 51);
      expect(callsOf(connection, "POST")).toHaveLength(50);
      expect(callsOf(connection, "DELETE")).toHaveLength(20 + 49);
      // Of two lines of one product the older one stays.
      const own = (await shop.standIn.all("optiply/buyOrderLines")).filter(
        ({ productId }) => String(productId) === lamp,
      );
      const oldest = [...kept].filter(([, productId]) => String(productId) === lamp).map(([lineId]) => lineId);
      expect(own.map((line) => Number(line.id))).toEqual([Math.min(...oldest)]);

      const again = connect();
      expect(await targetOf(again).update(id, { orderLines })).toEqual({ kind: "done", id });
      expect(again.calls.filter(({ method, path }) => method !== "GET" && !path.includes("oauth"))).toEqual([]);
    },
  );

  test.each(["round", "keep"])(
    "amounts that are held already are not sent again (decimals: %s)",
    async (extraDecimals) => {
      await shop.standIn.reset({ optiply: { extraDecimals } });
      const [lamp = "", chair = ""] = await addProducts(2);
      const exact = { ...lineOf(chair), subtotalValue: "3.3351" };
      const { id } = await makeOrder([lineOf(lamp), exact]);
      const connection = connect();
      const orderLines = [{ ...lineOf(lamp), subtotalValue: "2.500" }, exact];
      expect(await targetOf(connection).update(id, { orderLines })).toEqual({ kind: "done", id });
      expect(callsOf(connection, "PATCH")).toEqual([]);
      const dearer = [lineOf(lamp), { ...exact, subtotalValue: "3.35" }];
      expect(await targetOf(connection).update(id, { orderLines: dearer })).toEqual({ kind: "done", id });
      expect(callsOf(connection, "PATCH")).toHaveLength(1);
    },
  );

  test("1,000 lines are made where there were none", async () => {
    const products = await addProducts(1_000);
    const { id } = await makeOrder([]);
    const orderLines = products.map((productId) => lineOf(productId));
    expect(await targetOf(connect()).update(id, { orderLines })).toEqual({ kind: "done", id });
    expect(await linesOf(id)).toEqual(orderLines);
  });

  test.each([
    { kind: "cut-after", made: 1 },
    { kind: "status-after", made: 1 },
    { kind: "cut", made: 0 },
  ])("a line whose making got no answer ($kind) is made once by the repeated update", async ({ kind, made }) => {
    await shop.standIn.reset({ optiply: { duplicateOrderLines: "accepted" } });
    const [lamp = "", chair = "", table = ""] = await addProducts(3);
    const { id } = await makeOrder([lineOf(table)]);
    await shop.standIn.fault({ vendor: "optiply", kind, method: "POST", path: "/buyOrderLines", count: 1 });
    const target = targetOf(connect());
    const orderLines = [lineOf(lamp), lineOf(chair)];
    expect(await target.update(id, { orderLines })).toMatchObject({ kind: "in-doubt" });
    // The others went their way all the same: the chair is made, the table is deleted.
    expect(await linesOf(id)).toHaveLength(1 + made);
    expect(await target.update(id, { orderLines })).toEqual({ kind: "done", id });
    expect(byProduct(await linesOf(id))).toEqual(orderLines);
  });

  test("an Optiply that is silent is not asked for every line", async () => {
    const products = await addProducts(20);
    const { id } = await makeOrder([]);
    await shop.standIn.fault({ vendor: "optiply", kind: "cut", method: "POST", path: "/buyOrderLines" });
    const connection = connect();
    const orderLines = products.map((productId) => lineOf(productId));
    expect(await targetOf(connection).update(id, { orderLines })).toMatchObject({ kind: "in-doubt" });
    expect(callsOf(connection, "POST")).toHaveLength(3);
  });

  test.each(["cut-after", "status-after"])("a deletion behind %s is repeated and done", async (kind) => {
    const [lamp = "", chair = ""] = await addProducts(2);
    const { id } = await makeOrder([lineOf(lamp), lineOf(chair)]);
    await shop.standIn.fault({ vendor: "optiply", kind, method: "DELETE", count: 1 });
    expect(await targetOf(connect()).update(id, { orderLines: [lineOf(chair)] })).toEqual({ kind: "done", id });
    expect(await linesOf(id)).toEqual([lineOf(chair)]);
  });

  test("a line that vanishes while the order is changed is made anew", async () => {
    const [lamp = ""] = await addProducts(1);
    const { id } = await makeOrder([lineOf(lamp)]);
    const [line] = await shop.standIn.all("optiply/buyOrderLines");
    // The list is answered slowly, and meanwhile somebody deletes the line that it shows.
    await shop.standIn.fault({
      vendor: "optiply",
      kind: "slow",
      afterWork: true,
      delayMs: 300,
      path: "/buyOrderLines",
      method: "GET",
      count: 1,
    });
    const connection = connect();
    const changing = targetOf(connection).update(id, { orderLines: [lineOf(lamp, 5)] });
    await expect.poll(() => isStruck()).toBe(true);
    await shop.standIn.remove("optiply/buyOrderLines", String(line?.id));
    expect(await changing).toEqual({ kind: "done", id });
    expect(await linesOf(id)).toEqual([lineOf(lamp, 5)]);
  });

  test("lines that vanish between two pages hide none of the others", async () => {
    await shop.standIn.reset({ optiply: { duplicateOrderLines: "accepted" } });
    const products = await addProducts(350);
    const orderLines = products.map((productId) => lineOf(productId));
    const { id } = await makeOrder(orderLines);
    await shop.standIn.fault({
      vendor: "optiply",
      kind: "shift-rows",
      path: "/buyOrderLines",
      shift: "delete",
      count: 3,
    });
    expect(await targetOf(connect()).update(id, { orderLines })).toEqual({ kind: "done", id });
    const there = (await linesOf(id)).map(({ productId }) => productId);
    expect(new Set(there).size).toBe(there.length);
  });

  test.each([
    { what: "a product that is not there", line: { productId: "9", quantity: 1, subtotalValue: "1.00" }, named: "9" },
    { what: "half a unit", line: { productId: "9", quantity: 0.5, subtotalValue: "1.00" }, named: "quantity" },
    { what: "an amount that is none", line: { productId: "9", quantity: 1, subtotalValue: "dear" }, named: "subtotal" },
    { what: "no amount", line: { productId: "9", quantity: 1 }, named: "lacks a field" },
    { what: "null", line: { productId: "9", quantity: null, subtotalValue: "1.00" }, named: "quantity" },
  ])("a line with $what is refused by its name", async ({ line, named }) => {
    const [lamp = ""] = await addProducts(1);
    const { id } = await makeOrder([lineOf(lamp)]);
    const result = await targetOf(connect()).update(id, { orderLines: [lineOf(lamp), line] });
    expect(result).toMatchObject({ kind: "refused", message: expect.stringContaining(named) });
    expect(await linesOf(id)).toEqual([lineOf(lamp)]);
  });

  test("two lines of one product are refused before anything is sent", async () => {
    const [lamp = ""] = await addProducts(1);
    const { id } = await makeOrder([lineOf(lamp)]);
    const connection = connect();
    const result = await targetOf(connection).update(id, {
      totalValue: "1.00",
      orderLines: [lineOf(lamp), lineOf(lamp)],
    });
    expect(result).toMatchObject({ kind: "refused", message: expect.stringContaining(lamp) });
    expect(connection.calls).toEqual([]);
  });
});

test.each(["products", "suppliers", "buyOrders", "supplierProducts"])("%s are deleted once", async (name) => {
  const [productId = ""] = await addProducts(1);
  const supplierId = await addSupplier();
  const records: Record<string, Fields> = {
    products: { name: "Chair", stockLevel: 1, unlimitedStock: false },
    suppliers: { name: "Gamma Parts" },
    buyOrders: { supplierId, placed, totalValue: "1.00", orderLines: [lineOf(productId)] },
    supplierProducts: { name: "Lamp", supplierId, productId },
  };
  const [made] = await shop.standIn.add(`optiply/${name}`, [records[name] ?? {}]);
  const id = String(made?.id);
  const target = targetOf(connect(), name);
  expect(await target.remove?.(id)).toEqual({ kind: "done", id });
  expect((await shop.standIn.all(`optiply/${name}`)).map((row) => row.id)).not.toContain(id);
  expect(await target.remove?.(id)).toMatchObject({ kind: "missing" });
});

test("names are told by one reading call each", async () => {
  const [productId = ""] = await addProducts(1);
  const supplierId = await addSupplier();
  const connection = connect();
  const nameOf = (resource: string, id: string) => connection.session.nameOf?.(resource, id);
  expect(await nameOf("products", productId)).toBe("Lamp 0");
  expect(await nameOf("suppliers", supplierId)).toBe("Beta Supplies");
  expect(await nameOf("suppliers", "77")).toBeNull();
  expect(callsOf(connection, "GET")).toHaveLength(3);
  expect(await nameOf("buyOrders", "77")).toBeNull();
  expect(callsOf(connection, "GET")).toHaveLength(3);
});

/** Whether a fault that was asked for has begun. */
async function isStruck(): Promise<boolean> {
  const response = await fetch(`${shop.standIn.addresses.control}/faults`);
  return ((await response.json()) as readonly Fields[]).some(({ struck }) => Number(struck) > 0);
}
