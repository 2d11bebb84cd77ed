/** Doubtful creates that look like other records of Optiply (law 1; product.md, couplingId). */
import { expect, test } from "vitest";
import { retry } from "../../src/operations/retry.ts";
import { item, itemId, openStage, order, orderId } from "../stage.ts";

test.for(["with", "without"])(
  "several matches wait for a person, %s couplingId, until only one is left",
  async (which) => {
    const stage = await openStage(which === "with" ? {} : { optiplySettings: { couplingId: undefined } });
    const [mug] = await stage.shop.add("zoho-books/items", [item()]);
    await stage.sync();
    const [product] = await stage.inOptiply("products");
    const [sold] = await stage.shop.add("zoho-books/salesorders", [order([{ item_id: itemId(mug), quantity: 2 }])]);
    const { couplingId } = stage.shop.addresses.credentials.optiply;
    const twin = {
      placed: "2026-03-05T00:00:00Z",
      totalValue: "19.00",
      orderLines: [{ productId: product?.id, quantity: 2, subtotalValue: "19.00" }],
      createdFromPublicApi: true,
      remoteIdMap: which === "with" ? { [couplingId]: orderId(sold) } : {},
    };
    const [one, two] = await stage.shop.add("optiply/sellOrders", [twin, twin]);
    await stage.shop.fault({ vendor: "optiply", method: "POST", path: "/sellOrders", kind: "cut", count: 1 });
    await stage.resetCalls();
    await stage.sync({ settle: true });
    const expectedRecord = { outcome: "waiting", code: "several-matches" };
    const waiting = await stage.record("sell-orders", orderId(sold));
    expect(waiting).toMatchObject(expectedRecord);
    for (const { id } of [one ?? {}, two ?? {}]) expect(waiting.reason).toContain(String(id));
    // It stays so, however often the flow runs: nothing more is sent, and the reason stays readable.
    stage.clock.jump(2 * 3_600_000);
    await stage.sync({ settle: true });
    expect(await stage.record("sell-orders", orderId(sold))).toMatchObject(expectedRecord);
    expect(await stage.writes()).toBe(1);
    await stage.shop.remove("optiply/sellOrders", String(two?.id));
    await retry(stage.mizan.desk, { record: orderId(sold), signal: stage.signal });
    expect(await stage.record("sell-orders", orderId(sold))).toMatchObject({ outcome: "created", targetId: one?.id });
    expect(await stage.writes()).toBe(1);
  },
);

test("a person's own identical order in Optiply is never adopted", async () => {
  const stage = await openStage({ optiplySettings: { couplingId: undefined } });
  const [mug] = await stage.shop.add("zoho-books/items", [item()]);
  await stage.sync();
  const [product] = await stage.inOptiply("products");
  await stage.shop.add("optiply/sellOrders", [
    {
      placed: "2026-03-05T00:00:00Z",
      totalValue: "19.00",
      orderLines: [{ productId: product?.id, quantity: 2, subtotalValue: "19.00" }],
    },
  ]);
  await stage.shop.add("zoho-books/salesorders", [order([{ item_id: itemId(mug), quantity: 2 }])]);
  await stage.shop.fault({ vendor: "optiply", method: "POST", path: "/sellOrders", kind: "cut", count: 1 });
  await stage.sync({ settle: true });
  expect(await stage.inOptiply("sellOrders")).toHaveLength(2);
});

test("identical orders without couplingId: those already linked are not taken for the doubtful one", async () => {
  const stage = await openStage({ optiplySettings: { couplingId: undefined } });
  const [mug] = await stage.shop.add("zoho-books/items", [item()]);
  await stage.shop.add(
    "zoho-books/salesorders",
    [1, 2, 3].map(() => order([{ item_id: itemId(mug), quantity: 2 }])),
  );
  await stage.shop.fault({
    vendor: "optiply",
    method: "POST",
    path: "/sellOrders",
    kind: "cut-after",
    afterCalls: 1,
    count: 1,
  });
  const { orders } = await stage.sync({ settle: true });
  expect(orders.counts.created).toBe(3);
  expect(await stage.inOptiply("sellOrders")).toHaveLength(3);
  const targets = (await stage.records({ flow: "sell-orders" })).map(({ targetId }) => targetId);
  expect(new Set(targets).size).toBe(3);
});
