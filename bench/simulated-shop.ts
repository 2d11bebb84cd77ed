/** A shop of many years on a simulated clock: both stand-ins in this process, a Mizan on them, and people who go on working. */

import { storeOf } from "../sandbox/control/stores.ts";
import { optiplyCredentials } from "../sandbox/optiply/credentials.ts";
import { createSandbox, type Sandbox } from "../sandbox/sandbox.ts";
import { seededRandom, wholeBetween } from "../sandbox/seeded-random.ts";
import type { Fields } from "../sandbox/wire.ts";
import { zohoCredentials } from "../sandbox/zoho-books/accounts.ts";
import { readConfig } from "../src/core/config.ts";
import { addDays } from "../src/engine/read-history.ts";
import { type Mizan, type MizanOptions, openMizan } from "../src/main.ts";
import { connect } from "../src/operations/connect.ts";
import { addIntegration, setIntegration } from "../src/operations/integrations.ts";
import { type ControlCall, controlOf, sandboxTransport } from "./sandbox-in-process.ts";
import { createSimulatedClock, type SimulatedClock } from "./simulated-clock.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** Nothing listens there: only the transport of this process knows these addresses. */
const origins = {
  "zoho-books": "http://127.0.0.1:1",
  "zoho-accounts": "http://127.0.0.1:2",
  optiply: "http://127.0.0.1:3",
} as const;

/** The size of a shop and of what happens in it a day. */
export interface ShopSize {
  readonly items: number;
  readonly salesOrders: number;
  readonly purchaseOrders: number;
  readonly days: number;
  /** calls of Zoho Books a day */
  readonly perDay: number;
  /** whether the rows of the item list carry the stock */
  readonly stockIn: "list" | "details";
  /** days of regular work before the forecast */
  readonly regularDays: number;
  /** other intervals than the flows' own */
  readonly everyMinutes?: Readonly<Record<string, number>>;
  /** what people do a day */
  readonly daily: {
    readonly stockChanges: number;
    readonly itemChanges: number;
    readonly salesOrders: number;
    readonly purchaseOrders: number;
    readonly buyOrders: number;
  };
}

export interface SimulatedShop {
  readonly clock: SimulatedClock;
  readonly sandbox: Sandbox;
  readonly mizan: Mizan;
  /** how many of each there were at the start */
  readonly filled: Fields;
  readonly ordersSince: string;
  /** People go on working, an hour at a time, until the signal. */
  goOn(signal: AbortSignal): Promise<void>;
}

/** Fills the stand-ins, connects both and adds the integration `shop`, flavour Full, with the orders of the last 30 days. */
export async function openSimulatedShop(
  size: ShopSize,
  {
    startMs,
    environment,
    log,
  }: { startMs: number; environment: Readonly<Record<string, string>> } & Pick<MizanOptions, "log">,
): Promise<SimulatedShop> {
  const clock = createSimulatedClock(startMs);
  const sandbox = createSandbox({ clock, seed: 3, urlOf: (door) => origins[door as keyof typeof origins] });
  const control = controlOf(sandbox);
  const { items, salesOrders, purchaseOrders, days, perDay, stockIn } = size;
  await control("PATCH", "/switches", {
    "zoho-books": {
      perDayLimit: perDay,
      headerDailyLimit: null,
      perMinuteLimit: 100,
      concurrentLimit: 10,
      stockIn,
      latencyMs: 200,
    },
    optiply: { latencyMs: 80 },
  });
  const filled = await control("POST", "/import/long-history", { seed: 5, items, salesOrders, purchaseOrders, days });
  const random = seededRandom(11);
  const mizan = await clock.during(() =>
    openMizan(readConfig(environment), {
      clock,
      random,
      transport: sandboxTransport(sandbox, origins),
      ...(log && { log }),
    }),
  );
  const ordersSince = addDays(new Date(startMs).toISOString().slice(0, 10), -30);
  await connectBoth(mizan, ordersSince);
  const { everyMinutes } = size;
  await setIntegration(mizan.desk, "shop", { everyMinutes }, new AbortController().signal);
  return { clock, sandbox, mizan, filled, ordersSince, goOn: (signal) => goOn(sandbox, control, size, signal) };
}

