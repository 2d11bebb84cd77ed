import { afterAll, beforeEach, expect, test } from "vitest";
import { objectOf, openBench, rowsOf } from "../sandbox-client.ts";
import { type Fields, isFields } from "../wire.ts";

const bench = await openBench();
afterAll(() => bench.sandbox.stop());
let [supplierId, mug, tray] = [0, 0, 0];

beforeEach(async () => {
  await bench.control("POST", "/reset");
  supplierId = await add("suppliers", { name: "Beta Supplies", remoteId: "460" });
  mug = await add("products", { name: "Mug", stockLevel: 0, unlimitedStock: false });
  tray = await add("products", { name: "Tray", stockLevel: 0, unlimitedStock: false });
});

/** As a person makes it, in Optiply's own pages. */
async function add(resource: string, fields: Fields): Promise<number> {
  const answer = await bench.control("POST", `/optiply/${resource}`, fields);
  if (answer.status !== 201) throw new Error(answer.text);
  return Number(answer.body.id);
}
const addOrder = (more: Fields = {}) =>
  add("buyOrders", {
    supplierId,
    placed: "2026-06-01T08:00:00Z",
    orderLines: [
      { productId: mug, quantity: 4, subtotalValue: "10.00" },
      { productId: tray, quantity: 1, subtotalValue: "0.005" },
    ],
    ...more,
  });
const attributesOf = (object: Fields): Fields => (isFields(object.attributes) ? object.attributes : {});
const read = async (id: number, resource = "buyOrders") =>
  attributesOf(objectOf(await bench.optiply("GET", `/${resource}/${id}`), "data"));
const listed = async (query: string, resource = "buyOrders") =>
  rowsOf(await bench.optiply("GET", `/${resource}?sort=id&${query}`), "data").map(({ id }) => Number(id));
const post = async (attributes: Fields, resource = "buyOrders") =>
  Number(objectOf(await bench.optiply("POST", `/${resource}`, { data: { type: resource, attributes } }), "data").id);

test("an order that a person makes has lines and a total, and says that no API made it", async () => {
  const id = await addOrder();
  expect(await read(id)).toMatchObject({
    createdFromPublicApi: false,
    remoteIdMap: {},
    completed: null,
    assembly: false,
    totalValue: "10.01",
  });
  const lines = rowsOf(await bench.optiply("GET", `/buyOrderLines?filter[buyOrderId]=${id}`), "data").map(attributesOf);
  expect(lines).toMatchObject([
    { productId: mug, quantity: 4, subtotalValue: "10.00", createdFromPublicApi: false },
    { productId: tray, quantity: 1 },
  ]);
  const ours = await post({ supplierId, placed: "2026-06-01T08:00:00Z", totalValue: "1", remoteId: "99" });
  expect(await read(ours)).toMatchObject({
    createdFromPublicApi: true,
    remoteIdMap: { [bench.sandbox.credentials.optiply.couplingId]: "99" },
  });
});

test("people make drafts without placed, assembly orders, orders without a total or a line", async () => {
  expect(await read(await addOrder({ placed: null }))).toMatchObject({ placed: null, expectedDeliveryDate: null });
  expect(await read(await addOrder({ assembly: true }))).toMatchObject({ assembly: true });
  expect(await read(await addOrder({ totalValue: null }))).toMatchObject({ totalValue: null });
  const bare = await addOrder({ orderLines: [] });
  expect(await listed(`filter[buyOrderId]=${bare}`, "buyOrderLines")).toEqual([]);
});

test("a person completes an order, opens it again, changes its lines and deletes it, whatever PATCH may do with null", async () => {
  const id = await addOrder();
  for (const nullOnPatch of ["clears", "ignored", "refused"]) {
    await bench.set("optiply", { nullOnPatch });
    const change = (fields: Fields) => bench.control("PATCH", `/optiply/buyOrders/${id}`, fields);
    expect((await change({ completed: "2026-06-09T00:00:00Z" })).body.completed).toBe("2026-06-09T00:00:00Z");
    expect((await change({ completed: null })).body).toMatchObject({ completed: null });
  }
  const [first = 0] = await listed(`filter[buyOrderId]=${id}`, "buyOrderLines");
  await bench.control("PATCH", `/optiply/buyOrderLines/${first}`, { quantity: 9 });
  expect(await read(first, "buyOrderLines")).toMatchObject({ quantity: 9 });
  expect((await bench.control("DELETE", `/optiply/buyOrders/${id}`)).status).toBe(204);
  expect((await bench.optiply("GET", `/buyOrders/${id}`)).status).toBe(404);
  expect((await bench.optiply("GET", `/buyOrderLines/${first}`)).status).toBe(404);
});

test("rows of another coupling carry its key, two suppliers may carry one remote id, and a remote id can be taken away", async () => {
  const { couplingId } = bench.sandbox.credentials.optiply;
  const foreign = await add("suppliers", { name: "Elsewhere", remoteIdMap: { "777": "460" } });
  const twin = await add("suppliers", { name: "Beta Supplies again", remoteId: "460" });
  expect((await read(foreign, "suppliers")).remoteIdMap).toEqual({ "777": "460" });
  for (const id of [supplierId, twin])
    expect((await read(id, "suppliers")).remoteIdMap).toEqual({ [couplingId]: "460" });
  expect(await read(await addOrder({ supplierId: foreign, remoteIdMap: { "777": "5" } }))).toMatchObject({
    supplierId: foreign,
    remoteIdMap: { "777": "5" },
  });
  const both = { remoteIdMap: { "777": "1", [couplingId]: "2" } };
  const id = await addOrder(both);
  await bench.control("PATCH", `/optiply/buyOrders/${id}`, { remoteId: null });
  expect((await read(id)).remoteIdMap).toEqual({ "777": "1" });
});

