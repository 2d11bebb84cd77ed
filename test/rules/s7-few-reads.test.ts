import { expect, test } from "vitest";
import type { Fields } from "../conformance/stand-in.ts";
import { openShopStage, type ShopStage } from "../salla-qoyod-stage.ts";

const day = (at: number) => `2026-01-${String(1 + at).padStart(2, "0")}T10:00:00+03:00`;

/** How often orders are read one by one in what is done. */
async function orderReads(stage: ShopStage, work: () => Promise<unknown>): Promise<number> {
  const { control } = stage.shop.addresses;
  await fetch(`${control}/calls/reset`, { method: "POST" });
  await work();
  const calls = (await (await fetch(`${control}/calls`)).json()) as readonly Fields[];
  const isRead = ({ vendor, path }: Fields) => vendor === "salla" && /\/orders\/(\{id\}|items)$/.test(String(path));
  return calls.filter(isRead).reduce((sum, { count }) => sum + Number(count), 0);
}

test("S7: a pass reads the orders that moved and not the whole page, also where the rows do not tell when they changed", async () => {
  const stage = await openShopStage({
    before: async ({ salla }) => {
      await salla("products", { name: "Mug", sku: "MUG", price: "52", quantity: 90, cost_price: "20" });
      for (let at = 0; at < 28; at += 1) await salla("orders", { items: [{ sku: "MUG" }], date: day(at) });
    },
  });
  await stage.salla("orders", { items: [{ sku: "MUG" }], status: "completed" });
  await stage.sync();
  await stage.sync();
  expect([await stage.held("MUG"), await stage.offered("MUG")]).toEqual([89, 61]);

  const moved = await stage.salla("orders", { items: [{ sku: "MUG", quantity: 3 }] });
  const reads = await orderReads(stage, () => stage.sync({ flow: "stock" }));
  // The two that changed lately (two calls each), the ends of the page, and the border between them and the others.
  expect(reads).toBeLessThan(15);
  await stage.act(moved, "cancel");
  await stage.sync();
  expect([await stage.held("MUG"), await stage.offered("MUG")]).toEqual([89, 61]);
  const [oldest] = (await stage.inSalla("orders")).filter(({ date }) =>
    String(JSON.stringify(date)).includes("2026-01-01"),
  );
  await stage.act(oldest ?? {}, "cancel");
  await stage.sync();
  expect([await stage.held("MUG"), await stage.offered("MUG")]).toEqual([89, 62]);
});
