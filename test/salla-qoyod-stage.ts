/**
 * A stage for tests of Salla ↔ Qoyod: an open Mizan on a fresh database, the stand-in servers over HTTP, both connections and
 * one integration. The test plays the merchant in Salla and the accountant in Qoyod.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { readConfig } from "../src/core/config.ts";
import { type Mizan, openMizan } from "../src/main.ts";
import { connect } from "../src/operations/connect.ts";
import { addIntegration } from "../src/operations/integrations.ts";
import { type RecordView, records } from "../src/operations/records.ts";
import { type SyncRequest, sync } from "../src/operations/sync.ts";
import { systemClock } from "../src/outbound/system-clock.ts";
import { type Fields, type StandIn, startStandIn } from "./conformance/stand-in.ts";
import { integrationName, type MovableClock, type Synced, syncedOf } from "./stage.ts";
import { createTestDatabase } from "./test-database.ts";

export interface ShopStageOptions {
  /** options of the integration besides those that every one needs */
  readonly options?: Fields;
  readonly sallaSettings?: Fields;
  /** the environment of Mizan besides its database and key */
  readonly environment?: Readonly<Record<string, string>>;
  /** secrets of the Salla connection in place of those that sign in at once */
  readonly sallaSecrets?: Fields;
  readonly switches?: Readonly<Record<string, Fields>>;
  /** plays merchant before the integration is made */
  readonly before?: (stage: Pick<ShopStage, "salla" | "qoyod" | "act" | "shop">) => Promise<void>;
}

export interface ShopStage {
  readonly mizan: Mizan;
  readonly shop: StandIn;
  readonly clock: MovableClock;
  readonly logged: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  sync(request?: Partial<SyncRequest>): Promise<Synced>;
  /** adds one record in the stand-in Salla. @returns it as it is stored */
  salla(resource: string, record: Fields): Promise<Fields>;
  qoyod(resource: string, record: Fields): Promise<Fields>;
  /** what a person does to an order of Salla: complete, cancel, refund, … */
  act(order: Fields, action: string, body?: Fields): Promise<void>;
  inSalla(resource: string): Promise<readonly Fields[]>;
  inQoyod(resource: string): Promise<readonly Fields[]>;
  /** what Salla offers of a SKU */
  offered(sku: string): Promise<number>;
  /** what Qoyod holds of a SKU at the first location */
  held(sku: string): Promise<number>;
  records(flow?: string): Promise<RecordView[]>;
  record(flow: string, text: string): Promise<RecordView>;
}

const secretKey = Buffer.alloc(32, 7).toString("base64");
/** Ids of the company that the stand-in Qoyod begins with. */
const company = {
  locationId: "31",
  salesAccountId: "101",
  costAccountId: "102",
  openingBalanceAccountId: "104",
  unitTypeId: "7",
  categoryId: "21",
  cashCustomerId: "1001",
};
/** The way in which the stand-in Qoyod rounds at its start. */
const rounding = "exact/exact/per-rate/contained/gross";

/** Opens a stage that is taken down when the test ends. */
export async function openShopStage(given: ShopStageOptions = {}): Promise<ShopStage> {
  const [database, shop, home] = await Promise.all([
    createTestDatabase(),
    startStandIn(),
    mkdtemp(join(tmpdir(), "mizan-stage-")),
  ]);
  const clock = movableClock();
  const logged: string[] = [];
  const environment = {
    MIZAN_DATABASE_URL: database.databaseUrl,
    MIZAN_SECRET_KEY: secretKey,
    MIZAN_HOME: home,
    ...given.environment,
  };
  const mizan = await openMizan(readConfig(environment), {
    clock,
    random: () => 0,
    log: (level, message, fields) => logged.push(`${level} ${message} ${JSON.stringify(fields ?? {})}`),
  });
  onTestFinished(async () => {
    await mizan.close();
    await shop.stop();
    await database.drop();
    await rm(home, { recursive: true, force: true });
  });
  // Quantities land at once, unless a test is about their waiting.
  await shop.switches({ ...given.switches, salla: { bulkDelayMs: 0, ...given.switches?.salla } });
  const stage = stageOf({ mizan, shop, clock, logged, environment });
  await given.before?.(stage);
  await connectBoth(stage, given);
  const options = { ...company, rounding, paymentAccounts: "mada=105,cod=106", ...given.options };
  const names = { name: integrationName, kind: "salla-qoyod", flavour: "standard", source: "salla", target: "qoyod" };
  await addIntegration(mizan.desk, { ...names, options }, stage.signal);
  return stage;
}