test("filter[completed]=null gives the open orders, unless the switch says that it is ignored", async () => {
  const open = await addOrder();
  const closed = await addOrder({ completed: "2026-06-09T00:00:00Z" });
  expect(await listed("filter[completed]=null")).toEqual([open]);
  expect(await listed("filter[completed][NEQ]=null")).toEqual([closed]);
  // A listing that is asked for again shows what has changed since.
  await bench.control("PATCH", `/optiply/buyOrders/${open}`, { completed: "2026-06-10T00:00:00Z" });
  expect(await listed("filter[completed]=null")).toEqual([]);
  await bench.set("optiply", { completedFilter: "ignored" });
  expect(await listed("filter[completed]=null")).toEqual([open, closed]);
  expect(await listed(`filter[completed]=null&filter[supplierId]=${supplierId + 1}`)).toEqual([]);
});

test("orders are found by the moment of their last change and of their making, lines by their order", async () => {
  const old = await addOrder({ updatedAt: "2026-01-01T00:00:00Z", createdAt: "2026-01-01T00:00:00Z" });
  const late = await addOrder({ updatedAt: "2026-03-01T00:00:00Z", createdAt: "2026-01-02T00:00:00Z" });
  const after = (attribute: string, at: string) => `filter[${attribute}][GT]=${encodeURIComponent(at)}`;
  expect(await listed(after("updatedAt", "2026-02-01T00:00:00+00:00"))).toEqual([late]);
  expect(await listed(after("createdAt", "2026-01-01T00:00:00+00:00"))).toEqual([late]);
  expect(await listed(after("createdAt", "2025-12-31T00:00:00+00:00"))).toEqual([old, late]);
  await bench.control("PATCH", `/optiply/buyOrders/${old}`, { totalValue: "3" });
  expect(await listed(after("updatedAt", "2026-02-01T00:00:00+00:00"))).toEqual([old, late]);
  expect(await listed(`filter[buyOrderId]=${late}`, "buyOrderLines")).toHaveLength(2);
});

test("createdFromPublicApi is told, missing, or false for everybody; inside it stays as it is", async () => {
  const ours = await post({ supplierId, placed: "2026-06-01T08:00:00Z", totalValue: "1" });
  const theirs = await addOrder();
  const origins = async () => {
    const rows = rowsOf(await bench.optiply("GET", "/buyOrders?sort=id"), "data");
    return [...rows.map(attributesOf), await read(ours)].map(({ createdFromPublicApi }) => createdFromPublicApi);
  };
  expect(await origins()).toEqual([true, false, true]);
  expect(await listed("filter[createdFromPublicApi]=false")).toEqual([theirs]);
  await bench.set("optiply", { createdFromPublicApi: "always-false" });
  expect(await origins()).toEqual([false, false, false]);
  expect(await listed("filter[createdFromPublicApi]=false")).toEqual([ours, theirs]);
  await bench.set("optiply", { createdFromPublicApi: "missing" });
  expect(await origins()).toEqual([undefined, undefined, undefined]);
  expect((await bench.optiply("GET", "/buyOrders?filter[createdFromPublicApi]=false")).status).toBe(400);
  expect(await read(ours, "buyOrders")).not.toHaveProperty("createdFromPublicApi");
  expect((await bench.control("GET", `/optiply/buyOrders/${ours}`)).body.createdFromPublicApi).toBe(true);
});

test("linesTouchOrder: an order moves with its lines, or only by itself", async () => {
  const longAgo = "2026-06-01T08:00:00Z";
  for (const linesTouchOrder of [false, true]) {
    await bench.set("optiply", { linesTouchOrder });
    const id = await addOrder();
    const moves = async (change: () => Promise<unknown>) => {
      await bench.control("PATCH", `/optiply/buyOrders/${id}`, { updatedAt: longAgo });
      await change();
      return !String((await read(id)).updatedAt).startsWith("2026-06-01T08:00:00");
    };
    const line = { buyOrderId: id, productId: await add("products", { name: "Vase", stockLevel: 0 }), quantity: 1 };
    let made = 0;
    const patch = { data: { type: "buyOrderLines", attributes: { quantity: 3 } } };
    expect([
      await moves(async () => {
        made = await post({ ...line, subtotalValue: 1 }, "buyOrderLines");
      }),
      await moves(() => bench.optiply("PATCH", `/buyOrderLines/${made}`, patch)),
      await moves(() => bench.control("PATCH", `/optiply/buyOrderLines/${made}`, { quantity: 4 })),
      await moves(() => bench.optiply("DELETE", `/buyOrderLines/${made}`)),
    ]).toEqual(Array.from({ length: 4 }, () => linesTouchOrder));
  }
});

test("updatedAtFilter: lines are filtered by their last change, all of them come, or it is refused", async () => {
  await addOrder();
  const [first = 0, second = 0] = await listed("", "buyOrderLines");
  await bench.control("PATCH", `/optiply/buyOrderLines/${first}`, { updatedAt: "2026-06-01T08:00:00Z" });
  const filter = `filter[updatedAt][GT]=${encodeURIComponent("2026-06-02T00:00:00+00:00")}`;
  expect(await listed(filter, "buyOrderLines")).toEqual([second]);
  await bench.set("optiply", { updatedAtFilter: "ignored" });
  expect(await listed(filter, "buyOrderLines")).toEqual([first, second]);
  await bench.set("optiply", { updatedAtFilter: "refused" });
  expect((await bench.optiply("GET", `/buyOrderLines?${filter}`)).status).toBe(400);
});
