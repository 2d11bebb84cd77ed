import { type Clock, later, type Random } from "../core/clock.ts";
import type { CallRequest, CallResult, Connector, Door, DoorOptions, Judgement, RawAnswer } from "../core/connector.ts";
import { NeedsPerson, RetryLater } from "../core/errors.ts";
import type { BudgetLedger, TokenVault } from "../core/ledger.ts";
import { allowedAddress } from "./allowed-address.ts";
import { BudgetQueue } from "./budget-queue.ts";
import { createProbing } from "./create-probing.ts";
import { createLeases } from "./leases.ts";
import type { CallReport, Log } from "./log.ts";
import { parseJson } from "./parse-json.ts";
import { createRedactor } from "./redact.ts";
import { createRenewal, redactAction } from "./renewal.ts";
import { TokenKeeper } from "./token-keeper.ts";
import { defaultTransport, type HttpRequest, type Transport } from "./transport.ts";
import { untilAborted } from "./until-aborted.ts";
import { userAgent } from "./user-agent.ts";

/** Repeats of a call whose answer was broken or never came. */
const repeatsMax = 4;
const backoffBaseMs = 250;
const backoffCapMs = 10_000;
/** Repeats of a call that the vendor did not take because of a limit. */
const limitedMax = 5;
/** When a call whose repeats are used up may be tried again. */
const retryAfterMs = 60_000;

/** What a door is opened with; the first group belongs to the connection, the second to the process, the third to the run. */
export interface OpenDoorOptions<Settings, Secrets> extends DoorOptions {
  readonly connectionId: number;
  readonly connector: Connector<Settings, Secrets>;
  readonly settings: Settings;
  readonly secrets: Secrets;

  readonly ledger: BudgetLedger;
  readonly vault: TokenVault;
  readonly clock: Clock;
  readonly random: Random;
  /** name of this process, unique among all that share the ledger */
  readonly process: string;
  readonly log: Log;
  /** the network, unless a simulation brings its own */
  readonly transport?: Transport;

  readonly onCall?: (report: CallReport) => void;
}

/** A door that is given back when the run is over. */
export interface OpenDoor extends Door {
  /** Resolves when the budget knows that this door's calls are over. */
  close(): Promise<void>;
}

const queues = createLeases<BudgetQueue>();
const keepers = createLeases<TokenKeeper>();

/**
 * Opens one connection's way out. `call` waits for the shared budget, signs in when needed, repeats what may be
 * repeated, and gives back what the connector makes of the answer.
 *
 * - `safe` requests are repeated up to 4 times after a broken or missing answer, with growing pauses.
 * - `never` requests are repeated only while nothing can have left; after that an unclear answer is `in-doubt`.
 * - A limit pauses the connection for everyone; an expired token is renewed once.
 * - Of a `probe`, one counted call leaves although the vendor said that the day is spent, and its answer says anew.
 * - After the signal aborts, waiting calls reject with its reason at once; a `never` request that has left is awaited.
 *
 * `call` throws {RetryLater} when the vendor cannot be reached or the budget is parked for longer than 30 s, and
 * {NeedsPerson} when the vendor refuses the credentials or names something else that a person must do.
 * @throws {NeedsPerson} host-changed when the connection's address is not on an allowed host
 */
