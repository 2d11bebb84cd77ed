import { expect, test } from "vitest";
import { setIntegration } from "../../src/operations/integrations.ts";
import type { Fields } from "../conformance/stand-in.ts";
import { openShopStage } from "../salla-qoyod-stage.ts";
import { integrationName } from "../stage.ts";

test("S4, S5: statuses count by their slug whatever they are called; completedStatuses and sendStatuses say which", async () => {
  const stage = await openShopStage();
  await stage.salla("products", { name: "Mug", sku: "MUG", price: "52", quantity: 50, cost_price: "20" });
  const statuses = await stage.inSalla("statuses");
  const completed = statuses.find(({ slug, type }) => slug === "completed" && type === "original");
  await stage.shop.change("salla/statuses", String(completed?.id), { name: "وصلت للعميل 🎁" });
  const custom = await stage.salla("statuses", { name: "أرسل للمحاسب", slug: "in_progress" });
  const misnamed = await stage.salla("statuses", { name: "completed", slug: "under_review" });
  const items = [{ sku: "MUG" }];
  const order = async (status: unknown) => {
    const placed = await stage.salla("orders", { items });
    await stage.act(placed, "status", { slug: status } as Fields);
    return placed;
  };
  const renamed = await order("completed");
  const sent = await order(String(custom.id));
  const working = await order("in_progress");
  const delivered = await order("delivered");
  const other = await order(String(misnamed.id));
  await stage.sync();
  const outcomes = async () =>
    Promise.all(
      [renamed, sent, working, delivered, other].map(
        async ({ id }) => (await stage.record("orders", String(id))).outcome,
      ),
    );
  expect(await outcomes()).toEqual(["created", "skipped", "skipped", "skipped", "skipped"]);
  const skipped = await stage.record("orders", String(sent.id));
  expect(skipped.reason).toContain("أرسل للمحاسب");

  const options = { completedStatuses: "completed,delivered", sendStatuses: String(custom.id) };
  await setIntegration(stage.mizan.desk, integrationName, { options }, stage.signal);
  await stage.sync();
  await stage.sync();
  expect(await outcomes()).toEqual(["created", "created", "skipped", "created", "skipped"]);
  expect(await stage.inQoyod("invoices")).toHaveLength(3);
});
