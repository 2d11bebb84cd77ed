import { setTimeout } from "node:timers/promises";
import { decimal } from "../core/decimal.ts";
import type { Outcome } from "../core/outcome.ts";
import type { SendResult } from "../operations/send-orders.ts";
import { type DemoClient, storyOf } from "./demo-client.ts";
import type { Synced } from "./demo-report.ts";
import type { DemoSandbox, VendorFields } from "./demo-sandbox.ts";
import { syncDemo, unboundCalls } from "./demo-steps.ts";

/** The integration of the Salla shop. */
export const sallaDemo = "salla-shop";

/** What became of an order of the Salla shop. */
export interface InvoicedOrder {
  /** the number that people know it by */
  readonly order: string;
  readonly sourceId: string;
  /** the slug of its status */
  readonly status: string;
  /** with VAT, in SAR, as Salla says */
  readonly total: string;
  readonly outcome: Outcome;
  readonly reason: string | null;
  readonly action: string | null;
  /** what Qoyod has of it: one where it was invoiced, never two */
  readonly invoices: readonly { readonly id: string; readonly total: string; readonly status: string }[];
}

/** What the part of the demo about Salla and Qoyod showed. */
export interface SallaStory {
  readonly orders: readonly InvoicedOrder[];
  /** a purchase in Qoyod, and what Salla offered of its product before and after */
  readonly purchase: { readonly sku: string; readonly units: number; readonly before: number; readonly after: number };
  readonly refund: Refund;
  readonly sentAgain: SentAgain;
}

/** Units of an invoiced order that were given back in Salla, and the credit notes of both sides. */
export interface Refund {
  readonly order: string;
  /** what was given back */
  readonly units: number;
  readonly name: string;
  readonly inSalla: { readonly id: string; readonly total: string };
  /** what Qoyod has of it: one, never two */
  readonly inQoyod: readonly { readonly id: string; readonly total: string }[];
}

/** An invoiced order that was sent by hand once more, what Mizan said, and how many invoices Qoyod had before and after. */
export interface SentAgain {
  readonly order: string;
  readonly outcome: string;
  readonly reason: string | null;
  readonly before: number;
  readonly after: number;
}

/** The ids of the company that the stand-in Qoyod begins with, and how it rounds. */
const company = {
  locationId: "31",
  salesAccountId: "101",
  costAccountId: "102",
  openingBalanceAccountId: "104",
  unitTypeId: "7",
  categoryId: "21",
  cashCustomerId: "1001",
  paymentAccounts: "mada=105,credit_card=105,cod=106",
  rounding: "exact/exact/per-rate/contained/gross",
};

const names =
  "دلة قهوة عربية, فنجان مذهب, تمر سكري, بخور عود, مبخرة خشب, ماء ورد, عسل سدر, هيل أخضر, زعفران, سجادة صلاة, مسبحة كهرمان, شماغ أحمر";
/** Every fourth order is a guest's. */
const people: readonly VendorFields[] = [
  { first_name: "نورة", last_name: "العتيبي", mobile: "501234567", mobile_code: "+966" },
  { first_name: "فهد", last_name: "القحطاني", mobile: "551234567", mobile_code: "+966" },
  { first_name: "Sara", last_name: "Haddad", mobile: "561234567", mobile_code: "+966", email: "sara@example.com" },
];
/** How long the demo waits for a queued write of a quantity, and how often it looks. */
const longestQueueMs = 10_000;
const queueLookMs = 50;
const bought = { sku: "DEMO-01", units: 24 };
/** By product, how many; the last line of the first order without a SKU is of a product that has none. */
const carts: readonly { readonly status?: string; readonly lines: readonly number[]; readonly more?: VendorFields }[] =
  [
    { status: "complete", lines: [1, 2] },
    { status: "complete", lines: [3], more: { coupon: { code: "TEN", percent: 10 } } },
    { status: "complete", lines: [4, 5, 6], more: { shipping: "25" } },
    { status: "complete", lines: [1], more: { payment_method: "cod", paid: false, shipping: "20", cod: "10" } },
    { status: "complete", lines: [7, 8] },
    { status: "complete", lines: [9, 10, 11], more: { coupon: { code: "FIFTY", amount: "50" } } },
    { status: "complete", lines: [12] },
    { status: "complete", lines: [2, 4] },
    { status: "complete", lines: [0] },
    { status: "progress", lines: [1, 3] },
    { status: "ship", lines: [5] },
    { status: "cancel", lines: [6] },
  ];

