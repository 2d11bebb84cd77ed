/** Rule Z5: a purchase order placed twice is real money. Whatever is lost on the way, there is one in the end. */
import { expect, test } from "vitest";
import { setIntegration } from "../../src/operations/integrations.ts";
import { retry } from "../../src/operations/retry.ts";
import { showIntegration } from "../../src/operations/show-integration.ts";
import type { Fields } from "../conformance/stand-in.ts";
import { connectBoth, remoteId } from "../stage.ts";
import { type Buying, openBuying } from "./buy-order-stage.ts";

const posts = { vendor: "zoho-books", method: "POST", path: "/purchaseorders" };

/** Exactly one purchase order for each, each with its remote id in Optiply, and no twin there; nothing left to do. */
async function expectOnce({ stage, exported, ordersThere }: Buying, placed: readonly string[]): Promise<void> {
  const there = await ordersThere();
  expect(there.map(({ id }) => id).sort()).toEqual([...placed].sort());
  for (const id of placed) {
    const orders = await exported(id);
    expect(orders).toHaveLength(1);
    expect(there.filter((one) => one.id === id).map(remoteId)).toEqual([String(orders[0]?.purchaseorder_id)]);
  }
  expect(await stage.shop.all("zoho-books/purchaseorders")).toHaveLength(placed.length);
  await stage.resetCalls();
  await stage.sync({ settle: true });
  expect(await stage.count("zoho-books", "POST", "PUT", "DELETE")).toBe(0);
  expect(await stage.writes()).toBe(0);
}

test.for([
  { what: "the answer is lost after the work", fault: { kind: "cut-after", count: 1 }, posted: 1 },
  { what: "the connection ends before the work", fault: { kind: "cut", count: 1 }, posted: 2 },
  { what: "Zoho answers 502 after the work", fault: { kind: "status-after", status: 502, count: 1 }, posted: 1 },
  { what: "Zoho answers 500 before the work", fault: { kind: "status", status: 500, count: 1 }, posted: 2 },
  { what: "half of the answer comes", fault: { kind: "malformed-json", count: 1 }, posted: 1 },
  { what: "an empty answer comes", fault: { kind: "empty-body", count: 1 }, posted: 1 },
  { what: "the work is done late", fault: { kind: "late", delayMs: 40, count: 1 }, posted: 1 },
  { what: "Zoho counts too many calls", fault: { kind: "rate-limited", code: 1070, count: 1 }, posted: 2 },
])("Z5: an order is exported once where $what", async ({ fault, posted }) => {
  const buying = await openBuying();
  const { stage, place } = buying;
  const placed = await place({}, { placed: "2026-04-02T10:00:00Z" });
  await stage.shop.fault({ ...posts, ...fault });
  for (let run = 0; run < 3; run += 1) {
    await stage.sync({ settle: true });
    stage.clock.jump(1_000);
  }
  const calls = await stage.calls("zoho-books", "POST");
  expect(calls.reduce((sum, { count }) => sum + count, 0)).toBe(posted + 1);
  await expectOnce(buying, placed);
});

test("Z5: an import between a lost answer and its search makes no twin, for a draft and for an issued order", async () => {
  for (const order_status of ["draft", "open"]) {
    const buying = await openBuying();
    const { stage, place, exported, change, sent } = buying;
    const placed = await place();
    const [id = ""] = placed;
    await stage.shop.fault({ ...posts, kind: "cut-after", count: 1 });
    // The first search belongs to the create itself; those after it fail.
    await stage.shop.fault({
      vendor: "zoho-books",
      method: "GET",
      path: "/purchaseorders",
      kind: "nonzero-code",
      code: 2,
      afterCalls: 1,
    });
    await stage.sync({ flow: "buy-orders-export" });
    expect(await sent(id)).toMatchObject({ outcome: "waiting", code: "in-doubt" });
    await stage.calm();
    await change(String((await exported(id))[0]?.purchaseorder_id), { order_status });
    await stage.sync({ flow: "buy-orders" });
    stage.clock.jump(1_000);
    await stage.sync({ settle: true });
    await stage.sync({ settle: true });
    await expectOnce(buying, placed);
    expect(await sent(id)).toMatchObject({ code: null });
  }
});

