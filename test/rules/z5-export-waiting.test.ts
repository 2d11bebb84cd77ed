/** Rule Z5: the links decide who is meant. Without one an order waits and names what is missing. */
import { expect, test } from "vitest";
import { why } from "../../src/operations/why.ts";
import type { Fields } from "../conformance/stand-in.ts";
import { openBuying } from "./buy-order-stage.ts";

test("Z5: an order of a supplier that people made in Optiply waits with its name, and goes when another is chosen", async () => {
  const { stage, place, exported, sent, idThere, weavers } = await openBuying();
  const [glass] = await stage.shop.add("optiply/suppliers", [{ name: "Glass of Murano" }]);
  const [placed = "", good = ""] = await place({ supplierId: Number(glass?.id) }, {});
  for (let run = 0; run < 2; run += 1) {
    await stage.sync();
    expect(await sent(placed)).toMatchObject({
      outcome: "waiting",
      code: "not-linked-back",
      reason: `No record of Zoho Books is linked with the supplier Glass of Murano (${glass?.id}) of Optiply.`,
    });
    expect(await exported(placed)).toEqual([]);
    expect(await exported(good)).toHaveLength(1);
    stage.clock.jump(2 * 3_600_000);
  }
  // The vendor that is made in Zoho Books arrives as another supplier; the order goes once it names that one.
  const [made] = await stage.shop.add("zoho-books/contacts", [
    { contact_name: "Glass of Murano", contact_type: "vendor" },
  ]);
  await stage.sync();
  expect(await exported(placed)).toEqual([]);
  await stage.shop.change("optiply/buyOrders", placed, {
    supplierId: await idThere("suppliers", String(made?.contact_id)),
  });
  await stage.sync();
  expect(await exported(placed)).toMatchObject([{ vendor_id: made?.contact_id }]);
  await stage.shop.change("optiply/buyOrders", placed, { supplierId: await idThere("suppliers", weavers) });
  await stage.sync();
  expect(await exported(placed)).toHaveLength(1);
});

test("Z5: an order of a product without a link waits with the product's name; an order goes whole or not at all", async () => {
  const { stage, place, exported, sent, idThere, mug } = await openBuying();
  const [vase] = await stage.shop.add("optiply/products", [{ name: "Vase", stockLevel: 1, unlimitedStock: false }]);
  const orderLines = [
    { productId: await idThere("products", mug), quantity: 2, subtotalValue: "9.00" },
    { productId: Number(vase?.id), quantity: 1, subtotalValue: "30.00" },
  ];
  const [placed = ""] = await place({ orderLines });
  await stage.sync();
  const record = await sent(placed);
  expect(record).toMatchObject({ outcome: "waiting", code: "not-linked-back" });
  expect(record.reason).toContain(`the product Vase (${vase?.id})`);
  expect((await why(stage.mizan.desk, `shop/buy-orders-export/${placed}`, "ar")).reason).toContain("Vase");
  expect(await exported(placed)).toEqual([]);
  const [, line] = await stage.inOptiply("buyOrderLines");
  await stage.shop.remove("optiply/buyOrderLines", String(line?.id));
  await stage.sync();
  expect((await exported(placed))[0]?.line_items).toMatchObject([{ item_id: mug, quantity: 2 }]);
});

test.for([
  { resource: "suppliers", add: { contact_name: "Late Vendor", contact_type: "vendor" }, module: "contacts" },
  { resource: "products", add: { name: "Late Item", sku: "LATE", available_for_sale_stock: 1 }, module: "items" },
] as const)("Z5: an order whose $resource are linked later is released by that", async ({ resource, add, module }) => {
  const { stage, place, exported, sent } = await openBuying();
  await stage.shop.add(`zoho-books/${module}`, [add]);
  // It was made in Optiply, but its answer was lost and it cannot be searched yet, so that nothing is linked.
  await stage.shop.fault({ vendor: "optiply", method: "POST", path: `/${resource}`, kind: "cut-after", count: 1 });
  await stage.shop.fault({ vendor: "optiply", method: "GET", path: `/${resource}`, kind: "status", status: 503 });
  await stage.sync({ flow: resource });
  await stage.calm();
  const made = (await stage.inOptiply(resource)).find(({ name }) => String(name).startsWith("Late"));
  const id = Number(made?.id);
  const [placed = ""] = await place(
    resource === "suppliers"
      ? { supplierId: id }
      : { orderLines: [{ productId: id, quantity: 1, subtotalValue: "1.00" }] },
  );
  await stage.sync({ flow: "buy-orders-export" });
  expect((await sent(placed)).reason).toContain(`the ${resource.slice(0, -1)} ${String(made?.name)} (${id})`);
  await stage.sync({ flow: resource, settle: true });
  await stage.sync({ flow: "buy-orders-export", scope: "due" });
  expect(await exported(placed)).toHaveLength(1);
  expect(await sent(placed)).toMatchObject({ outcome: "created", code: null });
});

test("Z5: remote ids decide nothing: neither another coupling's supplier nor a second one with the same remote id is taken", async () => {
  const { stage, place, exported, sent, idThere, potters } = await openBuying();
  const { couplingId } = stage.shop.addresses.credentials.optiply;
  const suppliers = await stage.shop.add("optiply/suppliers", [
    { name: "Potters elsewhere", remoteIdMap: { 999: potters } },
    { name: "Potters again", remoteIdMap: { [couplingId]: potters } },
  ] as readonly Fields[]);
  const placed = await place(...suppliers.map(({ id }) => ({ supplierId: Number(id) })), {});
  await stage.sync();
  const [elsewhere, twin] = [await sent(placed[0] ?? ""), await sent(placed[1] ?? "")];
  expect(elsewhere).toMatchObject({ outcome: "waiting", code: "not-linked-back" });
  expect(elsewhere.reason).toContain("the supplier Potters elsewhere");
  // Of two suppliers that carry one vendor's id, the one that holds the link is named.
  const holder = `the supplier Potters of Delft (${await idThere("suppliers", potters)})`;
  expect(twin).toMatchObject({
    outcome: "waiting",
    code: "linked-with-twin",
    reason: `The id ${potters} of Zoho Books, which the supplier Potters again (${suppliers[1]?.id}) of Optiply carries, is linked with ${holder}.`,
    action: `Choose ${holder} in Optiply, and delete the other one there if it is a double.`,
  });
  expect((await why(stage.mizan.desk, `shop/buy-orders-export/${placed[1]}`, "ar")).reason).toContain("المورد Potters");
  expect(await stage.shop.all("zoho-books/purchaseorders")).toHaveLength(1);
  expect(await exported(placed[2] ?? "")).toMatchObject([{ vendor_id: potters }]);
});
