/**
 * The shops and books of `bench/webhook-to-invoice.ts`, as a process of their own: each shop a Salla and a Qoyod, orders that are
 * completed at a fixed pace, and when each call of a shop came and was answered. `fork` it, and send it one `Load`.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { type HttpListener, listen } from "../sandbox/http-listener.ts";
import { createSandbox, type Sandbox } from "../sandbox/sandbox.ts";
import type { Door } from "../sandbox/vendors.ts";
import { type ControlCall, controlOf } from "./sandbox-in-process.ts";

/** What is to be done, once the shops are linked. */
export interface Load {
  /** where each shop posts its webhooks */
  readonly webhookUrls: readonly string[];
  readonly events: readonly string[];
  readonly perSecond: number;
  /** orders of each shop before those that count: they make its products and its counts */
  readonly warmUp: number;
  readonly seconds: number;
}

/** Where one shop and its books are. */
export interface ShopAddresses {
  readonly salla: string;
  readonly accounts: string;
  readonly qoyod: string;
}

/** What came of one order, in milliseconds from the moment at which its webhook left. */
export interface Invoiced {
  /** until its invoice was stored in the books; null = there is none */
  readonly wholeMs: number | null;
  /** of this, while no call of the shop was with a vendor */
  readonly ownMs: number | null;
  /** calls of the shop meanwhile */
  readonly calls: number;
}

export interface LoadResult {
  readonly orders: readonly Invoiced[];
}

/** A call while it was with a vendor, and what it made. */
interface Busy {
  readonly from: number;
  readonly to: number;
  /** the reference of the invoice that it made */
  readonly made: string | null;
}

interface Shop {
  readonly control: ControlCall;
  readonly addresses: ShopAddresses;
  readonly busy: Busy[];
  /** when the webhook of an order left, by the order's number */
  readonly told: Map<string, number>;
}

const latencyMs = 20;
const productsOfAShop = 20;
const doors = ["salla", "salla-accounts", "qoyod"] as const satisfies readonly Door[];
const listeners: HttpListener[] = [];

process.once("message", (count: number) => {
  void Promise.all(Array.from({ length: count }, (_, at) => openShop(at + 1))).then((shops) => {
    process.once("message", (load: Load) => {
      void run(shops, load).then(async (result) => {
        process.send?.(result);
        await Promise.all(listeners.map((listener) => listener.stop()));
        process.disconnect();
      });
    });
    process.send?.(shops.map(({ addresses }) => addresses));
  });
});

async function openShop(seed: number): Promise<Shop> {
  const urls = new Map<string, string>();
  const busy: Busy[] = [];
  const told = new Map<string, number>();
  const sandbox = createSandbox({
    clock: { now: () => Date.now(), sleep: async (durationMs) => await sleep(durationMs, undefined, { ref: false }) },
    seed,
    urlOf: (door) => urls.get(door) ?? "",
    post: async (url, headers, body) => {
      const number = numberIn(body);
      if (number !== null && !told.has(number)) told.set(number, performance.now());
      const response = await fetch(url, { method: "POST", headers: { ...headers }, body });
      await response.arrayBuffer();
      return response.status;
    },
  });
  for (const door of doors) {
    const listener = await listen(0, watched(sandbox, door, busy));
    listeners.push(listener);
    urls.set(door, listener.url);
  }
  const control = controlOf(sandbox);
  await control("PATCH", "/switches", { salla: { latencyMs, tokenLifeMs: 86_400_000 }, qoyod: { latencyMs } });
  const [salla = "", accounts = "", qoyod = ""] = doors.map((door) => urls.get(door));
  return { control, addresses: { salla, accounts, qoyod }, busy, told };
}

/** The number of the order that a webhook is about. */
function numberIn(body: string): string | null {
  const { data } = JSON.parse(body) as { data?: { reference_id?: unknown; order?: { reference_id?: unknown } } };
  const number = data?.order?.reference_id ?? data?.reference_id;
  return number === undefined ? null : String(number);
}

