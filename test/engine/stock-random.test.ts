import { expect, test } from "vitest";
import { oneOf, seededRandom, wholeBetween } from "../../sandbox/seeded-random.ts";
import { wantRecords } from "../../src/store/wanted-records.ts";
import type { Fields } from "../conformance/stand-in.ts";
import { openShopStage } from "../salla-qoyod-stage.ts";

interface Placed {
  readonly order: Fields;
  readonly sku: string;
  readonly quantity: number;
  readonly early: boolean;
  status: string;
  sent: boolean;
}

const skus = ["A", "B"] as const;
const date = "2026-01-05T10:00:00+03:00";

test("40 random steps of a shop and its books: at every quiet moment Salla offers what nobody has claimed", async () => {
  const random = seededRandom(20_260_105);
  const free = new Map<string, number>(skus.map((sku) => [sku, 30]));
  const orders: Placed[] = [];
  const claim = (sku: string, quantity: number) => free.set(sku, (free.get(sku) ?? 0) - quantity);
  const stage = await openShopStage({
    switches: { salla: { bulkDelayMs: 0 } },
    before: async ({ salla, act }) => {
      for (const sku of skus) await salla("products", { name: sku, sku, price: "52", quantity: 30, cost_price: "20" });
      for (const [at, status] of [
        "completed",
        "delivered",
        "in_progress",
        "completed",
        "canceled",
        "completed",
      ].entries()) {
        const sku = skus[at % 2] ?? "A";
        const order = await salla("orders", { items: [{ sku, quantity: 2 }], date });
        await act(order, "status", { slug: status });
        orders.push({ order, sku, quantity: 2, early: true, status, sent: false });
        if (status !== "canceled") claim(sku, 2);
      }
    },
  });
  const place = async () => {
    const sku = oneOf(random, skus);
    const quantity = wholeBetween(random, 1, 3);
    if ((await stage.offered(sku)) < quantity) return;
    const order = await stage.salla("orders", { items: [{ sku, quantity }] });
    orders.push({ order, sku, quantity, early: false, status: "in_progress", sent: false });
    claim(sku, quantity);
  };
  const purchase = async () => {
    const sku = oneOf(random, skus);
    const product = (await stage.inQoyod("products")).find((one) => one.sku === sku);
    if (product === undefined) return;
    await stage.qoyod("bills", { line_items: [{ product_id: product.id, quantity: 4, unit_price: "20" }] });
    claim(sku, -4);
  };
  const move = async (status: string, from: readonly string[]) => {
    const open = orders.filter((one) => from.includes(one.status) && !one.sent);
    const one = open[wholeBetween(random, 0, Math.max(0, open.length - 1))];
    if (one === undefined) return;
    await stage.act(one.order, "status", { slug: status });
    one.status = status;
    if (status === "canceled") claim(one.sku, -one.quantity);
    else one.sent = !one.early;
  };
  const send = async () => {
    const one = orders.find(({ early, status, sent }) => early && status === "completed" && !sent);
    if (one === undefined) return;
    const wanted = [{ sourceId: String(one.order.id), label: String(one.order.reference_id) }];
    const key = { integrationId: 1, flow: "orders" };
    await wantRecords(stage.mizan.desk.store.database, key, wanted, new Date(stage.clock.now()));
    one.sent = true;
  };
  const open = ["in_progress", "delivered"];
  const steps = [
    place,
    place,
    purchase,
    send,
    () => move("completed", open),
    () => move("canceled", [...open, "completed"]),
  ];
  for (let step = 1; step <= 40; step += 1) {
    await oneOf(random, steps as [() => Promise<void>])();
    if (step % 5 > 0) continue;
    await stage.sync();
    const offered = await Promise.all(skus.map(async (sku) => [sku, await stage.offered(sku)] as const));
    expect(offered, `after ${step} steps`).toEqual([...free]);
  }
  const invoices = await stage.inQoyod("invoices");
  expect(invoices).toHaveLength(orders.filter(({ sent }) => sent).length);
  expect(new Set(invoices.map(({ reference }) => reference)).size).toBe(invoices.length);
  const countedIn = (await stage.records("opening-counts")).filter(({ sourceId }) => sourceId.split("@").length === 3);
  expect(countedIn.length).toBeGreaterThan(0);
});
