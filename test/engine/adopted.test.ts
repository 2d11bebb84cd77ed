import { expect, test } from "vitest";
import {
  item,
  itemId,
  openStage,
  order,
  orderId,
  purchaseOrder,
  purchaseOrderId,
  remoteId,
  vendor,
  vendorId,
} from "../stage.ts";

test("what Optiply holds under our remote ids from before is linked and changed, and none of it is made twice", async () => {
  const stage = await openStage({ flavour: "full" });
  const { shop } = stage;
  const { couplingId } = shop.addresses.credentials.optiply;
  const [potters] = await shop.add("zoho-books/contacts", [vendor()]);
  const [mug, plate] = await shop.add("zoho-books/items", [item(), item({ name: "Plate", sku: "PLATE" })]);
  const [sold] = await shop.add("zoho-books/salesorders", [order([{ item_id: itemId(mug), quantity: 1, rate: 9.5 }])]);
  const [bought] = await shop.add("zoho-books/purchaseorders", [
    purchaseOrder([{ item_id: itemId(mug), quantity: 4, rate: 2 }], { vendor_id: vendorId(potters) }),
  ]);
  const map = (id: string) => ({ remoteIdMap: { [couplingId]: id }, createdFromPublicApi: true });
  const [old, stranger] = await shop.add("optiply/products", [
    { name: "Old name", stockLevel: 1, unlimitedStock: false, ...map(itemId(mug)) },
    // Of another integration of the same webshop: not ours.
    { name: "Plate", stockLevel: 1, unlimitedStock: false, remoteIdMap: { 99: itemId(plate) } },
  ]);
  const [supplier] = await shop.add("optiply/suppliers", [{ name: "Old potters", ...map(vendorId(potters)) }]);
  const line = [{ productId: Number(old?.id), quantity: 1, subtotalValue: 9.5 }];
  await shop.add("optiply/sellOrders", [
    { placed: "2026-03-05T00:00:00Z", totalValue: 9.5, orderLines: line, ...map(orderId(sold)) },
  ]);
  await shop.add("optiply/buyOrders", [
    {
      placed: "2026-03-04T09:00:00Z",
      totalValue: 1,
      supplierId: Number(supplier?.id),
      orderLines: line,
      ...map(purchaseOrderId(bought)),
      createdFromPublicApi: false,
    },
  ]);
  const reports = await stage.sync();
  expect(reports.all.map(({ state, message }) => [state, message])).toEqual(reports.all.map(() => ["done", null]));
  const products = await stage.inOptiply("products");
  expect(products).toHaveLength(3);
  expect(products.find(({ id }) => id === old?.id)).toMatchObject({ name: "Mug", stockLevel: 12 });
  expect(products.find(({ id }) => id === stranger?.id)).toMatchObject({ stockLevel: 1 });
  expect(await stage.inOptiply("suppliers")).toMatchObject([{ id: supplier?.id, name: "Potters of Delft" }]);
  expect((await stage.inOptiply("sellOrders")).map(remoteId)).toEqual([orderId(sold)]);
  // What people made there keeps its day; the figures are those of the purchase order.
  const [order1, ...others] = await stage.inOptiply("buyOrders");
  expect(others).toEqual([]);
  expect(order1).toMatchObject({ totalValue: "8.00" });
  expect(Date.parse(String(order1?.placed))).toBe(Date.parse("2026-03-04T09:00:00Z"));
  expect(await stage.inOptiply("buyOrderLines")).toMatchObject([{ quantity: 4, subtotalValue: "8.00" }]);
  expect(await shop.all("zoho-books/purchaseorders")).toHaveLength(1);
  await stage.resetCalls();
  await stage.sync();
  expect(await stage.writes()).toBe(0);
  // The lists of the export: the orders of planners, and the lines that moved.
  expect(await stage.count("optiply")).toBe(2);
});
