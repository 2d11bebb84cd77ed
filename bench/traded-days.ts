/** Days of trade in one shop for `quantity-modes.ts`. */
import { sallaCredentials } from "../sandbox/salla/credentials.ts";
import { addProduct, moveStock, quantityOf, type Unit } from "../sandbox/salla/products.ts";
import { createSandbox, type Sandbox } from "../sandbox/sandbox.ts";
import { seededRandom, wholeBetween } from "../sandbox/seeded-random.ts";
import type { Fields, Random } from "../sandbox/wire.ts";
import { controlOf } from "./sandbox-in-process.ts";
import { createSimulatedClock, type SimulatedClock } from "./simulated-clock.ts";
import { dayMs, hourMs } from "./weeks-plan.ts";

/**
 * `overwrite`: what the books have left is written as it is. `difference`: the quantity is moved by what it lacks or has too
 * many of; the shop is read before the orders, so that a sale in between makes the difference too small and never too large.
 * `both`: a difference first; where the shop does not come to what was wanted by it, it is overwritten.
 */
export const ways = ["overwrite", "difference", "both"] as const;

export interface TradeSettings {
  readonly way: (typeof ways)[number];
  /** how long Salla queues a write */
  readonly queueMs: number;
  /** of each product */
  readonly salesAnHour: number;
  /** sales at the till, which only the books know, for each one in the shop */
  readonly tillShare: number;
  /** calls that write in trouble: a third never arrives, a third is done and not answered, a third is done twice; 0 to 1 */
  readonly troubledShare: number;
  readonly days: number;
  readonly seed: number;
}

/** What came of it, over all products. */
export interface Trade {
  readonly sold: number;
  /** of them, units that nobody had */
  readonly oversold: number;
  /** units that were there and not offered, by the hours of that */
  readonly undersoldHours: number;
  /** mean units between what is offered and what is there, at the beginning of a pass */
  readonly offAtPass: number;
  readonly writes: number;
}

const products = 10;
const passMs = 300_000;
/** From one reading to the other, and from there to the write. */
const stepMs = 2_000;
/** A unit that was written is left alone for so long (`longestWorkMs`); one that is overwritten only where the same would be written. */
const waitMs = 180_000;
/** Purchases have so many units, and together nearly as many as are asked for, so that stock is scarce. */
const purchased = { least: 4, most: 16, share: 0.9 };
const startMs = Date.parse("2026-03-02T00:00:00Z");

interface Product {
  readonly unit: Unit;
  /** units that nobody has claimed */
  left: number;
  writtenMs: number;
  written: number;
  /** the last write was a difference, and the shop has not come to what was wanted since */
  open: boolean;
  /** since when `left` and the offer are as they are */
  sinceMs: number;
}

/** Trades for some days. */
export async function tradeFor(settings: TradeSettings): Promise<Trade> {
  const clock = createSimulatedClock(startMs);
  const sandbox = createSandbox({ clock, seed: settings.seed });
  const control = controlOf(sandbox);
  const { queueMs, troubledShare, days } = settings;
  await control("PATCH", "/switches", { salla: { bulkDelayMs: queueMs, perMinuteLimit: 100_000 } });
  const bulk = { vendor: "salla", method: "POST", path: "/products/quantities/bulk" };
  for (const kind of ["cut", "cut-after"])
    await control("POST", "/faults", { ...bulk, kind, probability: troubledShare / 3 });
  const trade = {
    sold: 0,
    oversold: 0,
    undersoldHours: 0,
    offAtPass: 0,
    looks: 0,
    writes: 0,
    random: seededRandom(settings.seed + 1),
  };
  const random = seededRandom(settings.seed);
  const shelf = Array.from({ length: products }, (_, number) => stocked(sandbox, number, clock.now()));
  const endMs = startMs + days * dayMs;
  const note = (one: Product) => {
    const short = Math.max(0, one.left) - Math.max(0, quantityOf(one.unit.product));
    trade.undersoldHours += (Math.max(0, short) * (clock.now() - one.sinceMs)) / hourMs;
    one.sinceMs = clock.now();
  };
  const shop = sandbox.salla.shop();
  const customer = (one: Product) => {
    if (quantityOf(one.unit.product) < 1) return;
    moveStock(shop, one.unit, null, -1);
    trade.sold += 1;
    if (one.left < 1) trade.oversold += 1;
    one.left -= 1;
  };
  const till = (one: Product) => {
    if (one.left > 0) one.left -= 1;
  };
  const purchase = (one: Product, chance: Random) => {
    one.left += wholeBetween(chance, purchased.least, purchased.most);
  };
  const { salesAnHour, tillShare } = settings;
  const mean = (purchased.least + purchased.most) / 2;
  const purchases = (salesAnHour * (1 + tillShare) * purchased.share) / mean;
  const kinds = [
    [salesAnHour, customer],
    [salesAnHour * tillShare, till],
    [purchases, purchase],
  ] as const;
  // Each has chances of its own, so that all ways live through the same moments.
  const people = shelf.flatMap((one) =>
    kinds.map(([anHour, act]) => {
      const chance = seededRandom(random() * 2 ** 32);
      return repeat(clock, { anHour, endMs, random: chance }, () => {
        note(one);
        act(one, chance);
      });
    }),
  );
  const token = await signIn(sandbox);
  for (let at = startMs + passMs; at < endMs; at += passMs) {
    await clock.sleep(at - clock.now());
    for (const one of shelf) {
      note(one);
      trade.offAtPass += Math.abs(quantityOf(one.unit.product) - Math.max(0, one.left));
      trade.looks += 1;
    }
    await pass(sandbox, clock, shelf, settings, token, trade);
  }
  await Promise.all(people);
  const { sold, oversold, undersoldHours, offAtPass, looks, writes } = trade;
  return { sold, oversold, undersoldHours: rounded(undersoldHours), offAtPass: rounded(offAtPass / looks), writes };
}

