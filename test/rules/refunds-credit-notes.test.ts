import { expect, test } from "vitest";
import { openRefundStage, refunded } from "./refund-stage.ts";

test("refunds: a whole order and parts of one in two credit notes, exact, settled and back in stock", async () => {
  const stage = await openRefundStage();
  const whole = await stage.completed({ items: [{ sku: "MUG", quantity: 2 }], shipping: "20", cod: "10" });
  const parts = await stage.completed({
    items: [
      { sku: "MUG", quantity: 3 },
      { sku: "BOOK", quantity: 2, tax_percent: "0" },
    ],
    coupon: { code: "TEN", percent: "10" },
    shipping: "15",
  });
  await stage.sync();
  expect(await stage.inQoyod("invoices")).toHaveLength(2);
  expect([await stage.offered("MUG"), await stage.held("MUG")]).toEqual([5, 5]);

  await stage.act(whole, "refund");
  await stage.giveBack(parts, [0, 1]);
  await stage.sync();
  expect(await stage.credited()).toEqual(await refunded(stage));
  const notes = await stage.inQoyod("credit_notes");
  const ofWhole = notes.find(({ total }) => Number(total) === 138.5);
  const note = (await stage.inSalla("invoices")).find(
    ({ type, order_id }) => type === "Credit Note" && order_id === whole.id,
  );
  expect(ofWhole?.reference).toMatch(new RegExp(`^SALLA-\\d+-${whole.reference_id}-CN${note?.id}$`));
  const [invoice] = await stage.inQoyod("invoices");
  expect([ofWhole?.contact_id, ofWhole?.inventory_id]).toEqual([invoice?.contact_id, 31]);
  expect(await stage.due(whole)).toBe(0);
  expect([await stage.offered("MUG"), await stage.held("MUG")]).toEqual([8, 8]);
  expect((await stage.records("refunds")).map(({ outcome }) => outcome)).toEqual(["updated", "updated"]);

  await stage.giveBack(parts, [0, 2], [1, 2]);
  await stage.sync();
  expect(await stage.credited()).toEqual(await refunded(stage));
  expect([await stage.offered("MUG"), await stage.held("MUG")]).toEqual([10, 10]);
  // The fee for shipping was not given back.
  expect(await stage.due(parts)).toBe(17.25);

  expect((await stage.records("orders")).map(({ reason }) => reason)).toEqual([null, null]);
  await stage.busyCalls();
  await stage.sync({ flow: "refunds" });
  await stage.sync({ flow: "orders" });
  expect(await stage.busyCalls()).toEqual([]);
  expect(await stage.credited()).toHaveLength(3);
});