async function connectBoth({ desk }: Mizan, ordersSince: string): Promise<void> {
  const { signal } = new AbortController();
  const { organizationId, ...zohoSecrets } = zohoCredentials;
  const { accountId: _, couplingId, ...optiplySecrets } = optiplyCredentials;
  const zoho = { organizationId, apiUrl: origins["zoho-books"], accountsUrl: origins["zoho-accounts"] };
  const optiply = { couplingId, apiUrl: `${origins.optiply}/v1`, tokenUrl: `${origins.optiply}/api/auth/oauth/token` };
  await connect(desk, { name: "zoho", vendor: "zoho-books", settings: zoho, secrets: zohoSecrets }, signal);
  await connect(desk, { name: "optiply", vendor: "optiply", settings: optiply, secrets: optiplySecrets }, signal);
  const ends = { kind: "zoho-books-optiply", flavour: "full", source: "zoho", target: "optiply" };
  await addIntegration(desk, { name: "shop", ...ends, options: { ordersSince } }, signal);
}

/** Each hour its part of what happens in a day, at a moment of its own. */
async function goOn(sandbox: Sandbox, control: ControlCall, { daily }: ShopSize, signal: AbortSignal): Promise<void> {
  const { clock } = sandbox;
  const random = seededRandom(17);
  const items = storeOf(sandbox, "zoho-books", "items");
  const orders = storeOf(sandbox, "zoho-books", "salesorders");
  const purchases = storeOf(sandbox, "zoho-books", "purchaseorders");
  const stocked = [...items.readAll(undefined)].map(({ item_id, vendor_id }) => ({ id: String(item_id), vendor_id }));
  const one = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)] as T;
  const lines = (of: readonly { id: string }[]) =>
    [...new Set(Array.from({ length: wholeBetween(random, 1, 4) }, () => one(of).id))].map((item_id) => ({
      item_id,
      quantity: wholeBetween(random, 1, 6),
    }));
  const openOrders: string[] = [];
  const openPurchases: string[] = [];
  const today = () => new Date(clock.now()).toISOString().slice(0, 10);
  /** so many of what happens a day fall into this hour */
  const due = (aDay: number) => Math.floor(aDay / 24 + random());
  const repeat = (times: number, act: () => void) => {
    for (let time = 0; time < times; time += 1) act();
  };
  for (let hour = 0; !signal.aborted; hour += 1) {
    await clock.sleep(wholeBetween(random, 1, 2 * hourMs - 1));
    if (signal.aborted) return;
    repeat(due(daily.stockChanges), () =>
      items.change(one(stocked).id, { available_for_sale_stock: wholeBetween(random, -2, 400) }),
    );
    repeat(due(daily.itemChanges), () => items.change(one(stocked).id, { rate: wholeBetween(random, 1, 90) }));
    repeat(due(daily.salesOrders), () => {
      const state =
        random() < 0.7 ? { order_status: "closed", invoiced_status: "invoiced" } : { order_status: "confirmed" };
      const made = orders.add({ date: today(), line_items: lines(stocked), ...state });
      if (state.order_status === "confirmed") openOrders.push(String(made.salesorder_id));
    });
    repeat(Math.min(openOrders.length, due(daily.salesOrders * 0.3)), () => {
      orders.change(openOrders.shift() ?? "", { order_status: "closed", invoiced_status: "invoiced" });
    });
    repeat(due(daily.purchaseOrders), () => {
      const { vendor_id } = one(stocked);
      const own = stocked.filter((item) => item.vendor_id === vendor_id);
      const made = purchases.add({ vendor_id, date: today(), line_items: lines(own), order_status: "open" });
      openPurchases.push(String(made.purchaseorder_id));
    });
    repeat(Math.min(Math.max(0, openPurchases.length - 20), due(daily.purchaseOrders)), () => {
      const closed = { order_status: "closed", billed_status: "billed", received_status: "received" };
      purchases.change(openPurchases.shift() ?? "", { ...closed, bills: [{ date: today() }] });
    });
    const placed = due(daily.buyOrders);
    // Nothing can be ordered before the first products have come.
    const { products, suppliers } = sandbox.optiply.webshop().tables;
    if (placed > 0 && products.rows.size > 0 && suppliers.rows.size > 0)
      await control("POST", "/import/buy-orders", { count: placed, seed: hour + 1 });
  }
}

export { dayMs, hourMs };
