/** A shop whose planners have placed orders in Optiply, processes that export them, and the look at what came of it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFailed, onTestFinished } from "vitest";
import { readConfig } from "../../src/core/config.ts";
import { type Mizan, openMizan } from "../../src/main.ts";
import { records } from "../../src/operations/records.ts";
import { sync } from "../../src/operations/sync.ts";
import type { Fields } from "../conformance/stand-in.ts";
import {
  addShop,
  connectBoth,
  integrationName,
  openStage,
  remoteId,
  type Stage,
  type StageOptions,
  syncedOf,
} from "../stage.ts";

export interface ExportShop {
  readonly stage: Stage;
  /** the buy orders that people placed, as they stood before anything was exported, with their lines */
  readonly placed: readonly PlacedOrder[];
  /** how many buy orders came from Zoho Books before */
  readonly imported: number;
  /** 0 to 1, from the seed */
  readonly random: () => number;
}

interface PlacedOrder {
  readonly id: string;
  readonly supplierId: string;
  readonly placed: string;
  readonly totalValue: string;
  /** "product quantity subtotal" */
  readonly lines: readonly string[];
}

/** Chance that can be had again: every chosen number follows from the seed. */
export function chance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The seed of a test, told where it fails: that of the environment where a failure is to be had again, else another one each time. */
export function chosenSeed(): number {
  const seed = Number(process.env.MIZAN_TEST_SEED ?? Math.floor(Math.random() * 1e6));
  onTestFailed(() => {
    console.error(`chosen with MIZAN_TEST_SEED=${seed}`);
  });
  return seed;
}

/** Opens a shop with a history on both sides, and places orders in Optiply that are not exported yet. */
export async function openExportShop(
  seed: number,
  orders: number,
  { switches = {}, embedded = false, ...given }: StageOptions & { readonly embedded?: boolean } = {},
): Promise<ExportShop> {
  const open = embedded ? openEmbeddedStage : openStage;
  const stage = await open({
    flavour: "full",
    ...given,
    zohoSettings: { longestWorkMs: 100, ...given.zohoSettings },
    before: async (shop) => {
      await control(shop.addresses.control, "/reset", { seed, switches });
      const history = { seed, items: 60, salesOrders: 0, purchaseOrders: 20 };
      await control(shop.addresses.control, "/import/long-history", history);
      await given.before?.(shop);
    },
  });
  const first = await stage.sync();
  for (const { flow, state, message } of first.all) expect(`${flow} ${state} ${message}`).toBe(`${flow} done null`);
  const imported = (await stage.inOptiply("buyOrders")).length;
  await control(stage.shop.addresses.control, "/import/buy-orders", { seed, count: orders });
  const placed = (await ordersThere(stage)).filter(({ fromApi }) => !fromApi);
  expect(placed).toHaveLength(orders);
  await stage.resetCalls();
  return { stage, placed, imported, random: chance(seed) };
}

/** A stage whose database is the one that Mizan brings along, in a folder of its own. */
async function openEmbeddedStage({ options, flavour, ...given }: StageOptions): Promise<Stage> {
  const stage = await openStage({ ...given, integration: false });
  const home = await mkdtemp(join(tmpdir(), "mizan-export-"));
  const { MIZAN_SECRET_KEY = "" } = stage.environment;
  const environment = { MIZAN_HOME: home, MIZAN_SECRET_KEY };
  const mizan = await openMizan(readConfig(environment), { random: () => 0 });
  onTestFinished(async () => {
    await mizan.close();
    await rm(home, { recursive: true, force: true });
  });
  const own: Stage = {
    ...stage,
    mizan,
    environment,
    sync: async (request) =>
      syncedOf(await sync(mizan.desk, { integration: integrationName, signal: stage.signal, ...request })),
    records: (request) => records(mizan.desk, { integration: integrationName, most: 10_000, ...request }),
  };
  await connectBoth(own, given);
  await addShop(own, options, flavour);
  return own;
}

