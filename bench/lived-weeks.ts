/** The story of `salla-weeks.ts`: weeks of a shop and its books, looked at in every night, with trouble in the days where it is asked for. */
import { seededRandom } from "../sandbox/seeded-random.ts";
import type { Door } from "../sandbox/vendors.ts";
import type { Fields, Random } from "../sandbox/wire.ts";
import { bulkPath } from "../src/connectors/salla/shop-stock.ts";
import { records } from "../src/operations/records.ts";
import type { HttpRequest } from "../src/outbound/transport.ts";
import { type Broken, broken, type EndState, invariants, stateOf } from "./weeks-checks.ts";
import { openPeople, type People } from "./weeks-people.ts";
import { dayMs, hourMs, isWorking, minuteMs, type OrderToPlace, planWeeks } from "./weeks-plan.ts";
import { calm, linkShop, openWeeksShop, type Process, stepsToLive, trouble, type WeeksShop } from "./weeks-shop.ts";

export interface WeeksSettings {
  readonly orders: readonly OrderToPlace[];
  readonly seed: number;
  /** so many days have new orders */
  readonly days: number;
  /** the most days from one step of an order to the next */
  readonly stepDays: number;
  /** days without trouble at the end, in which everything that waits comes to its turn */
  readonly calmDays: number;
  /** lost and doubled webhooks, calls without an answer, killed processes */
  readonly faults: boolean;
  /** the share of calls that fail in a day's work, 0 to 1 */
  readonly faultShare: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly everyMinutes: Readonly<Record<string, number>>;
  /** gets a line now and then */
  readonly tell: (line: string) => void;
}

/** What came of it. */
export interface LivedWeeks {
  readonly broken: readonly Broken[];
  readonly end: EndState;
  /** of the records that wait or are rejected at the end, by reason */
  readonly reasons: Readonly<Record<string, number>>;
  readonly completedOrders: number;
  readonly waitingPurchases: number;
  readonly looks: number;
  readonly kills: number;
  readonly simulatedDays: number;
  readonly calls: number;
  readonly quantityWrites: number;
  /** warnings and errors that were logged, with how often each came */
  readonly troubles: Readonly<Record<string, number>>;
}

/** Some Monday, at eight in Riyadh. */
const startMs = Date.parse("2026-03-02T05:00:00Z");
/** The integration is made so long before the first day. */
const headStartMs = hourMs;
const downMs = { least: 1_000, most: 4 * minuteMs };

/** Lives through the whole plan. */
export async function liveWeeks(settings: WeeksSettings): Promise<LivedWeeks> {
  const { orders, tell } = settings;
  const troubles: Record<string, number> = {};
  const writes: Broken[] = [];
  const watch = { lookedAtMs: 0, writes: 0 };
  let people: People | null = null;
  const shop: WeeksShop = await openWeeksShop({
    ...settings,
    startMs: startMs - headStartMs,
    bulkDelayMs: 0,
    log: (level, message, fields) => {
      if (level !== "warn" && level !== "error") return;
      const words = `${level} ${message.replaceAll(/\d+/g, "#")}${fields?.error === undefined ? "" : ` ${String(fields.error).split("\n")[0]}`}`;
      troubles[words] = (troubles[words] ?? 0) + 1;
    },
    onCall: (door, request) => {
      if (people !== null) writes.push(...watchCall(shop, people, watch, door, request));
    },
  });
  const { clock } = shop;
  people = openPeople(shop, orders);
  const plan = planWeeks(orders, { ...settings, startMs });
  const present: { process: Process } = { process: await shop.start([]) };
  await linkShop(present.process, shop, settings.everyMinutes);
  const dying = settings.faults ? keepDying(shop, present, seededRandom(settings.seed + 13)) : null;
  const found: Broken[] = [];
  let [at, looks] = [0, 0];
  const nights = [...plan.quietAtMs];
  const last = nights.at(-1) ?? startMs;
  for (let day = 1; day <= settings.calmDays; day += 1) nights.push(last + day * dayMs);
  for (const night of nights) {
    const worked = settings.faults && night <= last;
    if (worked) await trouble(shop, settings.faultShare);
    dying?.wake(worked);
    for (let next = plan.happenings[at]; next !== undefined && next.atMs < night; next = plan.happenings[at]) {
      await clock.sleep(next.atMs - clock.now());
      await people.act(next);
      at += 1;
    }
    while (isWorking(clock.now(), startMs)) {
      await clock.sleep(hourMs);
      people.purchase();
    }
    await calm(shop);
    await dying?.rest();
    await clock.sleep(night - clock.now());
    looks += 1;
    const reasons = await reasonsOf(present.process, clock);
    found.push(...broken(shop, people, reasons.byOrder).filter(({ what }) => !found.some((one) => one.what === what)));
    tell(
      `${new Date(clock.now()).toISOString()} ${people.sold.size} orders placed, ${found.length + writes.length} broken, ${JSON.stringify(reasons.byCode)}`,
    );
  }
  const { byCode } = await reasonsOf(present.process, clock);
  await dying?.stop();
  await present.process.end();
  return {
    broken: [...found, ...writes],
    end: stateOf(shop, people),
    reasons: byCode,
    completedOrders: [...people.sold.values()].filter(({ state }) => state === "completed").length,
    waitingPurchases: people.waitingPurchases(),
    looks,
    kills: dying?.kills() ?? 0,
    simulatedDays: Math.round((clock.now() - startMs) / dayMs),
    calls: shop.sandbox.calls.counts().reduce((sum, { count }) => sum + Number(count), 0),
    quantityWrites: watch.writes,
    troubles,
  };
}

