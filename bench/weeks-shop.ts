/** Salla and Qoyod in this process on a simulated clock, one integration between them, and the lives of the processes of a Mizan. */
import { qoyodCredentials } from "../sandbox/qoyod/credentials.ts";
import { sallaCredentials } from "../sandbox/salla/credentials.ts";
import { createSandbox, type Sandbox } from "../sandbox/sandbox.ts";
import { seededRandom } from "../sandbox/seeded-random.ts";
import type { Door } from "../sandbox/vendors.ts";
import type { Random } from "../sandbox/wire.ts";
import { wantedEvents } from "../src/connectors/salla/webhooks.ts";
import { readConfig } from "../src/core/config.ts";
import type { Log } from "../src/engine/workbench.ts";
import { type Mizan, openMizan } from "../src/main.ts";
import { connect } from "../src/operations/connect.ts";
import { addIntegration, setIntegration } from "../src/operations/integrations.ts";
import { createRateBound } from "../src/operations/rate-bound.ts";
import { deliveryBounds, receiveDelivery } from "../src/operations/receive-delivery.ts";
import { webhooks } from "../src/operations/webhooks.ts";
import type { HttpRequest } from "../src/outbound/transport.ts";
import { beginLife, type Life } from "./mortal-life.ts";
import { type ControlCall, controlOf, sandboxTransport } from "./sandbox-in-process.ts";
import { createSimulatedClock, type SimulatedClock } from "./simulated-clock.ts";
import { type Queued, type SimulatedWork, startWork } from "./simulated-work.ts";
import { dayMs } from "./weeks-plan.ts";

/** Nothing listens there: only the transport of this process knows these addresses. */
const origins = {
  salla: "http://127.0.0.1:1",
  "salla-accounts": "http://127.0.0.1:2",
  qoyod: "http://127.0.0.1:3",
} as const;
const publicUrl = "http://127.0.0.1:4";

/** Ids of the company that the stand-in Qoyod begins with, and the way in which it rounds. */
export const companyOptions = {
  locationId: "31",
  salesAccountId: "101",
  costAccountId: "102",
  openingBalanceAccountId: "104",
  unitTypeId: "7",
  categoryId: "21",
  cashCustomerId: "1001",
  rounding: "exact/exact/per-rate/contained/gross",
  paymentAccounts: "mada=105",
};

export interface WeeksShopSettings {
  readonly startMs: number;
  readonly seed: number;
  readonly environment: Readonly<Record<string, string>>;
  /** other intervals than the flows' own */
  readonly everyMinutes: Readonly<Record<string, number>>;
  /** how long Salla queues a bulk write of quantities */
  readonly bulkDelayMs: number;
  readonly log: Log;
  /** hears of each call before it is answered */
  readonly onCall: (door: Door, request: HttpRequest) => void;
}

/** One process of a Mizan at work. */
export interface Process {
  readonly life: Life;
  readonly mizan: Mizan;
  readonly work: SimulatedWork;
  /** Closes what is left of it. @returns the runs that it left */
  end(): Promise<readonly Queued[]>;
}

export interface WeeksShop {
  readonly clock: SimulatedClock;
  readonly sandbox: Sandbox;
  readonly control: ControlCall;
  /** Starts a process, which webhooks reach from then on. @param queued runs that a process before it left */
  start(queued: readonly Queued[]): Promise<Process>;
}

