/**
 * Real orders as orders of Salla: placed, completed in random order and canceled while purchases are booked in Qoyod. At each
 * quiet moment the stock equation holds for every counted product, and each completed order has one invoice of its total.
 */
import { describe, expect, it } from "vitest";
import type { Fields } from "../conformance/stand-in.ts";
import { openShopStage, type ShopStage } from "../salla-qoyod-stage.ts";
import { cents, type ExpectedOrder, readInvoices, retailFiles, whyAbsent } from "./retail-books.ts";

const orderCount = 40;
const linesAtMost = 8;
const stepsBetweenQuiet = 12;

/** An order of the files on its way through the shop. */
interface Sold {
  readonly invoice: string;
  readonly total: string;
  readonly units: ReadonlyMap<string, number>;
  readonly order: Fields;
  state: "open" | "completed" | "canceled";
}

describe.skipIf(retailFiles.length === 0)(`real orders in Salla (skipped where ${whyAbsent})`, () => {
  it("every completed order has one invoice of its total, and the stock equation holds at every quiet moment", async () => {
    const stage = await openShopStage();
    const wanted = takeOrders();
    await stage.shop.add("salla/products", productsOf(wanted));
    const random = seeded(20);
    const sold: Sold[] = [];
    const waiting = [...wanted];
    for (let step = 1; waiting.length > 0 || sold.some(({ state }) => state === "open"); step += 1) {
      const open = sold.filter(({ state }) => state === "open");
      const next = open[Math.floor(random() * open.length)];
      const chance = random();
      if (waiting.length > 0 && (next === undefined || chance < 0.5)) {
        const [invoice, order] = waiting.shift() ?? ["", undefined];
        if (order !== undefined) sold.push(await place(stage, invoice, order));
      } else if (next !== undefined && chance < 0.93) await complete(stage, next);
      else if (next !== undefined) await cancel(stage, next);
      if (random() < 0.2) await purchase(stage, random);
      if (step % stepsBetweenQuiet === 0) await expectQuiet(stage, sold);
    }
    await expectQuiet(stage, sold);
    const waits = (await stage.records()).filter(({ outcome }) => outcome === "waiting" || outcome === "rejected");
    expect(waits).toEqual([]);
  }, 300_000);
});

/** Some orders of the first month that have only positive lines with prices. */
function takeOrders(): [string, ExpectedOrder][] {
  const { orders } = readInvoices(retailFiles.slice(0, 1));
  return [...orders]
    .filter(([invoice, { lines }]) => !invoice.startsWith("C") && lines.size > 1 && lines.size <= linesAtMost)
    .filter(([, { lines }]) =>
      [...lines.values()].every(
        ({ quantity, subtotal }) => quantity > 0n && subtotal > 0n && subtotal % (quantity * 10n) === 0n,
      ),
    )
    .slice(0, orderCount);
}

/** One product for each code, with stock for all that is sold of it; prices include VAT. */
function productsOf(orders: readonly (readonly [string, ExpectedOrder])[]): Fields[] {
  const needed = new Map<string, number>();
  for (const [, { lines }] of orders)
    for (const [code, { quantity }] of lines) needed.set(code, (needed.get(code) ?? 0) + Number(quantity));
  return [...needed].map(([code, quantity]) => ({
    name: `Product ${code}`,
    sku: code,
    price: "10",
    quantity: quantity + 5,
    cost_price: "4",
  }));
}

async function place(stage: ShopStage, invoice: string, { total, lines }: ExpectedOrder): Promise<Sold> {
  const items = [...lines].map(([sku, { quantity, subtotal }]) => ({
    sku,
    quantity: Number(quantity),
    price: cents(subtotal / quantity),
  }));
  const order = await stage.salla("orders", { items, payment_method: "mada", paid: true });
  const units = new Map([...lines].map(([code, { quantity }]) => [code, Number(quantity)]));
  return { invoice, total: cents(total), units, order, state: "open" };
}

async function complete(stage: ShopStage, one: Sold): Promise<void> {
  await stage.act(one.order, "complete");
  one.state = "completed";
}

async function cancel(stage: ShopStage, one: Sold): Promise<void> {
  await stage.act(one.order, "cancel", { restore_items: true });
  one.state = "canceled";
}

/** A purchase of something that Qoyod knows already. */
async function purchase(stage: ShopStage, random: () => number): Promise<void> {
  const products = await stage.inQoyod("products");
  const product = products[Math.floor(random() * products.length)];
  if (product === undefined) return;
  await stage.qoyod("bills", { line_items: [{ product_id: product.id, quantity: 1 + Math.floor(random() * 9) }] });
}

/** Lets everything run until nothing is left to do, then looks at both sides. */
async function expectQuiet(stage: ShopStage, sold: readonly Sold[]): Promise<void> {
  await stage.sync();
  await stage.sync({ flow: "stock" });
  const invoices = await stage.inQoyod("invoices");
  const completed = sold.filter(({ state }) => state === "completed");
  const byNumber = new Map(invoices.map((invoice) => [String(invoice.reference).split("-").at(-1), invoice]));
  expect(invoices).toHaveLength(completed.length);
  for (const { order, total, invoice } of completed)
    expect(Number(byNumber.get(String(order.reference_id))?.total).toFixed(2), invoice).toBe(total);
  const reserved = new Map<string, number>();
  for (const { units } of sold.filter(({ state }) => state === "open"))
    for (const [sku, quantity] of units) reserved.set(sku, (reserved.get(sku) ?? 0) + quantity);
  const offered = new Map((await stage.inSalla("products")).map((one) => [String(one.sku), Number(one.quantity)]));
  for (const product of await stage.inQoyod("products")) {
    const sku = String(product.sku);
    const [first] = product.inventories as Fields[];
    expect(offered.get(sku), sku).toBe(Math.max(0, Number(first?.stock) - (reserved.get(sku) ?? 0)));
  }
}

/** Numbers from 0 to below 1, the same for the same seed. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}
