/**
 * A stage for tests of the running whole: an open Mizan on a fresh database, the stand-in servers over HTTP, both
 * connections and one integration. The test plays the merchant and looks into the stand-in Optiply.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { Clock } from "../src/core/clock.ts";
import { readConfig } from "../src/core/config.ts";
import type { OutcomeCounts } from "../src/core/outcome.ts";
import { type Mizan, openMizan } from "../src/main.ts";
import { connect } from "../src/operations/connect.ts";
import { addIntegration } from "../src/operations/integrations.ts";
import { type RecordView, records } from "../src/operations/records.ts";
import { type FlowReport, type SyncRequest, sync } from "../src/operations/sync.ts";
import { systemClock } from "../src/outbound/system-clock.ts";
import { type Fields, type StandIn, startStandIn } from "./conformance/stand-in.ts";
import { createTestDatabase } from "./test-database.ts";

/** A row of the stand-ins' count of calls. */
export interface CallCount {
  readonly vendor: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly count: number;
}

/** What a stage is set up with; everything has a default that leaves limits out of the way. */
export interface StageOptions {
  /** `simple` unless it says `full` */
  readonly flavour?: "simple" | "full";
  /** options of the integration besides `ordersSince` */
  readonly options?: Fields;
  readonly zohoSettings?: Fields;
  readonly optiplySettings?: Fields;
  readonly switches?: Readonly<Record<string, Fields>>;
  /** plays merchant before the connections are made, so that the probe sees it */
  readonly before?: (shop: StandIn) => Promise<void>;
  /** false: connections only */
  readonly integration?: boolean;
}

export interface Stage {
  readonly mizan: Mizan;
  readonly shop: StandIn;
  readonly clock: MovableClock;
  /** everything that was logged, as lines of text */
  readonly logged: readonly string[];
  /** what a further process needs to work on the same installation */
  readonly environment: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  sync(request?: Partial<SyncRequest>): Promise<Synced>;
  /** another Mizan on the same database, as a second process would be; closed with the stage */
  openAnother(): Promise<Mizan>;
  inOptiply(resource: string): Promise<readonly Fields[]>;
  records(request?: Omit<Parameters<typeof records>[1], "integration">): Promise<RecordView[]>;
  /** the one record whose label or id holds this text */
  record(flow: string, text: string): Promise<RecordView>;
  calls(vendor?: string, method?: string): Promise<readonly CallCount[]>;
  /** how many calls there were, without those of signing in */
  count(vendor: string, ...methods: string[]): Promise<number>;
  /** calls that could have changed something in Optiply */
  writes(): Promise<number>;
  resetCalls(): Promise<void>;
  /** takes all faults away */
  calm(): Promise<void>;
  /** has the runs of dead processes count as dead at once, instead of when their lease ends */
  endLeases(): Promise<void>;
}

/** The reports of a sync, by flow. */
export interface Synced {
  readonly all: readonly FlowReport[];
  readonly products: FlowReport;
  readonly orders: FlowReport;
  of(flow: string): FlowReport;
}

/** Real time plus jumps. */
export interface MovableClock extends Clock {
  jump(milliseconds: number): void;
}

export const integrationName = "shop";
const secretKey = Buffer.alloc(32, 7).toString("base64");
const noLimits = { perMinute: 100_000, minuteMs: 59_999, concurrency: 10 };
/** Doubtful writes are given up soon, because the stand-in works at once. */
const shortWork = { longestWorkMs: 100 };

