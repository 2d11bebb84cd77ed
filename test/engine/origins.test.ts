/** Who made a record at Optiply, where no coupling is set: `createdFromPublicApi` may tell it, be missing, or be wrong. */
import { expect, test } from "vitest";
import { openBuying } from "../rules/buy-order-stage.ts";
import { item, itemId, openStage, order } from "../stage.ts";

const withoutCoupling = { optiplySettings: { couplingId: undefined } };
const answerLost = { vendor: "optiply", method: "POST", kind: "cut-after", count: 1 };

test.for(["told", "missing", "always-false"])(
  "a sell order whose answer was lost is there once, without a coupling and with createdFromPublicApi %s",
  async (createdFromPublicApi) => {
    const stage = await openStage({ ...withoutCoupling, switches: { optiply: { createdFromPublicApi } } });
    const [mug] = await stage.shop.add("zoho-books/items", [item()]);
    await stage.shop.add("zoho-books/salesorders", [order([{ item_id: itemId(mug), quantity: 1, rate: 9.5 }])]);
    await stage.shop.fault({ ...answerLost, path: "/sellOrders" });
    for (let run = 0; run < 4; run += 1) await stage.sync({ settle: true });
    expect(await stage.inOptiply("sellOrders")).toHaveLength(1);
    expect(await stage.records({ flow: "sell-orders" })).toMatchObject([{ reason: null }]);
  },
);

test("an imported buy order whose answer was lost is not exported, without a coupling", async () => {
  const { stage, buy, imported } = await openBuying(withoutCoupling);
  const [bought = ""] = await buy();
  await stage.shop.fault({ ...answerLost, path: "/buyOrders" });
  for (let run = 0; run < 3; run += 1) await stage.sync({ settle: true });
  const ids = (await stage.shop.all("zoho-books/purchaseorders")).map(({ purchaseorder_id }) => purchaseorder_id);
  expect(ids).toEqual([bought]);
  const [there, ...others] = await stage.inOptiply("buyOrders");
  expect(others).toEqual([]);
  expect(await imported(bought)).toMatchObject({ targetId: String(there?.id), reason: null });
});

test("an imported buy order whose answer was lost is not exported where Optiply calls all orders people's", async () => {
  const switches = { optiply: { createdFromPublicApi: "always-false" } };
  const { stage, buy } = await openBuying({ ...withoutCoupling, switches });
  const [bought = ""] = await buy();
  await stage.shop.fault({ ...answerLost, path: "/buyOrders" });
  await stage.sync({ flow: "buy-orders" });
  for (let run = 0; run < 3; run += 1) await stage.sync({ settle: true });
  const ids = (await stage.shop.all("zoho-books/purchaseorders")).map(({ purchaseorder_id }) => purchaseorder_id);
  expect(ids).toEqual([bought]);
  expect(await stage.inOptiply("buyOrders")).toHaveLength(1);
});

test("nothing is exported where Optiply calls all orders people's, and the connection says why", async () => {
  const switches = { optiply: { createdFromPublicApi: "always-false" } };
  const { stage, place } = await openBuying({ ...withoutCoupling, switches });
  // As another connector would have made it: through the API, but told as people's own.
  await place();
  const report = (await stage.sync({ flow: "buy-orders-export" })).of("buy-orders-export");
  expect(report.state).toBe("stopped");
  expect(report.message).toContain("does not tell");
  expect(await stage.shop.all("zoho-books/purchaseorders")).toEqual([]);
  expect(await stage.count("zoho-books", "POST", "PUT")).toBe(0);
});
