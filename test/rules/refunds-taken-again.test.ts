import { expect, test } from "vitest";
import { dismiss } from "../../src/operations/dismiss.ts";
import { integrationName } from "../stage.ts";
import { openRefundStage } from "./refund-stage.ts";

for (const flows of [
  ["orders", "stock"],
  ["stock", "orders"],
] as const)
  test(`refunds: an order that stands again after all of its invoice was credited is told and holds its goods; ${flows[0]} first`, async () => {
    const stage = await openRefundStage();
    const order = await stage.completed({ items: [{ sku: "MUG", quantity: 4 }] });
    await stage.sync();
    expect([await stage.held("MUG"), await stage.offered("MUG")]).toEqual([6, 6]);
    await stage.act(order, "restore");
    await stage.sync();
    await stage.sync();
    expect(await stage.credited()).toEqual(["208.00"]);
    expect([await stage.held("MUG"), await stage.offered("MUG")]).toEqual([10, 10]);
    const state = async () => {
      const { outcome, code } = await stage.record("orders", String(order.reference_id));
      return { outcome, code: code ?? null };
    };
    expect(await state()).toEqual({ outcome: "unchanged", code: null });

    // Salla takes the goods a second time; the books hold them still.
    await stage.act(order, "complete");
    expect(await stage.offered("MUG")).toBe(6);
    for (const flow of flows) await stage.sync({ flow });
    expect(await stage.offered("MUG")).toBe(6);
    await stage.sync();
    expect(await state()).toEqual({ outcome: "waiting", code: "taken-again-after-credit" });
    expect(await stage.inQoyod("invoices")).toHaveLength(1);
    expect([await stage.held("MUG"), await stage.offered("MUG")]).toEqual([10, 6]);

    // A person enters the second invoice in the books and takes the order off the list.
    const mug = (await stage.inQoyod("products")).find(({ sku }) => sku === "MUG");
    await stage.qoyod("invoices", {
      contact_id: 1001,
      inventory_id: 31,
      reference: "BY-HAND",
      line_items: [{ product_id: mug?.id, quantity: 4, unit_price: 52 }],
    });
    expect(await stage.held("MUG")).toBe(6);
    await dismiss(stage.mizan.desk, `${integrationName}/orders/${String(order.id)}`);
    await stage.sync();
    expect(await stage.offered("MUG")).toBe(6);
    expect((await state()).outcome).toBe("unchanged");
  });
