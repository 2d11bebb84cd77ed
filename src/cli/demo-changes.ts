import type { DemoSandbox, VendorFields } from "./demo-sandbox.ts";

/** Something that the merchant did in the shop, and the record in which it shows. */
export interface ShopChange {
  readonly what: string;
  readonly flow: "products" | "sell-orders" | "buy-orders";
  readonly sourceId: string;
}

const aWeekMs = 7 * 86_400_000;
const invoiced = { order_status: "closed", invoiced_status: "invoiced" };

/** Plays merchant: a few changes of the kind that a shop sees every day. */
export async function changeShop(sandbox: DemoSandbox): Promise<ShopChange[]> {
  const items = await sandbox.list("zoho-books/items?status=active&limit=200");
  const orders = await sandbox.list("zoho-books/salesorders?limit=400");
  const purchases = await sandbox.list("zoho-books/purchaseorders?status=open&limit=400");
  const plain = items.filter(
    (item) => item.track_inventory === true && text(item.name) !== "" && Number(item.rate) < 1000,
  );
  const [renamed, counted] = [plain.at(-1), plain.at(-2)];
  const open = orders.find((order) => order.order_status === "confirmed" && order.invoiced_status === "not_invoiced");
  const done = orders.find((order) => order.order_status === "closed" && order.invoiced_status === "invoiced");
  const changes: ShopChange[] = [];
  const item = (what: string, fields: VendorFields | undefined) => {
    if (fields) changes.push({ what, flow: "products", sourceId: text(fields.item_id) });
  };
  const order = (what: string, fields: VendorFields | undefined) => {
    if (fields) changes.push({ what, flow: "sell-orders", sourceId: text(fields.salesorder_id) });
  };
  const change = (resource: string, id: unknown, fields: VendorFields) =>
    sandbox.change(`zoho-books/${resource}`, text(id), fields);

  if (renamed) await change("items", renamed.item_id, { name: `${text(renamed.name)}, new recipe` });
  item(`renamed ${text(renamed?.name)}`, renamed);
  if (counted) await change("items", counted.item_id, { available_for_sale_stock: 4321 });
  item(`counted 4321 of ${text(counted?.name)}`, counted);

  const stock = { track_inventory: true, available_for_sale_stock: 25 };
  const fresh = await sandbox.add("zoho-books/items", { name: "Sugar tongs", sku: "TONGS", rate: 6.4, ...stock });
  item("a new item, Sugar tongs", fresh);
  const resting = { name: "Winter blend", sku: "WINTER", rate: 5.9, status: "inactive", ...stock };
  const inactive = await sandbox.add("zoho-books/items", resting);
  item("a new item that is inactive, Winter blend", inactive);

  const lines = [
    { item_id: fresh.item_id, quantity: 2 },
    { item_id: inactive.item_id, quantity: 1 },
  ];
  order("a new order of both", await sandbox.add("zoho-books/salesorders", { ...invoiced, line_items: lines }));
  if (open) await change("salesorders", open.salesorder_id, invoiced);
  order(`invoiced ${text(open?.salesorder_number)}, left out until now`, open);
  if (done) await change("salesorders", done.salesorder_id, { order_status: "void" });
  order(`voided ${text(done?.salesorder_number)}; an order that was sent is not changed`, done);
  const coming = purchases.at(-1);
  if (coming === undefined) return changes;
  const expected_delivery_date = new Date(Date.now() + aWeekMs).toISOString().slice(0, 10);
  await change("purchaseorders", coming.purchaseorder_id, { expected_delivery_date });
  const what = `${text(coming.purchaseorder_number)} is expected on ${expected_delivery_date}`;
  changes.push({ what, flow: "buy-orders", sourceId: text(coming.purchaseorder_id) });
  return changes;
}

function text(value: unknown): string {
  return value === undefined || value === null ? "" : String(value);
}