async function control(address: string, path: string, body: Fields): Promise<void> {
  const response = await fetch(`${address}${path}`, { method: "POST", body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`POST ${path} of the control API: ${response.status} ${await response.text()}`);
}

/** Every buy order of Optiply with its lines. */
async function ordersThere(stage: Stage): Promise<(PlacedOrder & { remoteId: string; fromApi: boolean })[]> {
  const lines = Map.groupBy(await stage.inOptiply("buyOrderLines"), ({ buyOrderId }) => String(buyOrderId));
  return (await stage.inOptiply("buyOrders")).map((one) => ({
    id: String(one.id),
    supplierId: String(one.supplierId),
    placed: String(one.placed),
    totalValue: String(one.totalValue),
    remoteId: remoteId(one),
    fromApi: one.createdFromPublicApi === true,
    lines: (lines.get(String(one.id)) ?? [])
      .map(({ productId, quantity, subtotalValue }) => `${productId} ${quantity} ${subtotalValue}`)
      .sort(),
  }));
}

/** How many orders carry their remote id by now. */
export async function writtenBack({ stage, placed }: ExportShop): Promise<number> {
  const ids = new Set(placed.map(({ id }) => id));
  return (await stage.inOptiply("buyOrders")).filter((one) => ids.has(String(one.id)) && remoteId(one) !== "").length;
}

/**
 * Each order stands in Zoho Books exactly once, with its vendor and lines; Optiply knows it by that purchase order's id and
 * shows it as the planner made it; the import made no twin; nothing is left in doubt.
 */
export async function expectExported(shop: ExportShop, { issued = false, priced = false } = {}): Promise<void> {
  const { stage, placed, imported } = shop;
  const made = (await stage.shop.all("zoho-books/purchaseorders")).filter(
    ({ reference_number: reference }) => reference,
  );
  const remote = async (resource: string) =>
    new Map((await stage.inOptiply(resource)).map((row) => [String(row.id), remoteId(row)]));
  const [items, vendors] = [await remote("products"), await remote("suppliers")];
  const inZoho = made.map((one) => ({
    reference: String(one.reference_number),
    vendor: String(one.vendor_id),
    status: one.order_status,
    lines: (one.line_items as readonly Fields[])
      .map(({ item_id, quantity, rate }) => `${item_id} ${quantity}${priced ? ` at ${Number(rate)}` : ""}`)
      .sort(),
  }));
  const wanted = placed.map(({ id, supplierId, lines }) => ({
    reference: id,
    vendor: vendors.get(supplierId),
    status: issued ? "open" : "draft",
    lines: lines
      .map((line) => {
        const [product = "", quantity, subtotal] = line.split(" ");
        // The prices of the stand-in are whole cents, so the subtotal is divided without a rest.
        const price = Math.round((Number(subtotal) / Number(quantity)) * 100) / 100;
        return `${items.get(product)} ${quantity}${priced ? ` at ${price}` : ""}`;
      })
      .sort(),
  }));
  const byReference = (one: { reference: string }, other: { reference: string }) =>
    Number(one.reference) - Number(other.reference);
  expect(inZoho.sort(byReference)).toEqual(wanted.sort(byReference));
  const orderIds = new Map(made.map((one) => [String(one.reference_number), String(one.purchaseorder_id)]));
  const all = await ordersThere(stage);
  expect(all.filter(({ fromApi }) => fromApi)).toHaveLength(imported);
  const present = all.filter(({ fromApi }) => !fromApi);
  // An issued order has the figures of Zoho Books (rule Z2), a draft those of the planner.
  const shown = (one: PlacedOrder): PlacedOrder =>
    issued ? { ...one, totalValue: "", lines: one.lines.map((line) => line.replace(/ [^ ]+$/, "")) } : one;
  expect(present.map((one) => ({ ...one, ...shown(one) }))).toEqual(
    placed.map((one) => ({ ...shown(one), remoteId: orderIds.get(one.id), fromApi: false })),
  );
  const left = await stage.mizan.desk.store.database
    .selectFrom("intent")
    .select(["flow", "source_id", "state", "message"])
    .where("state", "in", ["sent", "in-doubt"])
    .execute();
  expect(left).toEqual([]);
  const troubled = (await stage.records()).filter(
    ({ flow, outcome }) => flow.startsWith("buy-orders") && outcome !== "skipped",
  );
  expect(troubled.filter(({ code }) => code !== null)).toEqual([]);
}

/** How a process exports; see export-process.ts. */
export interface ProcessOptions {
  readonly mode: "work" | "loop";
  readonly flows?: readonly string[];
  readonly aheadMs?: number;
}

/** Starts a process on the same installation; it is gone when the test ends. */
export function startProcess(stage: Stage, { mode, flows = [], aheadMs = 0 }: ProcessOptions): ChildProcess {
  const script = new URL("export-process.ts", import.meta.url).pathname;
  const child = spawn(process.execPath, [script, mode, String(aheadMs), integrationName, ...flows], {
    // What one process has compiled the next need not: starting them is most of the work of these tests.
    env: {
      PATH: process.env.PATH,
      NODE_COMPILE_CACHE: join(stage.environment.MIZAN_HOME ?? tmpdir(), "compiled"),
      ...stage.environment,
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  return child;
}

/** kill -9, and until it is gone. */
export async function kill(child: ChildProcess | undefined): Promise<void> {
  if (child === undefined) return;
  const ended = child.exitCode === null && child.signalCode === null ? once(child, "exit") : null;
  child.kill("SIGKILL");
  await ended;
}

/** Calls that may have made or changed an order, on either side. */
export async function orderWrites(stage: Stage): Promise<number> {
  const calls = (await stage.calls()).filter(
    ({ method, path }) =>
      (method === "POST" && path.includes("/purchaseorders")) || (method === "PATCH" && path.includes("/buyOrders/")),
  );
  return calls.reduce((sum, { count }) => sum + count, 0);
}

/** The flows that have a hand in an export. */
export const exportFlows = ["buy-orders-export", "buy-orders"] as const;

/** Lets both flows end in peace, and settles what is still in doubt. */
export async function finish({ stage }: ExportShop, by: Mizan = stage.mizan): Promise<void> {
  await stage.calm();
  for (const flow of [...exportFlows, ...exportFlows]) {
    const { state, message } = syncedOf(
      await sync(by.desk, { integration: integrationName, flow, settle: true, signal: stage.signal }),
    ).of(flow);
    expect(`${flow}: ${state} ${message}`).toBe(`${flow}: done null`);
  }
}

/** Zoho drops some answers to creates in the given ways, and Optiply some to what is written back. */
export async function dropAnswers({ stage }: ExportShop, faults: readonly Fields[]): Promise<void> {
  const create = { vendor: "zoho-books", method: "POST", path: "/purchaseorders", probability: 0.2 };
  const writeBack = { vendor: "optiply", method: "PATCH", path: "/buyOrders", probability: 0.1 };
  for (const fault of faults) await stage.shop.fault({ ...create, ...fault });
  await stage.shop.fault({ ...writeBack, kind: "cut-after" });
  await stage.shop.fault({ ...writeBack, kind: "status-after", status: 502 });
}

/** What happens while processes export. */
export interface Trouble {
  readonly processes: readonly ProcessOptions[];
  readonly kills: number;
  /** done again and again between two looks */
  readonly meanwhile?: () => Promise<void>;
  /** done after each kill */
  readonly afterKill?: () => Promise<void>;
}

/**
 * Has processes export until every order is written back, and kills one of them at random again and again, anywhere in the next
 * writes. @returns how many kills met an export that was not over.
 */
export async function exportInTrouble(shop: ExportShop, trouble: Trouble): Promise<number> {
  const { stage, placed, random } = shop;
  const { kills, meanwhile = () => sleep(20), afterKill } = trouble;
  // Every tenth time is enough: the stand-in that is asked works in this process too.
  let looks = 0;
  const isOver = async () => looks++ % 10 === 0 && (await writtenBack(shop)) === placed.length;
  const running = trouble.processes.map((options) => ({ options, child: startProcess(stage, options) }));
  let inTheMiddle = 0;
  for (let dead = 0; dead < kills; dead += 1) {
    const goal = (await orderWrites(stage)) + 1 + Math.floor(random() * 16);
    while ((await orderWrites(stage)) < goal && !(await isOver())) await meanwhile();
    if ((await writtenBack(shop)) < placed.length) inTheMiddle += 1;
    const one = running[Math.floor(random() * running.length)];
    if (one === undefined) throw new Error("no process runs");
    await kill(one.child);
    one.child = startProcess(stage, one.options);
    await afterKill?.();
  }
  while (!(await isOver())) await meanwhile();
  for (const { child } of running) await kill(child);
  return inTheMiddle;
}

/** Lets the jobs of dead processes go at once, instead of when their heartbeat has been missed. */
export async function endHeartbeats({ mizan }: Stage): Promise<void> {
  await mizan.desk.store.pool.query("update pgboss.job set heartbeat_on = to_timestamp(0) where state = 'active'");
}