export function openDoor<Settings, Secrets>(options: OpenDoorOptions<Settings, Secrets>): OpenDoor {
  const { connectionId, connector, clock, process, signal } = options;
  const redactor = createRedactor(options.secrets);
  const log: Log = (level, message, fields) => options.log(level, redactor.text(message), redactor.fields(fields));
  const attempt = createAttempt(options, redactor.text);
  const owner = {};
  let clockAheadMs: number | null = null;
  const probing = createProbing(options.purpose);

  const queueLease = leaseQueue(options, log);
  const queue = queueLease.value;
  queue.limits = connector.limits(options.settings);
  const renewal = createRenewal(options, redactor);
  const keeperLease = keepers(options.vault, `${process} ${connectionId}`, () => {
    return new TokenKeeper(connectionId, options.vault, clock, renewal);
  });
  const keeper = keeperLease.value;
  keeper.renewal = renewal;

  const onAbort = () => queue.cancel(owner, signal.reason);
  signal.addEventListener("abort", onAbort);

  async function takeTurn(request: CallRequest, number: number): Promise<Turn> {
    signal.throwIfAborted();
    const purpose = probing.next();
    await queue.take(purpose, owner);
    try {
      const token = keeper.atHand() ?? (await untilAborted(keeper.get(), signal));
      redactor.add(token);
      const { left, answer, judgement } = await attempt(request, token, number);
      if (answer !== null) clockAheadMs = clockAhead(answer, clock.now()) ?? clockAheadMs;
      if (answer !== null) queue.observe(connector.observe(answer, clock.now()));
      if (purpose === "probe" && probing.isToldBy(request, judgement)) queue.probed();
      // Before this call counts as ended, so that no other call takes its place first.
      if (judgement.kind === "limited") queue.pause({ until: judgement.until, reason: judgement.reason });
      return { token, left, judgement, status: answer?.status ?? 0 };
    } finally {
      queue.ended();
    }
  }

  async function call(request: CallRequest): Promise<CallResult> {
    const repeats = { broken: 0, limited: 0, renewed: false };
    for (let number = 1; ; number += 1) {
      const { token, left, judgement, status } = await takeTurn(request, number);
      if (judgement.kind === "ok") return { kind: "ok", body: judgement.body, status };

      const message = redactor.text(judgement.kind === "limited" ? judgement.reason : judgement.message);
      const { method, path } = request;
      switch (judgement.kind) {
        case "missing":
        case "conflict":
        case "refused":
          return { kind: judgement.kind, message };
        case "needs-person":
          throw new NeedsPerson(redactAction(judgement.action, redactor.text), message);
        case "broken":
          log("warn", "A call got no usable answer", { vendor: connector.vendor, method, path, number, left, message });
          if (left && request.repeat === "never") return { kind: "in-doubt", message };
          if (repeats.broken === repeatsMax) throw new RetryLater(later(clock, retryAfterMs), message);
          await clock.sleep(backoffMs(repeats.broken, options.random), signal);
          repeats.broken += 1;
          break;
        case "limited":
          log("warn", "A call met a limit", { vendor: connector.vendor, method, path, number, message });
          if (repeats.limited === limitedMax) throw new RetryLater(new Date(judgement.until), message);
          repeats.limited += 1;
          break;
        case "token-expired":
          if (repeats.renewed) throw credentialsRefused(connector.title, message);
          signal.throwIfAborted();
          await untilAborted(keeper.replace(token), signal);
          repeats.renewed = true;
          break;
      }
    }
  }

  async function close(): Promise<void> {
    signal.removeEventListener("abort", onAbort);
    queue.cancel(owner, new Error(`the door of connection ${connectionId} was closed`));
    await queue.flush();
    queueLease.release();
    keeperLease.release();
  }

  return { call, clock, clockAheadMs: () => clockAheadMs, close };
}

function leaseQueue<Settings, Secrets>(options: OpenDoorOptions<Settings, Secrets>, log: Log) {
  const { connectionId, connector, settings, ledger, clock, process } = options;
  return queues(ledger, `${process} ${connectionId}`, () => {
    const shared = { connectionId, vendor: connector.title, ledger, clock, process, log };
    return new BudgetQueue(shared, connector.limits(settings));
  });
}

/** What the Date header says of the vendor's clock; it has whole seconds, so the middle of the second is taken. */
function clockAhead({ headers }: RawAnswer, now: number): number | null {
  const at = Date.parse(headers.date ?? "");
  return Number.isNaN(at) ? null : at + 500 - now;
}

