/** Accounts of the options that somebody made inactive in Qoyod: what needs them says so, and goes on when they are back. */
import { expect, test } from "vitest";
import { setIntegration } from "../../src/operations/integrations.ts";
import { retry } from "../../src/operations/retry.ts";
import { openShopStage, type ShopStage } from "../salla-qoyod-stage.ts";
import { integrationName } from "../stage.ts";

const order = { items: [{ sku: "MUG", quantity: 3 }], payment_method: "mada", paid: true, status: "completed" };

async function fill({ salla }: Pick<ShopStage, "salla">): Promise<void> {
  await salla("products", { name: "Mug", sku: "MUG", price: "52", quantity: 10, cost_price: "20" });
}

const again = async (stage: ShopStage, record: string) => {
  await retry(stage.mizan.desk, { record: `${integrationName}/${record}`, signal: stage.signal });
  stage.clock.jump(2 * 3_600_000);
  await stage.sync();
};

for (const { account, flow } of [
  { account: "101", flow: "products" },
  { account: "104", flow: "opening-counts" },
])
  test(`an inactive account ${account} stops ${flow} by name before there is an invoice`, async () => {
    const stage = await openShopStage({ before: fill });
    await stage.shop.change("qoyod/accounts", account, { status: "Inactive" });
    const placed = await stage.salla("orders", order);
    await stage.sync();
    const stopped = await stage.record(flow, "MUG");
    expect(["waiting", "rejected"]).toContain(stopped.outcome);
    expect(stopped.reason).toContain(`account ${account} is not active`);
    expect((await stage.record("orders", String(placed.id))).outcome).toBe("waiting");
    expect(await stage.inQoyod("invoices")).toEqual([]);
    await stage.shop.change("qoyod/accounts", account, { status: "Active" });
    await again(stage, `${flow}/${stopped.sourceId}`);
    expect(await stage.inQoyod("invoices")).toMatchObject([{ status: "Paid" }]);
    expect([await stage.held("MUG"), await stage.offered("MUG")]).toEqual([7, 7]);
  });

test("an inactive account of a payment method leaves the invoice unpaid and says why; it is refused when it is chosen", async () => {
  const stage = await openShopStage({ before: fill });
  await stage.shop.change("qoyod/accounts", "105", { status: "Inactive" });
  await stage.salla("orders", order);
  await stage.sync();
  expect(await stage.inQoyod("invoices")).toMatchObject([{ status: "Approved", total: "156.0" }]);
  const [payment] = await stage.records("payments");
  expect(payment).toMatchObject({ outcome: "rejected", code: "refused-by-target" });
  expect(payment?.reason).toContain("account 105 is not active");
  const save = setIntegration(
    stage.mizan.desk,
    integrationName,
    { options: { paymentAccounts: "mada=105" } },
    stage.signal,
  );
  await expect(save).rejects.toThrow(/paymentAccounts: 105 is not known in Qoyod/);

  const options = { paymentAccounts: "mada=106" };
  await setIntegration(stage.mizan.desk, integrationName, { options }, stage.signal);
  await again(stage, `payments/${payment?.sourceId}`);
  expect(await stage.inQoyod("invoices")).toMatchObject([{ status: "Paid" }]);
  expect(await stage.inQoyod("invoice_payments")).toMatchObject([{ account_id: 106 }]);
});