/** Sets up everything but the integration, which the first process makes (`linkShop`). */
export async function openWeeksShop(settings: WeeksShopSettings): Promise<WeeksShop> {
  const clock = createSimulatedClock(settings.startMs);
  let present: Process | null = null;
  let take: ((path: string, headers: Readonly<Record<string, string>>, body: string) => Promise<number>) | null = null;
  const sandbox = createSandbox({
    clock,
    seed: settings.seed,
    urlOf: (door) => origins[door as keyof typeof origins],
    post: async (url, headers, body) => {
      const status = await take?.(url.slice(publicUrl.length), headers, body).catch(() => 0);
      return status ?? 0;
    },
  });
  const control = controlOf(sandbox);
  await control("PATCH", "/switches", {
    // Renewals of tokens have tests of their own; one that is lost by design needs a person.
    salla: { latencyMs: 150, bulkDelayMs: settings.bulkDelayMs, tokenLifeMs: 365 * dayMs },
    qoyod: { latencyMs: 250 },
  });
  const random = seededRandom(settings.seed + 7);
  const transport = sandboxTransport(sandbox, origins, settings.onCall);
  const config = readConfig({ ...settings.environment, MIZAN_PUBLIC_URL: publicUrl });
  const start = async (queued: readonly Queued[]) => {
    const life = beginLife({ clock, transport, random });
    // What a dead process says of its own end is nothing that happened.
    const log: Log = (...line) => (life.isDead() ? undefined : settings.log(...line));
    const mizan = await clock.during(() =>
      life.run(() => openMizan(config, { clock: life.clock, transport: life.transport, random, log })),
    );
    const work = life.run(() =>
      startWork(mizan, life.clock, () => undefined, { queued, webhooks: true, isDead: life.isDead }),
    );
    take = receiver(life, mizan, () => work.takeUp());
    const own: Process = {
      life,
      mizan,
      work,
      end: async () => {
        if (present === own) take = null;
        await work.stop();
        await clock.during(() => mizan.close());
        return work.unfinished();
      },
    };
    present = own;
    return own;
  };
  return { clock, sandbox, control, start };
}

/** What answers webhooks in a process: the same as the API does. */
function receiver(life: Life, { desk }: Mizan, takeUp: () => void) {
  const rate = createRateBound({ most: deliveryBounds.perWindow, windowMs: deliveryBounds.windowMs }, desk.clock);
  const taken = new Set(["kept", "repeated", "stale"]);
  return async (path: string, headers: Readonly<Record<string, string>>, body: string) => {
    const token = path.split("/").at(-1) ?? "";
    const delivery = { headers, body: Buffer.from(body) };
    const reception = await life.run(() => receiveDelivery(desk, rate, token, delivery));
    if (reception === "kept") takeUp();
    return taken.has(reception) ? 200 : 404;
  };
}

/** Connects both, has Salla post to this Mizan, and makes the integration `shop`. */
export async function linkShop({ mizan: { desk } }: Process, shop: WeeksShop, everyMinutes: object): Promise<void> {
  const { signal } = new AbortController();
  const { clientId, clientSecret, refreshToken, webhookSecret } = sallaCredentials;
  const accounts = { apiUrl: origins.salla, accountsUrl: origins["salla-accounts"] };
  const secrets = { clientId, clientSecret, refreshToken, webhookSecret };
  await connect(desk, { name: "salla", vendor: "salla", settings: accounts, secrets }, signal);
  const books = { apiUrl: `${origins.qoyod}/2.0` };
  await connect(desk, { name: "qoyod", vendor: "qoyod", settings: books, secrets: { ...qoyodCredentials } }, signal);
  const { url } = await webhooks(desk, "salla", { most: 1 });
  await shop.control("PATCH", "/salla/app", { url, events: wantedEvents });
  const ends = { kind: "salla-qoyod", flavour: "standard", source: "salla", target: "qoyod" };
  await addIntegration(desk, { name: "shop", ...ends, options: companyOptions }, signal);
  await setIntegration(desk, "shop", { everyMinutes: { ...everyMinutes } }, signal);
}

/** Trouble of a working day: calls that fail, or are answered by nobody although they were done. @param share 0 to 1 */
export async function trouble({ control }: WeeksShop, share: number): Promise<void> {
  const each = share / 5;
  const kinds = [
    { kind: "cut-after" },
    { kind: "status-after", status: 504 },
    { kind: "cut" },
    { kind: "status", status: 503 },
    { kind: "late", delayMs: 20_000 },
  ];
  for (const vendor of ["salla", "qoyod"])
    for (const fault of kinds) await control("POST", "/faults", { vendor, ...fault, probability: each });
  const webhooks = {
    webhookLossPercent: 15,
    webhookDoublePercent: 15,
    webhookDelayPercent: 25,
    webhookDelayMs: 600_000,
  };
  await control("PATCH", "/switches", { salla: webhooks });
}

/** Nothing fails any more. */
export async function calm({ control }: WeeksShop): Promise<void> {
  await control("DELETE", "/faults");
  const webhooks = { webhookLossPercent: 0, webhookDoublePercent: 0, webhookDelayPercent: 0 };
  await control("PATCH", "/switches", { salla: webhooks });
}

/** Steps after which a process is killed: most within the first minutes of its work, some only after hours. */
export function stepsToLive(random: Random): number {
  return Math.ceil(50 * 200 ** random());
}
