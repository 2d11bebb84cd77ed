import { type Calls, createCalls } from "./calls.ts";
import { createFaults, type FaultRule, type Faults, type VendorName } from "./faults.ts";
import { errorDocument } from "./optiply/envelope.ts";
import { createOptiply, type Optiply, rateLimitAnswer } from "./optiply/optiply.ts";
import { seededRandom } from "./seeded-random.ts";
import { createServedRows, shiftBooks, shiftWebshop } from "./shifted-rows.ts";
import {
  type Clock,
  jsonResponse,
  noPause,
  type Pause,
  type WireAnswer,
  type WireRequest,
  type WireResponse,
} from "./wire.ts";
import { zoneOf } from "./zoho-books/books.ts";
import { failure } from "./zoho-books/envelope.ts";
import { limitAnswer, limitHeaders } from "./zoho-books/limits.ts";
import { createZohoBooks, type ZohoBooks } from "./zoho-books/zoho-books.ts";

/** The servers that a client can reach. */
type Door = "zoho-books" | "zoho-accounts" | "optiply";

/** The stand-in vendors with their faults and call counts, without any transport. */
export interface Sandbox {
  readonly clock: Clock;
  readonly zohoBooks: ZohoBooks;
  readonly optiply: Optiply;
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
 * @param options.apiDomain what Zoho's token answer gives as `api_domain`.
 */
export function createSandbox(options: { clock: Clock; seed: number; apiDomain?: () => string }): Sandbox {
  const { clock, apiDomain } = options;
  let { seed } = options;
  // Three sequences, so that a fault that is added does not change the ids that a vendor makes.
  let faultRandom = seededRandom(seed);
  const zohoBooks = createZohoBooks({
    clock,
    random: seededRandom(seed + 1),
    ...(apiDomain === undefined ? {} : { apiDomain }),
  });
  const optiply = createOptiply({ clock, random: seededRandom(seed + 2) });
  const faults = createFaults(() => faultRandom);
  const calls = createCalls();
  let served = createServedRows();
  let life = 0;

  const doors = { "zoho-books": zohoBooks.api, "zoho-accounts": zohoBooks.accounts, optiply: optiply.api };
  const send = async (door: Door, request: WireRequest): Promise<WireAnswer> => {
    const vendor: VendorName = door === "optiply" ? "optiply" : "zoho-books";
    const atMs = clock.now();
    const rule = faults.strike(vendor, request);
    const work = (pause: Pause) => doors[door](request, pause);
    const bornIn = life;
    let answer: WireAnswer;
    if (rule === undefined) answer = await work(noPause);
    else if (rule.kind === "late") {
      answer = "cut";
      // The work is done when nobody listens any more, unless a reset has ended that life.
      void clock.sleep(rule.delayMs ?? DEFAULT_LATE_MS).then(() => (bornIn === life ? work(noPause) : undefined));
    } else if (rule.kind === "shift-rows") {
      const rowId = served.choose(request, faultRandom);
      if (vendor === "optiply") shiftWebshop(optiply.webshop(), request, rowId, rule.shift);
      else shiftBooks(zohoBooks.books(), request, rowId, rule.shift);
      answer = await work(noPause);
    } else
      answer = await faultyAnswer(vendor, rule, work, (code) => limited(zohoBooks, optiply, vendor, request, code));
    if (faults.has("shift-rows")) served.remember(request, answer);
    calls.record(vendor, request, answer, atMs, rule?.kind);
    return answer;
  };

  const reset = (nextSeed = seed) => {
    seed = nextSeed;
    life += 1;
    faultRandom = seededRandom(seed);
    zohoBooks.reset(seededRandom(seed + 1));
    optiply.reset(seededRandom(seed + 2));
    faults.remove();
    calls.reset();
    served = createServedRows();
  };
  return { clock, zohoBooks, optiply, faults, calls, send, reset };
}

async function faultyAnswer(
  vendor: VendorName,
  rule: FaultRule,
  work: (pause: Pause) => Promise<WireResponse>,
  rateLimited: (code: 44 | 45 | 1070) => WireResponse,
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
      return rateLimited(rule.code === 45 ? 45 : rule.code === 1070 ? 1070 : 44);
    case "malformed-json":
    case "empty-body": {
      const answer = rule.afterWork === false ? jsonResponse(200, { data: "lost" }) : await work(before);
      const kept = rule.kind === "empty-body" ? 0 : Math.ceil(answer.body.length / 2);
      return { ...answer, body: answer.body.slice(0, kept) };
    }
    case "nonzero-code":
      if (rule.afterWork === true) await work(before);
      if (vendor === "optiply") return { ...errorDocument(500, "Something went wrong"), status: 200 };
      return failure(200, rule.code ?? 1000, "Internal Error");
    default:
      return await work(noPause);
  }
}

/** A failure of the vendor itself: JSON from the application, HTML from what stands before it. */
function brokenAnswer(vendor: VendorName, status: number): WireResponse {
  if (status >= 502 && status <= 504) {
    return { status, headers: { "content-type": "text/html" }, body: `<html><body><h1>${status}</h1></body></html>` };
  }
  return vendor === "optiply"
    ? errorDocument(status, "Internal Server Error")
    : failure(status, 1000, "Internal Error");
}

function limited(
  zohoBooks: ZohoBooks,
  optiply: Optiply,
  vendor: VendorName,
  request: WireRequest,
  code: 44 | 45 | 1070,
): WireResponse {
  if (vendor === "optiply") return rateLimitAnswer(optiply.switches);
  const answer = limitAnswer(code, zohoBooks.switches);
  const books = zohoBooks.books();
  const organization = books.organizations.get(request.query.get("organization_id") ?? "");
  if (organization === undefined) return answer;
  const headers = limitHeaders(organization.limits, zohoBooks.switches, zoneOf(organization), books.clock.now());
  return {
    ...answer,
    headers: { ...answer.headers, ...headers, ...(code === 45 ? { "x-rate-limit-remaining": "0" } : {}) },
  };
}