/**
 * A dozen products in Salla, one more without a SKU, the two services in Qoyod that shipping is invoiced as, and a status of
 * the merchant's own that sends an order.
 */
export async function setUpSallaDemo(client: DemoClient, sandbox: DemoSandbox): Promise<void> {
  const { vendors, credentials } = sandbox;
  for (const [at, name] of names.split(", ").entries()) await sandbox.add("salla/products", productOf(at + 1, name));
  await sandbox.add("salla/products", { name: "هدية مغلفة", price: "75", quantity: 10, cost_price: "30" });
  const service = { type: "Service", track_quantity: 0 };
  const shipping = await sandbox.add("qoyod/products", { sku: "SHIP", name: "شحن", ...service });
  const cod = await sandbox.add("qoyod/products", { sku: "COD", name: "رسوم الدفع عند الاستلام", ...service });
  const send = await sandbox.add("salla/statuses", { name: "أرسل إلى قيود", slug: "in_progress" });
  const { clientId, clientSecret, refreshToken, webhookSecret } = credentials.salla;
  await client.call("POST", "/v1/connections", {
    name: "salla",
    vendor: "salla",
    settings: { ...vendors.salla, callsPerMinute: unboundCalls, concurrency: 8 },
    secrets: { clientId, clientSecret, refreshToken, webhookSecret },
  });
  await client.call("POST", "/v1/connections", {
    name: "qoyod",
    vendor: "qoyod",
    settings: { ...vendors.qoyod, minuteMs: 10 },
    secrets: credentials.qoyod,
  });
  await client.call("POST", "/v1/integrations", {
    name: sallaDemo,
    kind: "salla-qoyod",
    flavour: "standard",
    source: "salla",
    target: "qoyod",
    options: {
      ...company,
      shippingProductId: String(shipping.id),
      codProductId: String(cod.id),
      sendStatuses: String(send.id),
    },
    paused: true,
  });
}

/** Plays customers and merchant: a dozen orders, most of which are completed. @returns their ids */
export async function placeSallaOrders(sandbox: DemoSandbox): Promise<readonly string[]> {
  const products = await sandbox.list("salla/products?limit=100");
  const withoutSku = products.find(({ sku }) => sku === "" || sku === null || sku === undefined);
  const customers: VendorFields[] = [];
  for (const customer of people) customers.push(await sandbox.add("salla/customers", customer));
  const ids: string[] = [];
  for (const [at, { status, lines, more }] of carts.entries()) {
    const items = lines.map((number) => {
      const of = number === 0 ? { product_id: withoutSku?.id } : { sku: skuOf(number) };
      return { ...of, quantity: 1 + ((at + number) % 3) };
    });
    const buyer = customers[at % (customers.length + 1)];
    const who = buyer === undefined ? {} : { customer_id: buyer.id };
    const order = await sandbox.add("salla/orders", { items, payment_method: "mada", paid: true, ...who, ...more });
    if (status !== undefined) await sandbox.act("salla/orders", String(order.id), status);
    ids.push(String(order.id));
  }
  return ids;
}

/** What became of the orders, as Mizan's API and the two stand-ins tell it. */
export async function invoicedOrders(
  client: DemoClient,
  sandbox: DemoSandbox,
  ids: readonly string[],
): Promise<InvoicedOrder[]> {
  const [orders, invoices] = [
    await sandbox.list("salla/orders?limit=100"),
    await sandbox.list("qoyod/invoices?limit=100"),
  ];
  const stories: InvoicedOrder[] = [];
  for (const sourceId of ids) {
    const order = orders.find(({ id }) => String(id) === sourceId) ?? {};
    const { outcome, reason, action } = await storyOf(client, `${sallaDemo}/orders/${sourceId}`);
    const own = invoices.filter(({ reference }) => String(reference).endsWith(`-${String(order.reference_id)}`));
    stories.push({
      order: String(order.reference_id),
      sourceId,
      status: String(fieldsOf(order.status).slug),
      total: money(fieldsOf(fieldsOf(order.amounts).total).amount),
      outcome,
      reason,
      action,
      invoices: own.map(({ id, total, status }) => ({
        id: String(id),
        total: money(total),
        status: String(status),
      })),
    });
  }
  return stories;
}

