/** Rule Z5: the options of the export: draft or issued, Zoho's prices or Optiply's. */
import { expect, test } from "vitest";
import { setIntegration } from "../../src/operations/integrations.ts";
import { retry } from "../../src/operations/retry.ts";
import type { Fields } from "../conformance/stand-in.ts";
import { remoteId } from "../stage.ts";
import { openBuying } from "./buy-order-stage.ts";

const issuing = { options: { issuePurchaseOrders: true } };
const statusCalls = { vendor: "zoho-books", method: "POST", path: "/purchaseorders/{id}/status/open" };

test.for([
  { what: "all goes well", fault: null, called: 1 },
  { what: "the call that issues it fails", fault: { kind: "status", status: 500, count: 5 }, called: null },
  { what: "the answer of that call is lost", fault: { kind: "cut-after", count: 5 }, called: null },
  { what: "that call does not arrive", fault: { kind: "cut", count: 5 }, called: null },
])("Z5: with issuePurchaseOrders the order is issued, once made, where $what", async ({ fault, called }) => {
  const { stage, place, exported, sent, imported } = await openBuying(issuing);
  if (fault !== null) await stage.shop.fault({ ...statusCalls, ...fault });
  const [placed = ""] = await place();
  for (let run = 0; run < 3; run += 1) {
    await stage.sync({ settle: true });
    stage.clock.jump(60_000);
  }
  const orders = await exported(placed);
  expect(orders).toMatchObject([{ order_status: "open" }]);
  const id = String(orders[0]?.purchaseorder_id);
  if (called !== null) expect(await stage.count("zoho-books", "POST")).toBe(called + 1);
  expect(await sent(placed)).toMatchObject({ code: null, targetId: id });
  expect(await imported(id)).toMatchObject({ code: null, targetId: placed });
  // Issued, it is Zoho's: its lines and total travel back.
  expect(await stage.inOptiply("buyOrders")).toMatchObject([
    { id: placed, totalValue: "8.00", placed: "2026-04-01T10:00:00Z" },
  ]);
  await stage.resetCalls();
  await stage.sync();
  expect(await stage.count("zoho-books", "POST")).toBe(0);
  expect(await stage.writes()).toBe(0);
});

test("Z5: an order whose issuing Zoho refuses is listed with its words and issued after a retry; it is made once", async () => {
  const { stage, place, exported, sent } = await openBuying(issuing);
  await stage.shop.fault({ ...statusCalls, kind: "nonzero-code", code: 36023, afterWork: false });
  const [placed = ""] = await place();
  await stage.sync();
  expect(await sent(placed)).toMatchObject({ outcome: "rejected", code: "refused-by-target" });
  expect(await exported(placed)).toMatchObject([{ order_status: "draft" }]);
  await stage.resetCalls();
  stage.clock.jump(3_600_000);
  await stage.sync();
  expect(await stage.count("zoho-books", "POST")).toBe(0);
  await stage.calm();
  await retry(stage.mizan.desk, { record: `shop/buy-orders-export/${placed}`, signal: stage.signal });
  expect(await exported(placed)).toMatchObject([{ order_status: "open" }]);
  expect(await sent(placed)).toMatchObject({ outcome: "updated", code: null });
});

test("Z5: switching issuePurchaseOrders on or off concerns new orders; people's own, cancelled and imported ones are never issued", async () => {
  const { stage, place, buy, exported, change } = await openBuying();
  const [draft = ""] = await place();
  const [own = ""] = await buy();
  await stage.sync();
  await change(own, { order_status: "draft" });
  const set = (issuePurchaseOrders: boolean) =>
    setIntegration(stage.mizan.desk, "shop", { options: { issuePurchaseOrders } }, stage.signal);
  await set(true);
  const [issued = ""] = await place({ placed: "2026-04-02T10:00:00Z" });
  await stage.sync();
  await stage.sync();
  expect(await exported(draft)).toMatchObject([{ order_status: "draft" }]);
  expect(await exported(issued)).toMatchObject([{ order_status: "open" }]);
  const stored = await stage.shop.all("zoho-books/purchaseorders");
  expect(stored.find(({ purchaseorder_id }) => purchaseorder_id === own)?.order_status).toBe("draft");
  await set(false);
  await change(String((await exported(issued))[0]?.purchaseorder_id), { order_status: "cancelled" });
  await set(true);
  await stage.sync();
  expect(await exported(issued)).toMatchObject([{ order_status: "cancelled" }]);
});