/** Opens a stage that is taken down when the test ends. */
export async function openStage(given: StageOptions = {}): Promise<Stage> {
  const [database, shop, home] = await Promise.all([
    createTestDatabase(),
    startStandIn(),
    mkdtemp(join(tmpdir(), "mizan-stage-")),
  ]);
  const clock = movableClock();
  const logged: string[] = [];
  const environment = { MIZAN_DATABASE_URL: database.databaseUrl, MIZAN_SECRET_KEY: secretKey, MIZAN_HOME: home };
  const opened: Mizan[] = [];
  const open = async () => {
    const mizan = await openMizan(readConfig(environment), {
      clock,
      // The shortest pauses between repeats.
      random: () => 0,
      log: (level, message, fields) => logged.push(`${level} ${message} ${JSON.stringify(fields ?? {}, withErrors)}`),
    });
    opened.push(mizan);
    return mizan;
  };
  onTestFinished(async () => {
    for (const mizan of opened) await mizan.close();
    await shop.stop();
    await database.drop();
    await rm(home, { recursive: true, force: true });
  });
  if (given.switches !== undefined) await shop.switches(given.switches);
  await given.before?.(shop);
  const mizan = await open();
  const stage = stageOf({ mizan, shop, clock, logged, environment, open });
  await connectBoth(stage, given);
  if (given.integration !== false) await addShop(stage, given.options, given.flavour);
  await stage.resetCalls();
  return stage;
}

/** Connects the two stand-ins under the names `zoho` and `optiply`. */
export async function connectBoth(
  stage: Pick<Stage, "mizan" | "shop" | "signal">,
  given: Pick<StageOptions, "zohoSettings" | "optiplySettings"> = {},
): Promise<void> {
  await connectZoho(stage, given.zohoSettings);
  const { vendors, credentials } = stage.shop.addresses;
  const { clientId, clientSecret, username, password } = credentials.optiply;
  const settings = {
    ...vendors.optiply,
    couplingId: credentials.optiply.couplingId,
    ...noLimits,
    ...shortWork,
    ...given.optiplySettings,
  };
  const secrets = { clientId, clientSecret, username, password };
  await connect(stage.mizan.desk, { name: "optiply", vendor: "optiply", settings, secrets }, stage.signal);
}

/** Connects the stand-in Zoho Books, or connects it again. */
export async function connectZoho(
  { mizan, shop, signal }: Pick<Stage, "mizan" | "shop" | "signal">,
  given: Fields = {},
  otherSecrets: Fields = {},
): Promise<void> {
  const { organizationId, ...secrets } = shop.addresses.credentials["zoho-books"];
  const settings = { organizationId, ...shop.addresses.vendors["zoho-books"], ...noLimits, ...given };
  const input = { name: "zoho", vendor: "zoho-books", settings, secrets: { ...secrets, ...otherSecrets } };
  await connect(mizan.desk, input, signal);
}

/** Makes the integration. @returns what was reported about its options. */
export async function addShop(
  { mizan, signal }: Pick<Stage, "mizan" | "signal">,
  options: Fields = {},
  flavour: "simple" | "full" = "simple",
) {
  return addIntegration(
    mizan.desk,
    {
      name: integrationName,
      kind: "zoho-books-optiply",
      flavour,
      source: "zoho",
      target: "optiply",
      options: { ordersSince: "2010-01-01", ...options },
    },
    signal,
  );
}

