/** The place of counted stock changes only with a confirmed recount (product.md, 1.1: "Branches"). */
import { expect, test } from "vitest";
import { pauseIntegration, setIntegration } from "../../src/operations/integrations.ts";
import { claimRun, endRun } from "../../src/store/runs.ts";
import type { Fields } from "../conformance/stand-in.ts";
import { runMizan } from "../e2e/mizan-command.ts";
import { openShopStage, type ShopStage } from "../salla-qoyod-stage.ts";
import { integrationName } from "../stage.ts";

const mug = { name: "Mug", sku: "MUG", price: "52", quantity: 10, cost_price: "20" };

/** A shop whose mugs are counted at location 31, with one more order that is open. */
async function countedShop() {
  const stage = await openShopStage();
  const second = String((await stage.qoyod("inventories", { name: "Jeddah" })).id);
  await stage.salla("products", mug);
  const order = async (quantity: number) => stage.salla("orders", { items: [{ sku: "MUG", quantity }] });
  await stage.act(await order(1), "complete");
  await stage.sync();
  const open = await order(2);
  await stage.sync();
  const set = (options: Fields, recount?: boolean) =>
    setIntegration(stage.mizan.desk, integrationName, { options, recount }, stage.signal);
  return { stage, second, open, order, set };
}

/** What Qoyod holds of the mug, by location; none where it holds nothing. */
async function stockByPlace({ inQoyod }: ShopStage): Promise<Record<string, number>> {
  const product = (await inQoyod("products")).find(({ sku }) => sku === "MUG");
  const places = (product?.inventories ?? []) as Fields[];
  const all = places.map(({ id, stock }) => [String(id), Number(stock)] as const);
  return Object.fromEntries(all.filter(([, stock]) => stock !== 0));
}

/** The accountant transfers what is at one location to another. */
async function transfer(stage: ShopStage, from: string, to: string): Promise<void> {
  const product = (await stage.inQoyod("products")).find(({ sku }) => sku === "MUG");
  const { [from]: stock = 0 } = await stockByPlace(stage);
  await stage.shop.change("qoyod/products", String(product?.id), {
    inventories: [
      { id: Number(from), stock: "0.0" },
      { id: Number(to), stock: stock.toFixed(1) },
    ],
  });
}

test("S6: another location is refused while products are counted, and taken with a recount that doubles nothing", async () => {
  const { stage, second, open, set } = await countedShop();
  expect([await stage.offered("MUG"), await stockByPlace(stage)]).toEqual([7, { 31: 9 }]);
  await expect(set({ locationId: second })).rejects.toMatchObject({
    field: "locationId",
    message: expect.stringMatching(/1 at location 31.*locationId=33 --recount/),
  });
  await expect(set({ safetyBuffer: 1 }, true)).rejects.toMatchObject({ field: "recount" });

  await pauseIntegration(stage.mizan.desk, integrationName, true);
  await transfer(stage, "31", second);
  const { warnings } = await set({ locationId: second }, true);
  expect(warnings).toEqual([expect.stringContaining("1 at location 31")]);
  await pauseIntegration(stage.mizan.desk, integrationName, false);
  await stage.sync();
  // Nothing is written before the product is counted at its new place.
  expect([await stage.offered("MUG"), await stockByPlace(stage)]).toEqual([7, { [second]: 9 }]);

  await stage.act(open, "complete");
  await stage.sync();
  expect([await stage.offered("MUG"), await stockByPlace(stage)]).toEqual([7, { [second]: 7 }]);
  expect(await stage.inQoyod("inventory_adjustments")).toHaveLength(1);
  // A purchase at the new place travels from there, and back the place goes by the same way.
  await expect(set({ locationId: "31" })).rejects.toThrow(`1 at location ${second}`);
  await transfer(stage, second, "31");
  await set({ locationId: "31" }, true);
  const last = await stage.salla("orders", { items: [{ sku: "MUG", quantity: 1 }] });
  await stage.act(last, "complete");
  await stage.sync();
  expect([await stage.offered("MUG"), await stockByPlace(stage)]).toEqual([6, { 31: 6 }]);
});

test("S6: what open orders hold is read anew with the places, so that a count at a new one has them", async () => {
  const { stage, second, order, set } = await countedShop();
  await transfer(stage, "31", second);
  await set({ locationId: second }, true);
  const next = await order(1);
  await stage.act(next, "complete");
  await stage.sync();
  // 10 − 1 − 2 − 1 are offered; the open order's two and the new one are in the count of nine besides.
  expect([await stage.offered("MUG"), await stockByPlace(stage)]).toEqual([6, { [second]: 8 }]);
  expect(await stage.inQoyod("inventory_adjustments")).toHaveLength(1);
});

test("a recount waits for runs to end and for a safety buffer to go, and a person finds it in the command", async () => {
  const { stage, second, set } = await countedShop();
  const { desk } = stage.mizan;
  const { rows } = await desk.store.pool.query("select id from integration");
  const now = new Date(desk.clock.now());
  const claim = await claimRun(
    desk.store.database,
    { integrationId: rows[0].id, flow: "orders" },
    {
      trigger: "manual",
      scope: "full",
      process: "another",
      lifeline: desk.store.lifeline,
      now,
      leaseUntil: new Date(now.getTime() + 60_000),
    },
  );
  await expect(set({ locationId: second }, true)).rejects.toThrow("a run of orders goes on");
  if (claim.kind !== "claimed") throw new Error("the run was not claimed");
  const end = { state: "done", counts: {}, calls: {}, message: null, now } as never;
  await endRun(desk.store.database, claim.runId, end);
  await set({ safetyBuffer: 1 });
  await expect(set({ locationId: second }, true)).rejects.toThrow("a safety buffer of 1");
  await set({ safetyBuffer: 0 });

  const refused = await runMizan(
    ["integrations", "set", integrationName, `locationId=${second}`],
    "",
    stage.environment,
  );
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining("--recount") });
  const words = ["integrations", "set", integrationName, `locationId=${second}`, "--recount"];
  const taken = await runMizan(words, "", stage.environment);
  expect(taken.stderr).toContain("Saved, but the counts of products (1 at location 31) are forgotten");
});
