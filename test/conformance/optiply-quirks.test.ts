import { expect, test } from "vitest";
import { NeedsPerson } from "../../src/core/errors.ts";
import type { TargetResource } from "../../src/core/resources.ts";
import { optiplyConnections } from "./connections.ts";
import type { OpenConnection } from "./open-connection.ts";

const shop = optiplyConnections();
const { connect } = shop;

function targetOf({ session }: OpenConnection, name: string): TargetResource {
  const target = session.targets[name];
  if (target === undefined) throw new Error(`Optiply has no target ${name}`);
  return target;
}

const lamp = { remoteId: "4600000000000000001", name: "Lamp", skuCode: "L-1", stockLevel: 1, unlimitedStock: false };
const idsAt = async (resource: string) => (await shop.standIn.all(`optiply/${resource}`)).map(({ id }) => String(id));

test("the webshop is asked for once where nobody named it", async () => {
  const connection = connect();
  const products = targetOf(connection, "products");
  for (const name of ["One", "Two"]) expect(await products.create({ ...lamp, name })).toMatchObject({ kind: "done" });
  expect(connection.calls.filter(({ path }) => path.endsWith("/accounts"))).toHaveLength(1);
  const told = connect({ facts: { accountId: "1402" } });
  expect(await targetOf(told, "products").create(lamp)).toMatchObject({ kind: "done" });
  expect(told.calls.filter(({ path }) => path.endsWith("/accounts"))).toHaveLength(0);
});

test("an account that the credentials do not see needs a person", async () => {
  const error = await connect({ settings: { accountId: 99 } })
    .session.probe()
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(NeedsPerson);
  const allowed = expect.stringMatching(/^1402 \(.+\)$/);
  expect(error).toMatchObject({
    action: { code: "field-invalid", parameters: { field: "accountId", value: '"99"', allowed } },
  });
});

test("the probe tells whether remote ids are kept, and under which key", async () => {
  const unknown = await connect().session.probe();
  expect(unknown).toMatchObject({ accountId: "1402", remoteIdMapFilled: null, createdAtFilter: true });
  await targetOf(connect(), "products").create(lamp);
  expect(await connect().session.probe()).toMatchObject({ remoteIdMapFilled: true, remoteIdMapKeys: ["7001"] });
});

test("a supplier product that is there already is adopted", async () => {
  const connection = connect();
  const productId = idOf(await targetOf(connection, "products").create(lamp));
  const supplierId = idOf(await targetOf(connection, "suppliers").create({ remoteId: "46", name: "Beta Supplies" }));
  const pair = { name: "Lamp", price: "4.00", supplierId, productId };
  const first = await targetOf(connection, "supplierProducts").create(pair);
  expect(await targetOf(connection, "supplierProducts").create(pair)).toEqual({
    ...first,
    found: true,
    madeThere: false,
  });
  expect(await idsAt("supplierProducts")).toHaveLength(1);
  const sentAt = Date.now();
  const found = await targetOf(connection, "supplierProducts").find([{ key: "pair", payload: pair, sentAt }]);
  expect(found.get("pair")).toEqual([idOf(first)]);
});

test("without the filter on createdAt, the newest rows are read until they are too old", async () => {
  const connection = connect({ facts: { createdAtFilter: false } });
  const sentAt = Date.now();
  const id = idOf(await targetOf(connection, "products").create(lamp));
  const found = await targetOf(connection, "products").find([{ key: "lamp", payload: lamp, sentAt }]);
  expect(found.get("lamp")).toEqual([id]);
  const later = await targetOf(connection, "products").find([
    { key: "lamp", payload: lamp, sentAt: sentAt + 3_600_000 },
  ]);
  expect(later.get("lamp")).toEqual([]);
});

test("what another coupling or a person made is not taken for ours", async () => {
  const connection = connect();
  const sentAt = Date.now();
  const others = connect({ settings: { couplingId: 7002 } });
  await targetOf(others, "products").create({ ...lamp, remoteId: "4600000000000000002" });
  await shop.standIn.add("optiply/products", [{ name: "Lamp", skuCode: "L-1", stockLevel: 1, unlimitedStock: false }]);
  const found = await targetOf(connection, "products").find([{ key: "lamp", payload: lamp, sentAt }]);
  expect(found.get("lamp")).toEqual([]);
});

test("creates run one at a time only where remote ids cannot be scoped", () => {
  expect(targetOf(connect(), "products").oneAtATime).toBe(false);
  expect(targetOf(connect({ settings: { couplingId: undefined } }), "products").oneAtATime).toBe(true);
});

test("a vendor that refuses remoteId without a coupling still takes the product", async () => {
  await shop.standIn.reset({ optiply: { couplingIdMissing: "refused" } });
  const connection = connect({ settings: { couplingId: undefined } });
  expect(await targetOf(connection, "products").create(lamp)).toMatchObject({ kind: "done" });
});

test("a 429 is waited out as long as it says, and a create behind it is made once", async () => {
  await shop.standIn.reset({ optiply: { retryAfter: true } });
  await shop.standIn.fault({ vendor: "optiply", kind: "rate-limited", method: "POST", path: "/products", count: 1 });
  expect(await targetOf(connect(), "products").create(lamp)).toMatchObject({ kind: "done" });
  expect(await idsAt("products")).toHaveLength(1);
});

test("amounts arrive with every digit, and prices with their two decimals", async () => {
  const connection = connect();
  const productId = idOf(await targetOf(connection, "products").create({ ...lamp, price: "9999999.99" }));
  const order = {
    remoteId: "4600000000000000009",
    placed: "2026-01-05T00:00:00Z",
    totalValue: "12345678901234.56",
    orderLines: [{ productId, quantity: 3, subtotalValue: "12345678901234.56" }],
  };
  expect(await targetOf(connection, "sellOrders").create(order)).toMatchObject({ kind: "done" });
  expect((await shop.standIn.all("optiply/products"))[0]).toMatchObject({ price: "9999999.99" });
  expect((await shop.standIn.all("optiply/sellOrders"))[0]).toMatchObject({ totalValue: "12345678901234.56" });
  expect((await shop.standIn.all("optiply/sellOrderLines"))[0]).toMatchObject({
    quantity: 3,
    subtotalValue: "12345678901234.56",
  });
});

function idOf(result: { readonly kind: string; readonly id?: string }): string {
  if (result.id === undefined) throw new Error(`no id: ${JSON.stringify(result)}`);
  return result.id;
}
