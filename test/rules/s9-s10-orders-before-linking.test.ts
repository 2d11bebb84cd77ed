import { expect, test } from "vitest";
import { setIntegration } from "../../src/operations/integrations.ts";
import { wantRecords } from "../../src/store/wanted-records.ts";
import type { Fields } from "../conformance/stand-in.ts";
import { openShopStage, type ShopStage } from "../salla-qoyod-stage.ts";
import { integrationName } from "../stage.ts";

/** What a person's send marks (rule S5). */
async function send({ mizan }: ShopStage, ...orders: readonly Fields[]): Promise<void> {
  await wantRecords(
    mizan.desk.store.database,
    { integrationId: 1, flow: "orders" },
    orders.map(({ id, reference_id }) => ({ sourceId: String(id), label: String(reference_id) })),
    new Date(mizan.desk.clock.now()),
  );
}

test("S9: an order that was placed and completed after linking, before anyone looked, flows by itself; earlier ones do not", async () => {
  const items = [{ sku: "MUG" }];
  const early: Fields[] = [];
  const stage = await openShopStage({
    before: async ({ salla }) => {
      await salla("products", { name: "Mug", sku: "MUG", price: "52", quantity: 50, cost_price: "20" });
      const date = "2026-01-15T10:00:00+03:00";
      early.push(await salla("orders", { items, date, status: "completed" }));
      early.push(await salla("orders", { items, date }));
      early.push(await salla("orders", { items, date }));
    },
  });
  const [done = {}, open = {}, later = {}] = early;
  const fresh = await stage.salla("orders", { items, status: "completed" });
  await stage.sync();
  const invoiced = async () =>
    (await stage.inQoyod("invoices")).map(({ reference }) => String(reference).split("-")[2]);
  expect(await invoiced()).toEqual([String(fresh.reference_id)]);

  await stage.act(open, "complete");
  await stage.sync();
  expect(await stage.record("orders", String(open.id))).toMatchObject({ outcome: "skipped", code: "before-linking" });
  expect((await stage.record("orders", String(open.id))).action).toContain("mizan send-order");

  // S10: by hand, and only where it is completed.
  await send(stage, done, open, later);
  await stage.sync({ scope: "due" });
  expect(await invoiced()).toEqual([fresh, done, open].map(({ reference_id }) => String(reference_id)));
  expect(await stage.record("orders", String(later.id))).toMatchObject({ outcome: "skipped", code: "not-completed" });

  await send(stage, done, open, later);
  await stage.sync({ scope: "due" });
  await stage.sync();
  expect(await stage.inQoyod("invoices")).toHaveLength(3);
});

test("S5, S10: an earlier order is sent by the custom status that means it, and by no status of Salla's own", async () => {
  const early: Fields[] = [];
  const stage = await openShopStage({
    before: async ({ salla }) => {
      await salla("products", { name: "Mug", sku: "MUG", price: "52", quantity: 50, cost_price: "20" });
      const placed = { items: [{ sku: "MUG" }], date: "2026-01-15T10:00:00+03:00" };
      for (let at = 0; at < 3; at += 1) early.push(await salla("orders", placed));
    },
  });
  const [sent = {}, delivered = {}, completed = {}] = early;
  const custom = await stage.salla("statuses", { name: "أرسل للمحاسب", slug: "completed" });
  const options = { completedStatuses: "completed", sendStatuses: `${String(custom.id)},delivered` };
  await setIntegration(stage.mizan.desk, integrationName, { options }, stage.signal);
  for (const [order, slug] of [
    [sent, String(custom.id)],
    [delivered, "delivered"],
    [completed, "completed"],
  ] as const)
    await stage.act(order, "status", { slug });
  await stage.sync();
  const codes = await Promise.all(early.map(async ({ id }) => (await stage.record("orders", String(id))).code));
  expect(codes).toEqual([null, "before-linking", "before-linking"]);
  expect(await stage.inQoyod("invoices")).toHaveLength(1);
});
