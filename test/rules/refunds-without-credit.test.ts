import { expect, test } from "vitest";
import { retry } from "../../src/operations/retry.ts";
import type { Fields } from "../conformance/stand-in.ts";
import { openRefundStage, refunded } from "./refund-stage.ts";

test("refunds: what is undone or edited after its invoice is told, and what was not invoiced has no credit note", async () => {
  const stage = await openRefundStage({ switches: { salla: { creditNoteOnRestore: false } } });
  await stage.salla("products", { name: "Pen", sku: "", price: "10", quantity: 10, cost_price: "2" });
  const items = [{ sku: "MUG", quantity: 1 }];
  const [restored, canceled, undone, edited, refundedThen] = await Promise.all(
    Array.from({ length: 5 }, () => stage.completed({ items })),
  );
  const never = await stage.salla("orders", { items, payment_method: "bank", paid: true });
  await stage.sync();
  expect(await stage.inQoyod("invoices")).toHaveLength(5);
  const orders = { restored, canceled, undone, edited, refundedThen } as Readonly<Record<string, Fields>>;
  const reasonOf = async ({ reference_id }: Fields = {}) => (await stage.record("orders", String(reference_id))).code;
  const reasons = async () => Promise.all(Object.values(orders).map(reasonOf));

  await stage.act(restored ?? {}, "restore");
  await stage.act(canceled ?? {}, "cancel");
  await stage.act(undone ?? {}, "progress");
  await stage.shop.change("salla/orders", String(edited?.id), { items: [{ sku: "MUG", quantity: 2 }] });
  await stage.act(never, "cancel");
  await stage.busyCalls();
  await stage.sync({ flow: "orders" });
  expect(await stage.busyCalls()).toEqual([]);
  expect(await reasons()).toEqual([
    "undone-without-credit",
    "undone-without-credit",
    "undone-after-invoice",
    "edited-after-invoice",
    null,
  ]);
  const told = await stage.record("orders", String(canceled?.reference_id));
  expect(told.outcome).toBe("waiting");
  expect(told.reason).toMatch(/^The order is .+ in Salla, but of its invoice \d+ in Qoyod over 52.00 SAR only 0.00/);

  const pen = (await stage.inSalla("products")).find(({ name }) => name === "Pen");
  const early = await stage.completed({ items: [{ product_id: pen?.id, quantity: 4 }] });
  await stage.sync({ flow: "orders" });
  // A refund of an edited order waits: what it says is not of what was invoiced.
  const asEdited = (await stage.inSalla("orders")).find(({ id }) => id === edited?.id);
  await stage.giveBack(asEdited ?? {}, [0, 2]);
  await stage.giveBack(early, [0, 1]);
  await stage.sync({ flow: "refunds" });
  expect(await stage.credited()).toEqual([]);
  expect((await stage.records("refunds")).map(({ code }) => code).toSorted()).toEqual([
    "edited-after-invoice",
    "order-not-invoiced",
  ]);

  // The product gets its SKU: the order is invoiced, and what was refunded before goes on by itself.
  await stage.shop.change("salla/products", String(pen?.id), { sku: "PEN" });
  const [line] = early.items as readonly Fields[];
  await stage.shop.change("salla/orders", String(early.id), { lines: [{ id: line?.id, sku: "PEN" }] });
  await stage.giveBack(canceled ?? {}, [0, 1]);
  await stage.act(undone ?? {}, "complete");
  await retry(stage.mizan.desk, { record: String(early.reference_id), signal: stage.signal });
  await stage.sync();
  await stage.sync();
  expect(await stage.inQoyod("invoices")).toHaveLength(6);
  expect(await stage.credited()).toEqual(["10.00", "52.00"]);
  expect(await refunded(stage)).toEqual(["10.00", "52.00", "104.00"]);
  expect(await reasons()).toEqual(["undone-without-credit", null, null, "edited-after-invoice", null]);
});

test("refunds: an order from before the integration has no credit note here, and nothing is read for it", async () => {
  const stage = await openRefundStage({
    before: async ({ salla, act }) => {
      await salla("products", { name: "Cup", sku: "CUP", price: "10", quantity: 9 });
      const order = await salla("orders", {
        items: [{ sku: "CUP", quantity: 1 }],
        payment_method: "bank",
        status: "completed",
      });
      await act(order, "refund");
    },
  });
  const [record] = await stage.records("refunds");
  expect([record?.outcome, record?.code]).toEqual(["skipped", "order-not-invoiced"]);
  await stage.busyCalls();
  await stage.sync({ flow: "refunds" });
  expect(await stage.busyCalls()).toEqual([]);
  expect(await stage.credited()).toEqual([]);
});
