import { expect, test } from "vitest";
import { refunds } from "../../src/flows/salla-qoyod/refunds.ts";
import type { Fields } from "../conformance/stand-in.ts";
import { openRefundStage } from "./refund-stage.ts";

const amountsOf = (document: Fields | undefined) =>
  ((document?.line_items ?? []) as Fields[]).map(({ product_id, quantity }) => [String(product_id), Number(quantity)]);

test("S8: an order sold the product that held its SKU when it was placed, also where another one holds it by now", async () => {
  const stage = await openRefundStage();
  const first = await stage.salla("orders", { items: [{ sku: "MUG", quantity: 2 }], status: "completed" });
  await stage.sync();
  const mug = (await stage.inQoyod("products")).find(({ sku }) => sku === "MUG");

  // Placed while the SKU was the mug's, completed when it is the book's.
  const later = await stage.salla("orders", { items: [{ sku: "MUG", quantity: 3 }], status: "in_progress" });
  await stage.sync();
  const [oldMug, oldBook] = await stage.inSalla("products");
  await stage.shop.change("salla/products", String(oldMug?.id), { sku: "MUG-OLD" });
  await stage.shop.change("salla/products", String(oldBook?.id), { sku: "MUG" });
  await stage.sync();
  expect(await stage.offered("MUG-OLD")).toBe(5);
  expect(await stage.offered("MUG")).toBe(10);
  await stage.act(later, "complete");
  await stage.sync();
  const invoices = await stage.inQoyod("invoices");
  expect(invoices.map(amountsOf)).toEqual([[[String(mug?.id), 2]], [[String(mug?.id), 3]]]);
  const told = await stage.record("orders", String(later.reference_id));
  expect(told.notes.join(" ")).toContain("The SKU MUG is no longer that of");
  expect(await stage.held("MUG")).toBe(5);
  expect(await stage.offered("MUG-OLD")).toBe(5);

  // What is taken back is taken back of the mug.
  await stage.giveBack(later, [0, 1]);
  await stage.sync({ flow: refunds.name });
  expect((await stage.inQoyod("credit_notes")).map(amountsOf)).toEqual([[[String(mug?.id), 1]]]);
  expect((await stage.record("orders", String(first.reference_id))).notes.join(" ")).not.toContain("is no longer that");
});

test("S8: where the product that held the SKU is deleted, the order sold what holds it now", async () => {
  const stage = await openRefundStage();
  const order = await stage.salla("orders", { items: [{ sku: "MUG", quantity: 1 }], status: "in_progress" });
  await stage.sync();
  const [mug] = await stage.inSalla("products");
  await stage.shop.remove("salla/products", String(mug?.id));
  await stage.salla("products", { name: "Mug made again", sku: "MUG", price: "52", quantity: 9, cost_price: "20" });
  await stage.act(order, "complete");
  await stage.sync();
  expect(await stage.record("orders", String(order.reference_id))).toMatchObject({ outcome: "created" });
  expect(await stage.held("MUG")).toBe(9);
});