test("Z5: an order that the import recognised before its lost answer was searched is watched as any other", async () => {
  const { stage, place, exported, change, sent } = await openBuying();
  const [changed = "", deleted = ""] = await place({}, { placed: "2026-04-02T10:00:00Z" });
  await stage.shop.fault({ ...posts, kind: "cut-after", count: 2 });
  // Two searches belong to the creates themselves; those after them fail.
  const searches = { vendor: "zoho-books", method: "GET", path: "/purchaseorders" };
  await stage.shop.fault({ ...searches, kind: "nonzero-code", code: 2, afterCalls: 2 });
  await stage.sync({ flow: "buy-orders-export" });
  for (const id of [changed, deleted]) expect(await sent(id)).toMatchObject({ code: "in-doubt" });
  await stage.calm();
  for (const id of [changed, deleted])
    await change(String((await exported(id))[0]?.purchaseorder_id), { order_status: "open" });
  await stage.sync({ flow: "buy-orders" });
  stage.clock.jump(1_000);
  await stage.sync({ settle: true });
  for (const id of [changed, deleted]) expect(await sent(id)).toMatchObject({ code: null });
  const lines = await stage.inOptiply("buyOrderLines");
  const line = lines.find(({ buyOrderId }) => String(buyOrderId) === changed);
  await stage.shop.change("optiply/buyOrderLines", String(line?.id), { quantity: 7 });
  await stage.shop.change("optiply/buyOrders", changed, { updatedAt: new Date(Date.now() + 5_000).toISOString() });
  await stage.shop.remove("optiply/buyOrders", deleted);
  for (let pass = 0; pass < 2; pass += 1) await stage.sync({ flow: "buy-orders-export" });
  expect(await sent(changed)).toMatchObject({ outcome: "waiting", code: "changed-after-export" });
  expect(await sent(deleted)).toMatchObject({ outcome: "waiting", code: "deleted-after-export" });
  for (const id of [changed, deleted]) expect(await exported(id)).toHaveLength(1);
});

test("Z5: orders that another connector exported before are recognised by the import, whichever flow comes first", async () => {
  for (const first of ["buy-orders", "buy-orders-export"]) {
    const buying = await openBuying();
    const { stage, place, buy, imported } = buying;
    const placed = await place({}, { totalValue: "10.00" });
    const ids = await buy(...placed.map((reference_number) => ({ reference_number, date: "2026-04-01" })));
    await stage.sync({ flow: first });
    for (let run = 0; run < 2; run += 1) await stage.sync();
    expect(await imported(ids[0] ?? "")).toMatchObject({ targetId: placed[0], code: null });
    await expectOnce(buying, placed);
  }
});

test("Z5: a reference of digits that is another supplier's order is not taken for it: it waits for a person", async () => {
  const { stage, place, buy, imported, weavers } = await openBuying();
  const [placed = ""] = await place({ placed: "2026-03-05T10:00:00Z", createdFromPublicApi: false });
  const [id = "", other = ""] = await buy(
    { reference_number: placed, vendor_id: weavers },
    { reference_number: "1234567" },
  );
  await stage.sync();
  expect(await imported(id)).toMatchObject({ outcome: "waiting", code: "reference-unclear" });
  expect(await imported(other)).toMatchObject({ outcome: "created", code: null });
  expect(await stage.inOptiply("buyOrders")).toHaveLength(2);
});

test("Z5: what Zoho Books refuses is rejected with its words, not sent every 15 minutes, and sent when it changes or a person retries", async () => {
  const { stage, place, exported, sent, idThere, potters, mug, plate } = await openBuying();
  await stage.shop.change("zoho-books/items", mug, { can_be_purchased: false });
  const productId = await idThere("products", plate);
  const [mugs = "", plates = ""] = await place({}, { orderLines: [{ productId, quantity: 1, subtotalValue: "8.00" }] });
  await stage.sync();
  expect(await sent(mugs)).toMatchObject({ outcome: "rejected", code: "refused-by-target" });
  expect((await sent(mugs)).reason).toContain("The item Mug cannot be purchased.");
  expect(await exported(plates)).toHaveLength(1);
  const quiet = async () => {
    await stage.resetCalls();
    for (const minutes of [15, 60, 1_500]) {
      stage.clock.jump(minutes * 60_000);
      await stage.sync();
    }
    expect(await stage.count("zoho-books", "POST")).toBe(0);
  };
  await quiet();
  // The planner takes other goods: the changed order is sent by itself.
  const [line] = (await stage.inOptiply("buyOrderLines")).filter(({ buyOrderId }) => String(buyOrderId) === mugs);
  await stage.shop.change("optiply/buyOrderLines", String(line?.id), { productId });
  await stage.sync();
  expect(await exported(mugs)).toMatchObject([{ line_items: [{ item_id: plate, quantity: 2 }] }]);

  await stage.shop.change("zoho-books/contacts", potters, { status: "inactive" });
  const [late = ""] = await place({ orderLines: [{ productId, quantity: 3, subtotalValue: "24.00" }] });
  await stage.sync();
  expect((await sent(late)).reason).toContain("The vendor is inactive.");
  await quiet();
  await stage.shop.change("zoho-books/contacts", potters, { status: "active" });
  await retry(stage.mizan.desk, { record: `shop/buy-orders-export/${late}`, signal: stage.signal });
  expect(await exported(late)).toHaveLength(1);
});