function stageOf(
  parts: Pick<Stage, "mizan" | "shop" | "clock" | "logged" | "environment"> & { open: () => Promise<Mizan> },
): Stage {
  const { mizan, shop } = parts;
  const { control } = shop.addresses;
  const signal = new AbortController().signal;
  const calls: Stage["calls"] = async (vendor, method) => {
    const all = (await (await fetch(`${control}/calls`)).json()) as CallCount[];
    return all.filter(
      (one) => (vendor ?? one.vendor) === one.vendor && (method ?? one.method) === one.method && !isSignIn(one.path),
    );
  };
  const count: Stage["count"] = async (vendor, ...methods) =>
    (await calls(vendor))
      .filter((one) => methods.length === 0 || methods.includes(one.method))
      .reduce((sum, one) => sum + one.count, 0);
  const list: Stage["records"] = (request) =>
    records(mizan.desk, { integration: integrationName, most: 10_000, ...request });
  return {
    ...parts,
    signal,
    openAnother: parts.open,
    sync: async (request) => syncedOf(await sync(mizan.desk, { integration: integrationName, signal, ...request })),
    inOptiply: (resource) => shop.all(`optiply/${resource}`),
    records: list,
    record: async (flow, text) => {
      const found = await list({ flow, text });
      const [one] = found;
      if (one === undefined || found.length > 1) throw new Error(`${found.length} records of ${flow} hold ${text}`);
      return one;
    },
    calls,
    count,
    writes: () => count("optiply", "POST", "PATCH", "PUT", "DELETE"),
    resetCalls: async () => {
      await fetch(`${control}/calls/reset`, { method: "POST" });
    },
    calm: async () => {
      await fetch(`${control}/faults`, { method: "DELETE" });
    },
    endLeases: async () => {
      await mizan.desk.store.pool.query("update run set lease_until = to_timestamp(0) where state = 'running'");
    },
  };
}

/** The reports of a sync by flow; a flow that did not run has none, and reading it fails the test. */
export function syncedOf(all: readonly FlowReport[]): Synced {
  const of = (name: string) => {
    const report = all.find(({ flow }) => flow === name);
    if (report === undefined)
      throw new Error(
        `${name} did not run; ${all.map((one) => `${one.flow} ${one.state} (${one.message})`).join(", ")}`,
      );
    return report;
  };
  return {
    all,
    of,
    get products() {
      return of("products");
    },
    get orders() {
      return of("sell-orders");
    },
  };
}

/** Counts with the outcomes that are not named at zero. */
export function only(counts: Partial<OutcomeCounts>): OutcomeCounts {
  return { created: 0, updated: 0, unchanged: 0, skipped: 0, waiting: 0, rejected: 0, ...counts };
}

/** A tracked item as a merchant makes it. */
export function item(fields: Fields = {}): Fields {
  return { name: "Mug", sku: "MUG", rate: 9.5, available_for_sale_stock: 12, ...fields };
}

/** A vendor as a merchant makes one. */
export function vendor(fields: Fields = {}): Fields {
  return { contact_name: "Potters of Delft", contact_type: "vendor", ...fields };
}

/** An issued purchase order with the given lines. */
export function purchaseOrder(line_items: readonly Fields[], fields: Fields = {}): Fields {
  return { order_status: "open", date: "2026-03-05", line_items, ...fields };
}

/** The id of a vendor that was just stored. */
export function vendorId(stored: Fields | undefined): string {
  return String(stored?.contact_id);
}

/** The id of a purchase order that was just stored. */
export function purchaseOrderId(stored: Fields | undefined): string {
  return String(stored?.purchaseorder_id);
}

/** An invoiced order with the given lines. */
export function order(line_items: readonly Fields[], fields: Fields = {}): Fields {
  return { order_status: "closed", invoiced_status: "invoiced", date: "2026-03-05", line_items, ...fields };
}

/** The id of an item that was just stored. */
export function itemId(stored: Fields | undefined): string {
  return String(stored?.item_id);
}

/** The id of a sales order that was just stored. */
export function orderId(stored: Fields | undefined): string {
  return String(stored?.salesorder_id);
}

/** The remote id under which Optiply keeps a record of ours. */
export function remoteId(row: Fields): string {
  return String(Object.values((row.remoteIdMap ?? {}) as Fields)[0] ?? "");
}

/** Which remote ids there are more than once; none is how it should be. */
export function doubled(rows: readonly Fields[]): readonly string[] {
  const ids = rows.map(remoteId);
  return ids.filter((id, at) => ids.indexOf(id) !== at);
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

function isSignIn(path: string): boolean {
  return path.includes("/oauth/");
}

function withErrors(_key: string, value: unknown): unknown {
  return value instanceof Error ? `${value.name}: ${value.message} ${value.stack ?? ""}` : value;
}
