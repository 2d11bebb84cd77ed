import { expect, test } from "vitest";
import { dismiss } from "../../src/operations/dismiss.ts";
import { retry } from "../../src/operations/retry.ts";
import type { Fields } from "../conformance/stand-in.ts";
import { integrationName } from "../stage.ts";
import { openRefundStage } from "./refund-stage.ts";

test("refunds: a difference that a person dismissed is off the list, and another one is told anew", async () => {
  const stage = await openRefundStage();
  const order = await stage.completed({ items: [{ sku: "MUG", quantity: 1 }] });
  const quiet = await stage.completed({ items: [{ sku: "MUG", quantity: 1 }] });
  await stage.sync();
  const record = `${integrationName}/orders/${String(order.id)}`;
  const edit = (quantity: number) =>
    stage.shop.change("salla/orders", String(order.id), { items: [{ sku: "MUG", quantity }] });
  const now = async () => {
    const { outcome, code, notes } = await stage.record("orders", String(order.id));
    return { outcome, code, notes };
  };
  await expect(dismiss(stage.mizan.desk, record)).rejects.toThrow(/is created; what can be dismissed: .*edited-after/);

  await edit(2);
  await stage.sync();
  expect(await now()).toMatchObject({ outcome: "waiting", code: "edited-after-invoice" });
  const dismissed = await dismiss(stage.mizan.desk, record);
  expect(dismissed).toMatchObject({ outcome: "unchanged", code: null });
  expect(dismissed.notes).toHaveLength(1);
  expect(dismissed.notes[0]).toMatch(
    /^A person has seen it on \d{4}-\d\d-\d\d and leaves it so: The order comes to 104/,
  );
  expect(dismissed.timeline.map(({ what }) => what).join("\n")).toContain("dismissed: The order comes to 104");

  // The order moves, and the difference is the same: nothing is told.
  await stage.shop.change("salla/orders", String(order.id), { tags: ["seen"] } as Fields);
  await stage.sync();
  expect(await now()).toMatchObject({ outcome: "unchanged", code: null, notes: dismissed.notes });

  await edit(3);
  await stage.sync();
  expect(await now()).toMatchObject({ outcome: "waiting", code: "edited-after-invoice" });
  await dismiss(stage.mizan.desk, record);
  // Once the difference is gone, the same one is a new one.
  await edit(1);
  await stage.sync();
  expect(await now()).toEqual({ outcome: "unchanged", code: null, notes: [] });
  await edit(3);
  await stage.sync();
  expect((await now()).code).toBe("edited-after-invoice");

  await dismiss(stage.mizan.desk, record);
  await retry(stage.mizan.desk, { record, signal: stage.signal });
  expect((await now()).code).toBe("edited-after-invoice");
  expect((await stage.record("orders", String(quiet.id))).outcome).toBe("created");
  expect(await stage.inQoyod("invoices")).toHaveLength(2);
});
