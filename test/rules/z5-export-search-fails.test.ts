import { expect, test } from "vitest";
import { item, openStage, vendor, vendorId } from "../stage.ts";

test("Z5: an order that Zoho cannot be searched for waits and is taken up again; the others are exported", async () => {
  const stage = await openStage({ flavour: "full" });
  const { shop } = stage;
  const [potters] = await shop.add("zoho-books/contacts", [vendor()]);
  await shop.add("zoho-books/items", [item({ vendor_id: vendorId(potters), vendor_name: "Potters of Delft" })]);
  await stage.sync();
  const [supplier] = await stage.inOptiply("suppliers");
  const [product] = await stage.inOptiply("products");
  const place = (quantity: number) => ({
    supplierId: Number(supplier?.id),
    placed: "2026-04-01T10:00:00Z",
    totalValue: quantity,
    orderLines: [{ productId: Number(product?.id), quantity, subtotalValue: quantity }],
  });
  const placed = await shop.add("optiply/buyOrders", [place(1), place(2), place(3)]);
  // Each search is asked three times before its refusal counts: seven strikes are the end of one of three searches.
  await shop.fault({
    vendor: "zoho-books",
    method: "GET",
    path: "/purchaseorders",
    kind: "nonzero-code",
    code: 2,
    count: 7,
  });
  const first = await stage.sync({ flow: "buy-orders-export" });
  const report = first.of("buy-orders-export");
  expect([report.state, report.message]).toEqual(["done", null]);
  expect(report.counts).toMatchObject({ created: 2, waiting: 1 });
  expect(await shop.all("zoho-books/purchaseorders")).toHaveLength(2);
  const [waiting] = (await stage.records({ flow: "buy-orders-export" })).filter(({ outcome }) => outcome === "waiting");
  expect(waiting).toMatchObject({ code: "vendor-error" });
  expect(waiting?.retryAt).not.toBeNull();
  await stage.calm();
  stage.clock.jump(3_700_000);
  await stage.sync({ flow: "buy-orders-export" });
  const references = (await shop.all("zoho-books/purchaseorders")).map(({ reference_number }) => reference_number);
  expect(references.sort()).toEqual(placed.map(({ id }) => String(id)).sort());
});