function stocked(sandbox: Sandbox, number: number, sinceMs: number): Product {
  const left = purchased.most;
  const product = addProduct(sandbox.salla.shop(), {
    sku: `SKU-${number}`,
    name: `Product ${number}`,
    price: "10",
    quantity: left,
  });
  return {
    unit: { product, variant: undefined },
    left,
    writtenMs: Number.NEGATIVE_INFINITY,
    written: Number.NaN,
    open: false,
    sinceMs,
  };
}

/** Something that happens at random moments. */
async function repeat(
  clock: SimulatedClock,
  { anHour, endMs, random }: { readonly anHour: number; readonly endMs: number; readonly random: Random },
  act: () => void,
): Promise<void> {
  if (anHour === 0) return;
  for (;;) {
    await clock.sleep(Math.ceil((-Math.log(1 - random()) / anHour) * hourMs));
    if (clock.now() >= endMs) return;
    act();
  }
}

/** Reads both sides in the order of the way, and writes what differs. */
async function pass(
  sandbox: Sandbox,
  clock: SimulatedClock,
  shelf: readonly Product[],
  { way, troubledShare }: TradeSettings,
  token: string,
  trade: { writes: number; readonly random: Random },
): Promise<void> {
  const books = () => shelf.map(({ left }) => Math.max(0, left));
  const shop = async () => {
    const answer = await ask(sandbox, token, "GET", "/products/quantities?per_page=60");
    const rows = (answer?.data ?? []) as readonly Fields[];
    return shelf.map(({ unit }) => Number(rows.find(({ id }) => id === unit.product.id)?.quantity));
  };
  const shownFirst = way === "overwrite" ? null : await shop();
  if (shownFirst !== null) await clock.sleep(stepMs);
  const wanted = books();
  if (shownFirst === null) await clock.sleep(stepMs);
  const shown = shownFirst ?? (await shop());
  const differing = shelf.flatMap((one, at) => {
    const [is, wants] = [shown[at] ?? 0, wanted[at] ?? 0];
    if (is === wants) one.open = false;
    const waits = clock.now() - one.writtenMs < waitMs && (way !== "overwrite" || one.written === wants);
    return is === wants || waits ? [] : [{ one, is, wants }];
  });
  if (differing.length === 0) return;
  await clock.sleep(stepMs);
  const entries = differing.map(({ one, is, wants }) => {
    const whole = way === "overwrite" || (way === "both" && one.open);
    Object.assign(one, { writtenMs: clock.now(), written: wants, open: !whole });
    return {
      identifer_type: "id",
      identifer: one.unit.product.id,
      mode: whole ? "overwrite" : wants > is ? "increment" : "decrement",
      quantity: whole ? wants : Math.abs(wants - is),
    };
  });
  trade.writes += entries.length;
  const times = trade.random() < troubledShare / 3 ? 2 : 1;
  for (let time = 0; time < times; time += 1)
    await ask(sandbox, token, "POST", "/products/quantities/bulk", { products: entries });
}

async function signIn(sandbox: Sandbox): Promise<string> {
  const { clientId, clientSecret, refreshToken } = sallaCredentials;
  const form = {
    grant_type: "refresh_token",
    client_id: clientId,
    client_secret: clientSecret,
    refresh_token: refreshToken,
  };
  const answer = await sandbox.send("salla-accounts", {
    method: "POST",
    path: "/oauth2/token",
    query: new URLSearchParams(),
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams(form).toString(),
  });
  if (answer === "cut" || answer.status !== 200) throw new Error(`signing in: ${JSON.stringify(answer)}`);
  return String((JSON.parse(answer.body) as Fields).access_token);
}

/** @returns null where no answer came */
async function ask(
  sandbox: Sandbox,
  token: string,
  method: string,
  path: string,
  body?: Fields,
): Promise<Fields | null> {
  const url = new URL(`/admin/v2${path}`, "http://127.0.0.1");
  const answer = await sandbox.send("salla", {
    method,
    path: url.pathname,
    query: url.searchParams,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: body === undefined ? "" : JSON.stringify(body),
  });
  if (answer === "cut") return null;
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.body}`);
  return JSON.parse(answer.body) as Fields;
}

function rounded(number: number): number {
  return Math.round(number * 100) / 100;
}
