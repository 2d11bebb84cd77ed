/** Answers that cannot be read: asked again where that helps, never taken for "nothing there" (law 5). */
import { expect, test } from "vitest";
import type { Fields } from "../conformance/stand-in.ts";
import { doubled, item, itemId, openStage, order, orderId, remoteId, type Stage } from "../stage.ts";

async function sell(stage: Stage, count: number): Promise<readonly Fields[]> {
  const [mug] = await stage.shop.add("zoho-books/items", [item()]);
  return stage.shop.add(
    "zoho-books/salesorders",
    Array.from({ length: count }, () => order([{ item_id: itemId(mug), quantity: 1 }])),
  );
}

async function expectAllThere(stage: Stage, sold: readonly Fields[]): Promise<void> {
  const rows = await stage.inOptiply("sellOrders");
  expect(doubled(rows)).toEqual([]);
  expect(rows.map(remoteId).sort()).toEqual(sold.map(orderId).sort());
}

test.for<Fields>([
  { kind: "malformed-json" },
  { kind: "empty-body" },
  { kind: "status", status: 502 },
  { kind: "cut" },
  { kind: "nonzero-code" },
])("reads that fail in passing are asked again: %o", async (fault) => {
  const stage = await openStage();
  const sold = await sell(stage, 6);
  for (const path of ["/items", "/salesorders", "/salesorders/{id}"])
    await stage.shop.fault({ vendor: "zoho-books", path, count: 1, ...fault });
  const { orders } = await stage.sync();
  expect(orders).toMatchObject({ state: "done", counts: { created: 6, rejected: 0, waiting: 0 } });
  await expectAllThere(stage, sold);
});

test.for<Fields>([{ kind: "malformed-json" }, { kind: "status", status: 503 }])(
  "a list that cannot be read is never an empty list: %o",
  async (fault) => {
    const stage = await openStage();
    const sold = await sell(stage, 2);
    await stage.sync();
    await stage.shop.fault({ vendor: "zoho-books", path: "/items", ...fault });
    const { products } = await stage.sync({ flow: "products" });
    expect(products.state).toBe("stopped");
    expect(products.retryAt).toBeInstanceOf(Date);
    expect(await stage.inOptiply("products")).toMatchObject([{ status: "enabled" }]);
    await expectAllThere(stage, sold);
  },
);
