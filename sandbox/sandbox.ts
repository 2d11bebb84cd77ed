import { type Calls, createCalls } from "./calls.ts";
import { createFaults, type FaultRule, type Faults } from "./faults.ts";
import { seededRandom } from "./seeded-random.ts";
import { createServedRows } from "./served-rows.ts";
import type { OpenVendor, Post } from "./vendor.ts";
import { type Door, eachVendor, type OpenVendors, type VendorName, vendorNames, vendors } from "./vendors.ts";
import {
  type Clock,
  jsonResponse,
  noPause,
  type Pause,
  type WireAnswer,
  type WireRequest,
  type WireResponse,
} from "./wire.ts";

/** The stand-in vendors with their faults and call counts, without any transport. */
export interface Sandbox {
  readonly clock: Clock;
  /** Every vendor at work, for what is the same with all of them. */
  readonly vendors: OpenVendors;
  readonly zohoBooks: OpenVendors["zoho-books"]["standIn"];
  readonly optiply: OpenVendors["optiply"]["standIn"];
  readonly salla: OpenVendors["salla"]["standIn"];
  readonly qoyod: OpenVendors["qoyod"]["standIn"];
  readonly faults: Faults;
  readonly calls: Calls;
  /** Sends one request as a client does; "cut" is a connection that ended without an answer. */
  send(door: Door, request: WireRequest): Promise<WireAnswer>;
  /** Back to the state at start: no records, no faults, switches as initially; with another seed when one is given. */
  reset(seed?: number): void;
}

const DEFAULT_LATE_MS = 1000;

/**
 * Makes the vendors under one clock and one seed.
 * @param options.urlOf where a door is, for answers that name it.
 * @param options.post delivers webhooks; left out, nobody ever answers them.
 */
export function createSandbox(options: {
  clock: Clock;
  seed: number;
  urlOf?: (door: string) => string;
  post?: Post;
}): Sandbox {
  const { clock, urlOf = (door) => `https://${door}.made-up.example`, post = async () => 0 } = options;
  let { seed } = options;
  // A sequence for faults and one for each vendor, so that a fault that is added does not change the ids that a vendor makes.
  let faultRandom = seededRandom(seed);
  const open = eachVendor((vendor) =>
    vendor.open({ clock, urlOf, post, random: seededRandom(seed + vendor.seedStep) }),
  ) as OpenVendors;
  const vendorOf = new Map(
    vendorNames.flatMap((name) => vendors[name].doors.map((door): [Door, VendorName] => [door, name])),
  );
  const faults = createFaults(Object.values(vendors), () => faultRandom);
  const calls = createCalls();
  let served = createServedRows();
  let life = 0;

  const send = async (door: Door, request: WireRequest): Promise<WireAnswer> => {
    const name = vendorOf.get(door);
    if (name === undefined) throw new RangeError(`there is no door ${door}; there are: ${[...vendorOf.keys()]}`);
    const vendor: OpenVendor = open[name];
    const atMs = clock.now();
    const rule = faults.strike(name, request);
    const work = (pause: Pause) => vendor.serve(door, request, pause);
    const bornIn = life;
    let answer: WireAnswer;
    if (rule === undefined) answer = await work(noPause);
    else if (rule.kind === "late") {
      answer = "cut";
      // The work is done when nobody listens any more, unless a reset has ended that life.
      void clock.sleep(rule.delayMs ?? DEFAULT_LATE_MS).then(() => (bornIn === life ? work(noPause) : undefined));
    } else if (rule.kind === "shift-rows") {
      vendor.shiftRow(request, served.choose(request, faultRandom), rule.shift);
      answer = await work(noPause);
    } else answer = await faultyAnswer(vendor, rule, request, work);
    if (faults.has("shift-rows")) served.remember(request, answer, vendors[name].rowIds);
    calls.record(name, request, answer, atMs, rule?.kind);
    return answer;
  };

  const reset = (nextSeed = seed) => {
    seed = nextSeed;
    life += 1;
    faultRandom = seededRandom(seed);
    for (const name of vendorNames) open[name].reset(seededRandom(seed + vendors[name].seedStep));
    faults.remove();
    calls.reset();
    served = createServedRows();
  };
  const { "zoho-books": zohoBooks, optiply, salla, qoyod } = open;
  return {
    clock,
    vendors: open,
    zohoBooks: zohoBooks.standIn,
    optiply: optiply.standIn,
    salla: salla.standIn,
    qoyod: qoyod.standIn,
    faults,
    calls,
    send,
    reset,
  };
}

async function faultyAnswer(
  vendor: OpenVendor,
  rule: FaultRule,
  request: WireRequest,
  work: (pause: Pause) => Promise<WireResponse>,
): Promise<WireAnswer> {
  const delayMs = rule.delayMs ?? 0;
  const before = { beforeMs: delayMs, afterMs: 0 };
  switch (rule.kind) {
    case "cut":
      return "cut";
    case "cut-after":
      await work(before);
      return "cut";
    case "status":
      return brokenAnswer(vendor, rule.status ?? 500);
    case "status-after":
      await work(before);
      return brokenAnswer(vendor, rule.status ?? 500);
    case "slow":
      return await work(rule.afterWork === true ? { beforeMs: 0, afterMs: delayMs } : before);
    case "rate-limited":
      return vendor.rateLimited(request, rule.code);
    case "malformed-json":
    case "empty-body": {
      const answer = rule.afterWork === false ? jsonResponse(200, { data: "lost" }) : await work(before);
      const kept = rule.kind === "empty-body" ? 0 : Math.ceil(answer.body.length / 2);
      return { ...answer, body: answer.body.slice(0, kept) };
    }
    case "nonzero-code":
      if (rule.afterWork === true) await work(before);
      return vendor.failureWithin200(rule.code);
    default:
      return await work(noPause);
  }
}

/** A failure of the vendor itself: JSON from the application, HTML from what stands before it. */
function brokenAnswer(vendor: OpenVendor, status: number): WireResponse {
  if (status >= 502 && status <= 504) {
    return { status, headers: { "content-type": "text/html" }, body: `<html><body><h1>${status}</h1></body></html>` };
  }
  return vendor.failure(status);
}