test("Z5: with exportPrices Optiply's prices go to vendors of the organisation's currency only", async () => {
  const { stage, place, exported, idThere, potters, weavers, mug, plate } = await openBuying({
    options: { exportPrices: true },
  });
  await stage.shop.change("zoho-books/contacts", weavers, { currency_code: "USD" });
  const [mugThere, plateThere] = [await idThere("products", mug), await idThere("products", plate)];
  const orderLines: Fields[] = [
    // 10 ÷ 3 = 3.333…, rounded; 0.25 ÷ 2 = 0.125, exact.
    { productId: mugThere, quantity: 3, subtotalValue: "10.00" },
    { productId: plateThere, quantity: 2, subtotalValue: "0.25" },
  ];
  const [own = "", foreign = "", free = ""] = await place(
    { orderLines },
    { orderLines, supplierId: await idThere("suppliers", weavers) },
    { orderLines: [{ productId: mugThere, quantity: 1, subtotalValue: "0.00" }] },
  );
  await stage.sync();
  expect((await exported(own))[0]).toMatchObject({
    vendor_id: potters,
    line_items: [{ rate: 3.333333 }, { rate: 0.125 }],
  });
  expect((await exported(foreign))[0]).toMatchObject({ vendor_id: weavers, line_items: [{ rate: 4 }, { rate: 7 }] });
  expect((await exported(free))[0]).toMatchObject({ line_items: [{ rate: 0 }] });
  expect((await stage.inOptiply("buyOrders")).map(remoteId).every((id) => id !== "")).toBe(true);
});

test("Z5: an exported price times its quantity is what the planner pays; where no price of 6 decimals is, none goes and both amounts are noted", async () => {
  const { stage, place, exported, sent, idThere, mug, plate } = await openBuying({
    options: { exportPrices: true },
    switches: { optiply: { extraDecimals: "keep" } },
  });
  const [mugThere, plateThere] = [await idThere("products", mug), await idThere("products", plate)];
  // The answers are lost: the search must know each order again, whatever its prices.
  await stage.shop.fault({
    vendor: "zoho-books",
    method: "POST",
    path: "/purchaseorders",
    kind: "cut-after",
    count: 3,
  });
  const [many = "", tiny = "", high = ""] = await place(
    {
      totalValue: "150.00",
      orderLines: [
        { productId: mugThere, quantity: 10_000, subtotalValue: "149.00" },
        { productId: plateThere, quantity: 300, subtotalValue: "1.00" },
      ],
    },
    {
      orderLines: [
        { productId: mugThere, quantity: 30_000, subtotalValue: "1.00" },
        { productId: plateThere, quantity: 10_000, subtotalValue: "0.001" },
      ],
    },
    { orderLines: [{ productId: mugThere, quantity: 3, subtotalValue: "10000000000.00" }] },
  );
  for (let run = 0; run < 3; run += 1) {
    await stage.sync({ settle: true });
    stage.clock.jump(60_000);
  }
  expect(await exported(many)).toMatchObject([{ total: 150, line_items: [{ rate: 0.0149 }, { rate: 0.003333 }] }]);
  // Zoho's own purchase rates.
  expect(await exported(tiny)).toMatchObject([{ line_items: [{ rate: 4 }, { rate: 7 }] }]);
  expect((await sent(tiny)).notes).toEqual([
    `30000 of item ${mugThere} at 0.000033 each would come to 0.99, not to 1, so their price was not sent.`,
    `10000 of item ${plateThere} at 0 each would come to 0, not to 0.001, so their price was not sent.`,
  ]);
  expect(await exported(high)).toMatchObject([{ total: 10_000_000_000, line_items: [{ rate: 3333333333.33333 }] }]);
  for (const id of [many, tiny, high]) expect(await sent(id)).toMatchObject({ code: null });
});