async function connectBoth(
  { mizan, shop, signal }: ShopStage,
  { sallaSettings, sallaSecrets }: ShopStageOptions,
): Promise<void> {
  const { vendors, credentials } = shop.addresses;
  const limits = { callsPerMinute: 100_000, longestWorkMs: 100 };
  const { clientId, clientSecret, refreshToken, webhookSecret } = credentials.salla;
  const settings = {
    apiUrl: vendors.salla.apiUrl,
    accountsUrl: vendors.salla.accountsUrl,
    ...limits,
    // What the stand-in says of its plan holds for so short a minute that it is out of the way.
    minuteMs: 10,
    concurrency: 8,
    ...sallaSettings,
  };
  const secrets = sallaSecrets ?? { clientId, clientSecret, refreshToken, webhookSecret };
  await connect(mizan.desk, { name: "salla", vendor: "salla", settings, secrets }, signal);
  const books = { apiUrl: vendors.qoyod.apiUrl, perMinute: 300, minuteMs: 10, concurrency: 4, longestWorkMs: 100 };
  await connect(
    mizan.desk,
    { name: "qoyod", vendor: "qoyod", settings: books, secrets: { ...credentials.qoyod } },
    signal,
  );
}

function stageOf(parts: Pick<ShopStage, "mizan" | "shop" | "clock" | "logged" | "environment">): ShopStage {
  const { mizan, shop } = parts;
  const { control } = shop.addresses;
  const signal = new AbortController().signal;
  const one = async (path: string, record: Fields): Promise<Fields> => (await shop.add(path, [record]))[0] ?? {};
  const list: ShopStage["records"] = (flow) =>
    records(mizan.desk, { integration: integrationName, most: 10_000, ...(flow === undefined ? {} : { flow }) });
  return {
    ...parts,
    signal,
    sync: async (request) => syncedOf(await sync(mizan.desk, { integration: integrationName, signal, ...request })),
    salla: (resource, record) => one(`salla/${resource}`, record),
    qoyod: (resource, record) => one(`qoyod/${resource}`, record),
    act: async ({ id }, action, body) => {
      const answer = await fetch(`${control}/salla/orders/${String(id)}/${action}`, {
        method: "POST",
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      if (!answer.ok) throw new Error(`${action} of order ${String(id)}: ${answer.status} ${await answer.text()}`);
    },
    inSalla: (resource) => shop.all(`salla/${resource}`),
    inQoyod: (resource) => shop.all(`qoyod/${resource}`),
    offered: async (sku) => quantityOf(await shop.all("salla/products"), sku),
    held: async (sku) => stockOf(await shop.all("qoyod/products"), sku),
    records: list,
    record: async (flow, text) => {
      const found = await records(mizan.desk, { integration: integrationName, flow, text, most: 10 });
      const [first] = found;
      if (first === undefined || found.length > 1) throw new Error(`${found.length} records of ${flow} hold ${text}`);
      return first;
    },
  };
}

function quantityOf(products: readonly Fields[], sku: string): number {
  const units = products.flatMap((product) => [product, ...((product.skus ?? []) as Fields[])]);
  const unit = units.find((one) => one.sku === sku);
  return Number(unit?.stock_quantity ?? unit?.quantity);
}

function stockOf(products: readonly Fields[], sku: string): number {
  const product = products.find((one) => one.sku === sku);
  const [first] = (product?.inventories ?? []) as Fields[];
  return Number(first?.stock);
}

function movableClock(): MovableClock {
  let offsetMs = 0;
  return {
    now: () => systemClock.now() + offsetMs,
    sleep: (milliseconds, signal) => systemClock.sleep(milliseconds, signal),
    jump: (milliseconds) => {
      offsetMs += milliseconds;
    },
  };
}