interface Turn {
  readonly token: string;
  /** the vendor may have received the request */
  readonly left: boolean;
  readonly judgement: Judgement;
  readonly status: number;
}

interface Attempt {
  readonly left: boolean;
  readonly answer: RawAnswer | null;
  readonly judgement: Judgement;
}

/** Makes the function that sends one request once and has the connector judge the answer. */
function createAttempt<Settings, Secrets>(
  options: OpenDoorOptions<Settings, Secrets>,
  redact: (text: string) => string,
) {
  const { connector, settings, clock, signal, onCall } = options;
  const { vendor, title } = connector;
  const addressOf = (url: string) => allowedAddress(url, connector.allowedHosts(settings), title);
  const usual = addressOf(connector.apiUrl(settings));
  const transport = options.transport ?? defaultTransport;

  return async (request: CallRequest, token: string, number: number): Promise<Attempt> => {
    const address = request.address === undefined ? usual : addressOf(request.address);
    const startedAt = performance.now();
    const outcome = await transport({
      origin: address.origin,
      path: address.pathname.replace(/\/$/, "") + pathOf(request, connector.query(settings, request.method)),
      method: request.method,
      ...contentOf(request, connector.headers(token, settings)),
      // A write that has left is awaited to its end, so that it cannot land unseen behind a later one.
      finish: request.method !== "GET",
      signal,
      ...(connector.slowestAnswerMs === undefined ? {} : { slowestAnswerMs: connector.slowestAnswerMs }),
    });
    const status = outcome.kind === "answer" ? outcome.status : null;
    const ms = performance.now() - startedAt;
    onCall?.({ vendor, method: request.method, path: request.path, status, ms, attempt: number });

    if (outcome.kind === "failed")
      return { left: outcome.left, answer: null, judgement: broken(title, outcome.message) };
    const { headers, text } = outcome;
    const answer = { status: outcome.status, headers, body: parseJson(text), text };
    if (answer.status < 300 || answer.status >= 400 || connector.judgesRedirects === true) {
      return { left: true, answer, judgement: connector.judge(answer, request, clock.now()) };
    }
    const location = redact(headers.location ?? "nowhere");
    const message = `answered ${answer.status} to ${location}; redirects are not followed`;
    return { left: true, answer, judgement: broken(title, message) };
  };
}

function broken(title: string, message: string): Judgement {
  return { kind: "broken", message: `${title}: ${message}` };
}

function pathOf(request: CallRequest, always: Readonly<Record<string, string>>): string {
  if (!/^\/[^\s?#\\]*$/.test(request.path)) {
    throw new Error(
      `path is ${JSON.stringify(request.path)}; allowed: a slash and what follows it, without ? # \\ and spaces`,
    );
  }
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...always, ...request.query }))
    for (const one of typeof value === "string" ? [value] : value) query.append(name, one);
  return query.size === 0 ? request.path : `${request.path}?${query}`;
}

function contentOf(
  request: CallRequest,
  given: Readonly<Record<string, string>>,
): Pick<HttpRequest, "headers" | "body"> {
  const headers: Record<string, string> = { "user-agent": userAgent, accept: "application/json" };
  const body = request.body === undefined ? null : JSON.stringify(request.body);
  if (body !== null) headers["content-type"] = "application/json";
  for (const name in given) headers[name.toLowerCase()] = given[name] ?? "";
  return { headers, body };
}

/** Doubles from the base to the cap, spread over half of it so that processes do not come back together. */
function backoffMs(repeat: number, random: Random): number {
  return Math.min(backoffCapMs, backoffBaseMs * 2 ** repeat) * (0.5 + random() / 2);
}

function credentialsRefused(vendor: string, message: string): NeedsPerson {
  const text = `${vendor} refused a token that was just renewed: ${message}`;
  return new NeedsPerson({ code: "credentials-refused", parameters: { vendor, message } }, text);
}
