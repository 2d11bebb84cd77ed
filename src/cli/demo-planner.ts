import { decimal, readDecimal, roundHalfUp } from "../core/decimal.ts";
import type { Outcome } from "../core/outcome.ts";
import { type DemoClient, storyOf } from "./demo-client.ts";
import type { DemoSandbox, VendorFields } from "./demo-sandbox.ts";

/** A buy order that somebody placed in Optiply. */
interface PlacedOrder {
  readonly id: string;
  readonly supplier: string;
  readonly lines: number;
}

/** What became of it: as `--json` tells it. */
export interface OrderStory extends PlacedOrder {
  readonly outcome: Outcome;
  /** why it is not exported, and what a person can do about it */
  readonly reason: string | null;
  readonly action: string | null;
  /** the number of each purchase order in Zoho Books that carries its id: one where it was exported, never two */
  readonly purchaseOrders: readonly string[];
  /** when Optiply took it as completed; ISO 8601 */
  readonly completed: string | null;
}

/** From whom is ordered, and how many of each product. The last one is never sent off: it stays a draft. */
const wanted: readonly { supplier: string; quantities: readonly number[]; placed: boolean }[] = [
  { supplier: "Made-up Supplies 001", quantities: [24, 12, 6], placed: true },
  { supplier: "Made-up Supplies 002", quantities: [10, 40], placed: true },
  { supplier: "Delta Imports", quantities: [18], placed: true },
  { supplier: "Corner Pottery", quantities: [8], placed: true },
  { supplier: "Made-up Supplies 003", quantities: [5], placed: false },
];
/** The supplier that a planner made in Optiply, so that Zoho Books does not know it. */
const unknown = "Corner Pottery";

/** Plays planner: places a few buy orders in Optiply, and has one of them at a supplier that Zoho Books does not know. */
export async function placeBuyOrders(sandbox: DemoSandbox): Promise<PlacedOrder[]> {
  await sandbox.add("optiply/suppliers", { name: unknown });
  const orders: PlacedOrder[] = [];
  for (const { supplier, quantities, placed } of wanted) {
    const [{ id: supplierId } = {}] = await sandbox.list(`optiply/suppliers?name=${encodeURIComponent(supplier)}`);
    const asked = supplier === unknown ? "" : `supplierId=${supplierId}&`;
    const offers = await sandbox.list(`optiply/supplierProducts?${asked}status=enabled&limit=${quantities.length}`);
    const orderLines = offers.map(({ productId, price }, index) => lineOf(productId, price, quantities[index] ?? 1));
    const moment = placed ? { placed: new Date().toISOString() } : {};
    const order = await sandbox.add("optiply/buyOrders", { supplierId: Number(supplierId), ...moment, orderLines });
    orders.push({ id: String(order.id), supplier, lines: orderLines.length });
  }
  return orders;
}

function lineOf(productId: unknown, price: unknown, quantity: number): VendorFields {
  const subtotal = (readDecimal(price) ?? decimal(1)).times(quantity);
  return { productId, quantity, subtotalValue: roundHalfUp(subtotal, 2).toFixed(2) };
}

/** Plays merchant: issues a purchase order, takes the goods and the bill in, and closes it. @returns its number */
export async function closePurchaseOrder(sandbox: DemoSandbox, { id }: PlacedOrder): Promise<string> {
  const [made] = await purchaseOrdersOf(sandbox, id);
  if (made === undefined) throw new Error(`Zoho Books has no purchase order for buy order ${id}`);
  const received = { received_status: "received", billed_status: "billed", order_status: "closed" };
  await sandbox.change("zoho-books/purchaseorders", String(made.purchaseorder_id), received);
  return String(made.purchaseorder_number);
}

/** What became of each order, as Mizan's API and the two stand-ins tell it. */
export async function orderStories(
  client: DemoClient,
  sandbox: DemoSandbox,
  orders: readonly PlacedOrder[],
): Promise<OrderStory[]> {
  const stories: OrderStory[] = [];
  for (const order of orders) {
    const { outcome, reason, action } = await storyOf(client, exportedAs(order));
    const made = await purchaseOrdersOf(sandbox, order.id);
    const [there] = await sandbox.list(`optiply/buyOrders?id=${order.id}`);
    const purchaseOrders = made.map(({ purchaseorder_number }) => String(purchaseorder_number));
    const completed = there?.completed == null ? null : String(there.completed);
    stories.push({ ...order, outcome, reason, action, purchaseOrders, completed });
  }
  return stories;
}

/** The record of an order, as `mizan why` takes it. */
export function exportedAs({ id }: { readonly id: string }): string {
  return `demo/buy-orders-export/${id}`;
}

function purchaseOrdersOf(sandbox: DemoSandbox, id: string): Promise<VendorFields[]> {
  return sandbox.list(`zoho-books/purchaseorders?reference_number=${id}`);
}