/** Plays accountant: a purchase is booked in Qoyod, and the next pass over the stock raises what Salla offers. */
export async function purchaseInQoyod(client: DemoClient, sandbox: DemoSandbox): Promise<SallaStory["purchase"]> {
  const before = await offered(sandbox, bought.sku);
  const [product] = await sandbox.list(`qoyod/products?sku=${bought.sku}`);
  await sandbox.add("qoyod/bills", { line_items: [{ product_id: product?.id, quantity: bought.units }] });
  await syncDemo(client, sallaDemo, "Stock, after a purchase in Qoyod", "stock");
  return { ...bought, before, after: await offeredOnceWritten(sandbox, bought.sku, before) };
}

/** Salla queues writes of quantities, so that what it offers changes a moment after its answer. */
async function offeredOnceWritten(sandbox: DemoSandbox, sku: string, before: number): Promise<number> {
  const givenUpAt = performance.now() + longestQueueMs;
  for (;;) {
    const now = await offered(sandbox, sku);
    if (now !== before || performance.now() > givenUpAt) return now;
    await setTimeout(queueLookMs);
  }
}

/** Plays merchant: one unit of an order comes back, and the credit note of Salla becomes one of Qoyod. */
export async function refundInSalla(
  client: DemoClient,
  sandbox: DemoSandbox,
  { order, sourceId }: InvoicedOrder,
): Promise<Refund> {
  const found = (await sandbox.list("salla/orders?limit=100")).find(({ id }) => String(id) === sourceId);
  const [line] = (found?.items ?? []) as readonly VendorFields[];
  const units = 1;
  await sandbox.act("salla/orders", sourceId, "refund", { lines: [{ id: line?.id, quantity: units }] });
  const notes = (await sandbox.list("salla/invoices?limit=100")).filter(
    ({ type, order_id }) => type === "Credit Note" && String(order_id) === sourceId,
  );
  const [note] = notes;
  await syncDemo(client, sallaDemo, "Refunds, after a unit came back in Salla", "refunds");
  const credited = (await sandbox.list("qoyod/credit_notes?limit=100")).filter(({ reference }) =>
    String(reference).includes(`-${order}-CN`),
  );
  return {
    order,
    units,
    name: String(line?.name),
    inSalla: { id: String(note?.id), total: money(fieldsOf(note?.total).amount) },
    inQoyod: credited.map(({ id, total }) => ({ id: String(id), total: money(total) })),
  };
}

/** Sends an order that has its invoice by hand once more, and has everything synced again. */
export async function sendAgain(
  client: DemoClient,
  sandbox: DemoSandbox,
  { order }: InvoicedOrder,
): Promise<{ readonly sentAgain: SentAgain; readonly synced: Synced }> {
  const before = (await sandbox.list("qoyod/invoices?limit=100")).length;
  const path = `/v1/integrations/${sallaDemo}/orders/send`;
  const { orders } = await client.call<SendResult>("POST", path, { orders: [order] });
  const [sent] = orders;
  if (sent === undefined) throw new Error(`nothing was said of order ${order}`);
  const synced = await syncDemo(client, sallaDemo, "Second sync, after an invoiced order was sent once more");
  const after = (await sandbox.list("qoyod/invoices?limit=100")).length;
  const { outcome, reason } = sent;
  return { sentAgain: { order, outcome, reason, before, after }, synced };
}

/** Has Salla tell Mizan of every change, and its dashboard show Mizan's page. */
export async function openSallaApp(client: DemoClient, sandbox: DemoSandbox, url: string): Promise<void> {
  const { path } = await client.call<{ path: string }>("GET", "/v1/connections/salla/webhooks");
  await sandbox.setSallaApp({ url: url + path, embeddedUrl: `${url}/embedded/salla` });
}

function productOf(number: number, name: string): VendorFields {
  const price = 15 + number * 8;
  return { name, sku: skuOf(number), price: String(price), quantity: 20 + number, cost_price: String(price / 2) };
}

function skuOf(number: number): string {
  return `DEMO-${String(number).padStart(2, "0")}`;
}

async function offered(sandbox: DemoSandbox, sku: string): Promise<number> {
  const [product] = await sandbox.list(`salla/products?sku=${sku}`);
  return Number(product?.quantity);
}

function money(value: unknown): string {
  return decimal(String(value)).toFixed(2);
}

function fieldsOf(value: unknown): VendorFields {
  return typeof value === "object" && value !== null ? (value as VendorFields) : {};
}
