/** Law 4 for doubtful writes: one that cannot be searched for stops no other, and is settled once it can be. */
import { expect, test } from "vitest";
import { item, itemId, openStage, order } from "../stage.ts";

const twoHours = 2 * 3_600_000;

test("a doubtful order whose lines cannot be read stops no other, and is recognised once they can be", async () => {
  // Without a coupling only the lines tell one order from another.
  const stage = await openStage({ optiplySettings: { couplingId: undefined } });
  const { shop } = stage;
  const many = Array.from({ length: 30 }, (_, n) => item({ name: `Item ${n}`, sku: `SKU-${n}` }));
  const items = await shop.add("zoho-books/items", many);
  await stage.sync();
  const lines = items.map((one) => ({ item_id: itemId(one), quantity: 1, rate: 1 }));
  const [long] = await shop.add("zoho-books/salesorders", [order(lines)]);
  await shop.switches({ optiply: { sellOrderLinesTimeoutAbove: 20 } });
  await shop.fault({ vendor: "optiply", method: "POST", path: "/sellOrders", kind: "cut-after", count: 1 });
  await stage.sync();
  const [short] = await shop.add("zoho-books/salesorders", [order(lines.slice(0, 1))]);
  for (let run = 0; run < 2; run += 1) {
    stage.clock.jump(twoHours);
    expect((await stage.sync({ flow: "sell-orders" })).orders.state).toBe("done");
    expect(await stage.inOptiply("sellOrders")).toHaveLength(2);
    expect(await stage.record("sell-orders", String(short?.salesorder_id))).toMatchObject({ reason: null });
    expect(await stage.record("sell-orders", String(long?.salesorder_id))).toMatchObject({ code: "in-doubt" });
  }
  await shop.switches({ optiply: { sellOrderLinesTimeoutAbove: null } });
  stage.clock.jump(twoHours);
  await stage.sync({ flow: "sell-orders" });
  expect(await stage.record("sell-orders", String(long?.salesorder_id))).toMatchObject({
    outcome: "created",
    reason: null,
  });
  expect(await stage.inOptiply("sellOrders")).toHaveLength(2);
});
