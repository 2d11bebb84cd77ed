/** Purchase orders that people delete in Zoho Books: their orders in Optiply stay, and a person is told. */
import { expect, test } from "vitest";
import { retry } from "../../src/operations/retry.ts";
import { openBuying } from "./buy-order-stage.ts";

test("an exported draft that people delete in Zoho before its id went back is told as gone, and nothing else happens", async () => {
  const { stage, place, exported, imported, ordersThere } = await openBuying();
  const [placed = ""] = await place();
  await stage.sync({ flow: "buy-orders-export" });
  const id = String((await exported(placed))[0]?.purchaseorder_id);
  await stage.shop.remove("zoho-books/purchaseorders", id);
  await stage.resetCalls();
  for (let run = 0; run < 2; run += 1) {
    await stage.sync();
    const told = await imported(id);
    expect(told).toMatchObject({ outcome: "waiting", code: "gone-but-linked" });
    expect(told.reason).toBe(`Zoho Books no longer has this record; ${placed} in Optiply stays as it is.`);
    expect(told.action).toBe(`Delete ${placed} in Optiply if it is not wanted any more, then retry.`);
    stage.clock.jump(3_600_000);
  }
  expect(await ordersThere()).toMatchObject([{ id: placed, lines: ["Mug 2 9.00"] }]);
  expect(await stage.writes()).toBe(0);
  expect(await stage.shop.all("zoho-books/purchaseorders")).toEqual([]);
  // It waits for a person and for nothing else; once the person has deleted it there too, a retry has nothing left to say.
  expect((await stage.records({ outcome: "waiting" })).map(({ sourceId, retryAt }) => [sourceId, retryAt])).toEqual([
    [id, null],
  ]);
  await stage.shop.remove("optiply/buyOrders", placed);
  await retry(stage.mizan.desk, { integration: "shop", signal: stage.signal });
  expect(await imported(id)).toMatchObject({ outcome: "skipped", code: "gone-at-source" });
});

test("a retry of an imported order that people deleted in Zoho says that it is gone and its order stays", async () => {
  const { stage, buy, imported, mustBeThere } = await openBuying();
  const [id = ""] = await buy();
  await stage.sync();
  const before = await mustBeThere(id);
  await stage.shop.remove("zoho-books/purchaseorders", id);
  await stage.resetCalls();
  await retry(stage.mizan.desk, { record: `shop/buy-orders/${id}`, signal: stage.signal });
  const told = await imported(id);
  expect(told).toMatchObject({ outcome: "waiting", code: "gone-but-linked", targetId: before.id });
  expect(told.reason).toContain(`${before.id} in Optiply stays as it is`);
  expect(await mustBeThere(id)).toEqual(before);
  expect(await stage.writes()).toBe(0);
});