test("Z5: a vendor that was deleted in Zoho Books after it was linked: the order is rejected with Zoho's words, the others go on", async () => {
  const { stage, place, exported, sent, idThere, potters, weavers } = await openBuying();
  await stage.shop.remove("zoho-books/contacts", potters);
  const [gone = "", good = ""] = await place({}, { supplierId: await idThere("suppliers", weavers) });
  await stage.sync();
  expect(await sent(gone)).toMatchObject({ outcome: "rejected", code: "refused-by-target" });
  expect((await sent(gone)).reason).toContain("vendor_id");
  expect(await exported(good)).toHaveLength(1);
});

test("Z5: where Optiply does not tell who made an order the export stops for a person; nothing is exported", async () => {
  const { stage, place } = await openBuying();
  await place();
  await stage.shop.switches({ optiply: { createdFromPublicApi: "missing" } });
  await connectBoth(stage);
  const report = await stage.sync({ flow: "buy-orders-export" });
  expect(report.of("buy-orders-export")).toMatchObject({
    state: "stopped",
    error: { action: { code: "origin-untold" } },
  });
  expect(await stage.shop.all("zoho-books/purchaseorders")).toEqual([]);
  // The other flows go on.
  expect((await stage.sync({ flow: "buy-orders" })).of("buy-orders").state).toBe("done");
  await stage.shop.switches({ optiply: { createdFromPublicApi: "told" } });
  await connectBoth(stage);
  await stage.sync();
  expect(await stage.shop.all("zoho-books/purchaseorders")).toHaveLength(1);
});

test("Z5: changing the flavour to and fro sends nothing twice", async () => {
  const buying = await openBuying();
  const { stage, place, buy, idThere, potters, mug } = buying;
  const placed = await place();
  const [bought = ""] = await buy();
  const orderLines = [{ productId: await idThere("products", mug), quantity: 1, subtotalValue: "4.50" }];
  const planned = { supplierId: await idThere("suppliers", potters), orderLines };
  await stage.sync();
  const { ordersSince } = (await showIntegration(stage.mizan.desk, "shop")).options;
  const set = (flavour: string, options: Fields = {}) =>
    setIntegration(stage.mizan.desk, "shop", { flavour, options }, stage.signal);
  await set("simple");
  await stage.resetCalls();
  expect((await stage.sync()).all.map(({ flow }) => flow)).toEqual(["products", "sell-orders"]);
  const [meanwhile = ""] = await stage.shop
    .add("optiply/buyOrders", [{ ...planned, placed: "2026-04-02T10:00:00Z" }])
    .then((stored) => stored.map(({ id }) => String(id)));
  await stage.sync();
  // What was placed before and is open may have been ordered by hand: its first day is chosen anew.
  await expect(set("full")).rejects.toThrow(
    `since ordersSince, which is ${String(ordersSince)}: give ordersSince with it`,
  );
  await set("full", { ordersSince });
  await stage.resetCalls();
  await stage.sync();
  await set("simple");
  await set("full", { ordersSince });
  await stage.sync();
  expect(await stage.count("zoho-books", "POST")).toBe(1);
  for (const id of [...placed, meanwhile]) expect(await buying.exported(id)).toHaveLength(1);
  expect(await buying.ordersThere()).toHaveLength(3);
  expect(await buying.there(bought)).not.toBeNull();
  await stage.resetCalls();
  await stage.sync();
  expect(await stage.writes()).toBe(0);
});