/**
 * A quantity may lie above what nobody has claimed by as many units as were sold after the orders were last listed before
 * it was sent, and by no unit more: those sales could not be known.
 */
function watchCall(
  { clock, sandbox }: WeeksShop,
  people: People,
  watch: { lookedAtMs: number; writes: number },
  door: Door,
  { method, path, body }: HttpRequest,
): Broken[] {
  if (door !== "salla") return [];
  if (method === "GET" && /\/orders\?/.test(path) && !/[?&]page=(?!1(&|$))/.test(path)) watch.lookedAtMs = clock.now();
  if (method !== "POST" || !path.endsWith(bulkPath)) return [];
  const { products } = JSON.parse(body ?? "{}") as { readonly products: readonly Fields[] };
  watch.writes += products.length;
  return products.flatMap(({ identifer, quantity }) => {
    const sku = sandbox.salla.shop().products.rows.get(Number(identifer))?.sku ?? "";
    const above = Number(quantity) - (people.free.get(sku) ?? Number.NaN);
    if (above <= people.soldSince(sku, watch.lookedAtMs)) return [];
    return [{ invariant: invariants[4], what: `${sku} was set to ${String(quantity)}, ${above} above what was left` }];
  });
}

interface Dying {
  /** processes are killed from now on, or not */
  wake(mortal: boolean): void;
  /** nobody is killed any more until `wake`; resolves when a process runs */
  rest(): Promise<void>;
  kills(): number;
  stop(): Promise<void>;
}

/** Kills the process again and again, and starts another on the same database after a while. */
function keepDying(shop: WeeksShop, present: { process: Process }, random: Random): Dying {
  let [kills, mortal, over] = [0, false, false];
  let rising: Promise<void> = Promise.resolve();
  const arm = () => {
    const { life } = present.process;
    life.dieAfter(mortal ? stepsToLive(random) : Number.POSITIVE_INFINITY);
    void life.died.then(() => {
      if (over) return;
      rising = rise();
    });
  };
  const rise = async () => {
    kills += 1;
    const left = await present.process.end();
    await shop.clock.sleep(downMs.least + Math.floor(random() * (downMs.most - downMs.least)));
    present.process = await shop.start(left);
    arm();
  };
  arm();
  const setMortal = (now: boolean) => {
    mortal = now;
    if (!present.process.life.isDead())
      present.process.life.dieAfter(mortal ? stepsToLive(random) : Number.POSITIVE_INFINITY);
  };
  return {
    wake: setMortal,
    rest: async () => {
      setMortal(false);
      await rising;
    },
    kills: () => kills,
    stop: async () => {
      over = true;
      await rising;
    },
  };
}

interface Reasons {
  readonly byOrder: ReadonlyMap<string, string>;
  readonly byCode: Readonly<Record<string, number>>;
}

async function reasonsOf({ mizan }: Process, clock: WeeksShop["clock"]): Promise<Reasons> {
  const byOrder = new Map<string, string>();
  const byCode: Record<string, number> = {};
  const mostRecords = 100_000;
  for (const outcome of ["waiting", "rejected"] as const)
    for (const { flow, sourceId, code, reason } of await clock.during(() =>
      records(mizan.desk, { integration: "shop", outcome, most: mostRecords }),
    )) {
      if (flow === "orders") byOrder.set(sourceId, reason ?? "");
      byCode[`${flow} ${code}`] = (byCode[`${flow} ${code}`] ?? 0) + 1;
    }
  return { byOrder, byCode };
}
