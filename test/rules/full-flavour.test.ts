import { expect, test } from "vitest";
import { item, itemId, openStage, purchaseOrder, purchaseOrderId, remoteId, vendor, vendorId } from "../stage.ts";

test("Full: vendors, their products, purchase orders and an order placed in Optiply travel where they belong", async () => {
  const stage = await openStage({ flavour: "full" });
  const [potters] = await stage.shop.add("zoho-books/contacts", [vendor()]);
  const [mug, plate] = await stage.shop.add("zoho-books/items", [
    item({ vendor_id: vendorId(potters), vendor_name: "Potters of Delft", purchase_rate: 4 }),
    item({
      name: "Plate",
      sku: "PLATE",
      vendor_id: vendorId(potters),
      vendor_name: "Potters of Delft",
      purchase_rate: 7,
    }),
  ]);
  const [bought] = await stage.shop.add("zoho-books/purchaseorders", [
    purchaseOrder([{ item_id: itemId(mug), quantity: 10, rate: 4 }], { vendor_id: vendorId(potters) }),
  ]);
  const first = await stage.sync();
  expect(first.all.map(({ flow, state, message }) => [flow, state, message])).toEqual(
    ["products", "suppliers", "supplier-products", "sell-orders", "buy-orders-export", "buy-orders"].map((flow) => [
      flow,
      "done",
      null,
    ]),
  );
  const [supplier] = await stage.inOptiply("suppliers");
  expect(supplier).toMatchObject({ name: "Potters of Delft" });
  const products = await stage.inOptiply("products");
  const prices = (await stage.inOptiply("supplierProducts")).map(({ supplierId, price }) => [supplierId, price]);
  expect(prices.sort()).toEqual(["4.00", "7.00"].map((price) => [Number(supplier?.id), price]));
  expect((await stage.inOptiply("buyOrders")).map(remoteId)).toEqual([purchaseOrderId(bought)]);

  const [placed] = await stage.shop.add("optiply/buyOrders", [
    {
      supplierId: Number(supplier?.id),
      placed: "2026-04-01T10:00:00Z",
      totalValue: 70,
      orderLines: [
        { productId: Number(products.find(({ skuCode }) => skuCode === "PLATE")?.id), quantity: 10, subtotalValue: 70 },
      ],
    },
  ]);
  const second = await stage.sync();
  expect(second.of("buy-orders-export").counts.created).toBe(1);
  const orders = await stage.shop.all("zoho-books/purchaseorders");
  const made = orders.find(({ reference_number }) => reference_number === String(placed?.id));
  expect(made).toMatchObject({ vendor_id: vendorId(potters), date: "2026-04-01", status: "draft" });
  expect(made?.line_items).toMatchObject([{ item_id: itemId(plate), quantity: 10 }]);
  const inOptiply = await stage.inOptiply("buyOrders");
  expect(inOptiply).toHaveLength(2);
  expect(remoteId(inOptiply.find(({ id }) => id === placed?.id) ?? {})).toBe(purchaseOrderId(made));
  await stage.resetCalls();
  const third = await stage.sync();
  expect(third.all.every(({ state }) => state === "done")).toBe(true);
  expect(await stage.writes()).toBe(0);
  expect(await stage.shop.all("zoho-books/purchaseorders")).toHaveLength(2);
});
