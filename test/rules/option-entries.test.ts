import { expect, test } from "vitest";
import { pauseIntegration, setIntegration } from "../../src/operations/integrations.ts";
import { openShopStage, type ShopStage } from "../salla-qoyod-stage.ts";
import { integrationName } from "../stage.ts";

const set = (stage: ShopStage, options: Readonly<Record<string, unknown>>) =>
  setIntegration(stage.mizan.desk, integrationName, { options }, stage.signal);

test("contacts, fees and branches that the options choose must be there, and a fee is nothing that is counted", async () => {
  const stage = await openShopStage();
  const mug = await stage.qoyod("products", { name: "Golden mug", sku: "MUG", stock: "5" });
  const shipping = await stage.qoyod("products", {
    ...{
      sku: "SHIPPING",
      name_en: "Shipping",
      track_quantity: 0,
      purchase_item: 0,
      selling_price: 10,
      buying_price: 0,
    },
  });
  await expect(set(stage, { cashCustomerId: "55" })).rejects.toThrow(
    "cashCustomerId: 55 is no active contact of Qoyod",
  );
  await expect(set(stage, { codProductId: "1" })).rejects.toThrow("codProductId: 1 is no active product of Qoyod");
  await expect(set(stage, { shippingProductId: String(mug.id) })).rejects.toThrow(
    /shippingProductId: \d+ \(Golden mug\) is a product whose quantity Qoyod counts; allowed: a service/,
  );
  await expect(set(stage, { branches: "5=31" })).rejects.toThrow("branches: 5 is not known in Salla");
  const { integration } = await set(stage, { shippingProductId: String(shipping.id) });
  expect(integration.options).toMatchObject({ shippingProductId: String(shipping.id), cashCustomerId: "1001" });
});

test("an account is looked at again by itself, and what it tells by then stops the work beside another link", async () => {
  const stage = await openShopStage();
  const { pool } = stage.mizan.desk.store;
  await stage.salla("products", { name: "Mug", sku: "MUG", price: "52", quantity: 50, cost_price: "20" });
  await stage.salla("orders", { items: [{ sku: "MUG" }], status: "completed", sent_to: ["qoyod"] });
  await stage.sync();
  await pool.query("update connection set checked_at = checked_at - interval '25 hours'");
  const { all } = await stage.sync();
  expect(all.map(({ state }) => state)).not.toContain("done");
  await pauseIntegration(stage.mizan.desk, integrationName, true);
  await expect(pauseIntegration(stage.mizan.desk, integrationName, false)).rejects.toThrow(/orders were sent to Qoyod/);
  await set(stage, { nativeLinkOff: true });
  await pauseIntegration(stage.mizan.desk, integrationName, false);
  expect((await stage.sync()).of("orders").state).toBe("done");
});