function watched(sandbox: Sandbox, door: Door, busy: Busy[]): Parameters<typeof listen>[1] {
  return async (request) => {
    const from = performance.now();
    const answer = await sandbox.send(door, request);
    const isInvoice = request.method === "POST" && request.path.endsWith("/invoices") && answer !== "cut";
    const made = isInvoice && answer.status < 300 ? referenceIn(request.body) : null;
    busy.push({ from, to: performance.now(), made });
    return answer;
  };
}

function referenceIn(body: string): string | null {
  const { invoice } = JSON.parse(body) as { invoice?: { reference?: unknown } };
  return typeof invoice?.reference === "string" ? invoice.reference : null;
}

async function run(shops: readonly Shop[], load: Load): Promise<LoadResult> {
  const skus = Array.from({ length: productsOfAShop }, (_, at) => `SKU-${at + 1}`);
  for (const [at, { control }] of shops.entries()) {
    await control("PATCH", "/salla/app", { url: load.webhookUrls[at], events: load.events });
    const products = skus.map((sku) => ({
      name: `Product ${sku}`,
      sku,
      price: "23",
      quantity: 100_000,
      cost_price: "9",
    }));
    await control("POST", "/salla/products", products);
  }
  for (let round = 0; round < load.warmUp; round += 1) {
    await Promise.all(shops.map((shop) => place(shop, { skus, round })));
    await invoiced(shops);
  }
  for (const { busy, told } of shops) {
    busy.length = 0;
    told.clear();
  }
  const began = performance.now();
  for (let number = 0; number < load.perSecond * load.seconds; number += 1) {
    const early = began + (number * 1_000) / load.perSecond - performance.now();
    if (early > 0) await sleep(early);
    const shop = shops[number % shops.length];
    if (shop !== undefined) await place(shop, { skus, round: number });
  }
  await invoiced(shops);
  return { orders: shops.flatMap(ordersOf) };
}

/** Somebody who was never seen before orders three products, and pays; the order is completed at once. */
async function place({ control }: Shop, { skus, round }: { readonly skus: readonly string[]; readonly round: number }) {
  const line = (step: number) => ({ sku: skus[(round * 3 + step) % skus.length] ?? "", quantity: 1 + step });
  const mobile = `5${String(10_000_000 + Math.floor(Math.random() * 89_999_999))}`;
  const customer = { first_name: "Made", last_name: `Up ${mobile}`, mobile, mobile_code: "+966", email: "" };
  await control("POST", "/salla/orders", [
    { items: [0, 1, 2].map(line), customer, payment_method: "mada", paid: true, status: "completed" },
  ]);
}

/** Waits until every order that was told has its invoice, or a minute brought none. */
async function invoiced(shops: readonly Shop[]): Promise<void> {
  const missing = () => shops.reduce((sum, shop) => sum + shop.told.size - madeBy(shop).size, 0);
  let least = Number.POSITIVE_INFINITY;
  for (let quiet = 0; quiet < 600; quiet += 1) {
    const left = missing();
    if (left <= 0) return;
    if (left < least) quiet = 0;
    least = Math.min(least, left);
    await sleep(100);
  }
}

/** The calls that made invoices, by the number of the order. */
function madeBy({ busy }: Shop): Map<string, Busy> {
  return new Map(busy.flatMap((call) => (call.made === null ? [] : [[call.made.split("-").at(-1) ?? "", call]])));
}

function ordersOf(shop: Shop): Invoiced[] {
  const made = madeBy(shop);
  return [...shop.told].map(([number, from]): Invoiced => {
    const invoice = made.get(number);
    if (invoice === undefined) return { wholeMs: null, ownMs: null, calls: 0 };
    const meanwhile = shop.busy.filter((call) => call.to > from && call.from < invoice.to);
    const wholeMs = invoice.to - from;
    return { wholeMs, ownMs: wholeMs - covered(meanwhile, from, invoice.to), calls: meanwhile.length };
  });
}

/** How long at least one of the calls was with a vendor, between two moments. */
function covered(calls: readonly Busy[], from: number, to: number): number {
  let sum = 0;
  let reached = from;
  for (const call of calls.toSorted((one, other) => one.from - other.from)) {
    const begin = Math.max(call.from, reached);
    const end = Math.min(call.to, to);
    if (end > begin) sum += end - begin;
    reached = Math.max(reached, end);
  }
  return sum;
}
