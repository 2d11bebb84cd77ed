/** Orders that Salla does not deliver, for a while or for ever: what they may hold back is protected, and the rest goes on. */
import { expect, test } from "vitest";
import { openShopStage, type ShopStage } from "../salla-qoyod-stage.ts";

const mug = { name: "Mug", sku: "MUG", price: "52", quantity: 50, cost_price: "20" };
const pen = { ...mug, name: "Pen", sku: "PEN" };
const hour = 3_600_000;

for (const fault of [{ kind: "status", status: 500 }, { kind: "cut-after" }, { kind: "malformed-json" }])
  test(`S6, S7: an open order that answers ${fault.kind} stops neither quantities that sink nor first invoices`, async () => {
    const stage = await openShopStage();
    await stage.salla("products", mug);
    await stage.salla("products", pen);
    await stage.salla("orders", { items: [{ sku: "MUG" }], status: "completed" });
    await stage.sync();
    const stuck = await stage.salla("orders", { items: [{ sku: "MUG" }] });
    await stage.shop.fault({ vendor: "salla", method: "GET", path: `/orders/${String(stuck.id)}`, ...fault });
    const first = await stage.salla("orders", { items: [{ sku: "PEN" }], status: "completed" });
    await setBooks(stage, "3.0");
    await stage.sync();
    expect(await stage.offered("MUG")).toBe(3);
    expect(await stage.record("orders", String(first.id))).toMatchObject({ outcome: "created" });

    await setBooks(stage, "60.0");
    expect((await stage.sync()).of("stock").state).toBe("done");
    expect(await stage.offered("MUG"), "the stuck order may hold any of them").toBe(3);
    const told = await stage.record("stock", "MUG");
    expect(told).toMatchObject({ outcome: "waiting", code: "orders-unreadable" });
    expect(told.reason).toContain(String(stuck.reference_id));
  });

for (const end of ["complete", "cancel"])
  test(`S6: what is counted while an order cannot be read holds none of it, and ${end} counts its units in`, async () => {
    const stage = await openShopStage();
    await stage.salla("products", pen);
    const stuck = await stage.salla("orders", { items: [{ sku: "PEN", quantity: 2 }] });
    await stage.shop.fault({ vendor: "salla", path: `/orders/${String(stuck.id)}`, kind: "status", status: 500 });
    await stage.salla("orders", { items: [{ sku: "PEN", quantity: 5 }], status: "completed" });
    await stage.sync();
    expect([await stage.held("PEN"), await stage.offered("PEN")]).toEqual([43, 43]);

    await heal(stage);
    await stage.sync();
    expect([await stage.held("PEN"), await stage.offered("PEN")], "it is open").toEqual([43, 43]);
    await stage.act(stuck, end);
    await stage.sync();
    stage.clock.jump(hour);
    await stage.sync();
    const left = end === "cancel" ? 45 : 43;
    expect([await stage.held("PEN"), await stage.offered("PEN")]).toEqual([left, left]);
    expect(await stage.inQoyod("invoices")).toHaveLength(end === "cancel" ? 1 : 2);
  });

test("S6: where Salla deducts when an order is paid, a first count waits for the order that cannot be read", async () => {
  const stage = await openShopStage({
    sallaSettings: { deducts: "paid" },
    switches: { salla: { deductsWhen: "paid" } },
  });
  await stage.salla("products", pen);
  const stuck = await stage.salla("orders", { items: [{ sku: "PEN", quantity: 2 }] });
  await stage.shop.fault({ vendor: "salla", path: `/orders/${String(stuck.id)}`, kind: "status", status: 500 });
  await stage.salla("orders", { items: [{ sku: "PEN", quantity: 5 }], status: "completed", paid: true });
  await stage.sync();
  expect(await stage.inQoyod("invoices")).toHaveLength(0);
  const [told] = await stage.records("opening-counts");
  expect(told).toMatchObject({ outcome: "waiting", code: "count-hidden" });
  expect(told?.reason).toContain(String(stuck.reference_id));
  await heal(stage);
  stage.clock.jump(25 * hour);
  await stage.sync();
  expect(await stage.inQoyod("invoices")).toHaveLength(1);
});

async function heal({ shop }: ShopStage): Promise<void> {
  await fetch(`${shop.addresses.control}/faults`, { method: "DELETE" });
}

async function setBooks(stage: ShopStage, stock: string): Promise<void> {
  const product = (await stage.inQoyod("products")).find(({ sku }) => sku === "MUG");
  await stage.shop.change("qoyod/products", String(product?.id), { stock });
}
