import type { BudgetGrant, BudgetLimits, BudgetObservation, CallPurpose } from "../core/budget.ts";
import type { Clock } from "../core/clock.ts";
import { RetryLater } from "../core/errors.ts";
import type { BudgetLedger } from "../core/ledger.ts";
import { type BudgetNews, mergeNews } from "./budget-news.ts";
import type { Log } from "./log.ts";
import { settle, type Waiter } from "./waiter.ts";

/** A park that lasts longer than this is not waited for: the call ends with `RetryLater`. */
const parkMs = 30_000;
/** A process that is silent for longer counts as dead and its calls as over; a restarted one starts within 5 s. */
const silenceMs = 4_000;
/** While calls are in flight, the ledger hears from this process at least this often. */
const heartbeatMs = 1_000;
/** How soon the ledger hears that calls have ended when no other call takes the news along. */
const reportMs = 25;
/** Calls asked for in one exchange. */
const wantedMax = 100;
/** Calls booked in advance; the ledger gives them only where the budget is large and hardly used. */
const aheadMax = 100;
/** They are used within this time, or half a slot of the minute where that is shorter. */
const aheadMs = 50;
/** Waiting calls of one connection in one process; a run has a few dozen at most. */
const waitersMax = 10_000;

const parkedWords = {
  "minute-quota": "no calls, because there were too many a minute for the limit",
  "day-quota": "no calls, because the day's are spent: this is the daily limit",
  concurrency: "no calls, because too many are under way for the limit",
} as const;

const urgency: Readonly<Record<CallPurpose, number>> = { probe: 0, person: 1, export: 2, flow: 3, backfill: 4 };

/** What a queue works with. */
interface BudgetQueueOptions {
  readonly connectionId: number;
  /** the vendor's name as people write it */
  readonly vendor: string;
  readonly ledger: BudgetLedger;
  readonly clock: Clock;
  /** name of this process, unique among all that share the ledger */
  readonly process: string;
  readonly log: Log;
}

/**
 * One connection's calls in one process, waiting for the shared budget. All waiting calls go into one exchange with the
 * ledger, and whatever was learnt in the meantime goes along.
 */
export class BudgetQueue {
  readonly #options: BudgetQueueOptions;
  /** may change while the queue lives, when a person changes the settings */
  limits: BudgetLimits;
  /** most urgent first, then in order of arrival */
  #waiters: Waiter[] = [];
  #inFlight = 0;
  /** what the ledger believes is in flight here */
  #reported = 0;
  #news: BudgetNews = {};
  #exchanging: Promise<void> | null = null;
  #again = false;
  /** an exchange is on its way */
  #asking = false;
  /** the ledger must hear from this process although no call waits */
  #tell = false;
  #blocked: { readonly until: number; readonly purpose: CallPurpose } | null = null;
  /** booked calls that may leave until then, in the place of one that the ledger counts as in flight */
  #ahead = { calls: 0, until: 0 };
  #exchangedAt = 0;
  #changedAt: number | null = null;
  #timer: { readonly at: number; readonly abort: AbortController } | null = null;

  constructor(options: BudgetQueueOptions, limits: BudgetLimits) {
    this.#options = options;
    this.limits = limits;
  }

  /**
   * Resolves when one call may leave; `ended` must follow.
   * @throws {RetryLater} when the budget is parked for longer than `parkMs`
   */
  take(purpose: CallPurpose, owner: object): Promise<void> {
    if (this.#waiters.length >= waitersMax) {
      throw new Error(`${waitersMax} calls already wait for the budget of connection ${this.#options.connectionId}`);
    }
    return new Promise((resolve, reject) => {
      const waiter = { purpose, owner, resolve, reject, settled: false };
      const behind = this.#waiters.findIndex((other) => urgency[other.purpose] > urgency[purpose]);
      this.#waiters.splice(behind === -1 ? this.#waiters.length : behind, 0, waiter);
      this.#spendAhead();
      if (waiter.settled) return;
      // While the budget is blocked, asking again makes sense only for a call that stands before the blocked one.
      const blocked = this.#blocked !== null && this.#options.clock.now() < this.#blocked.until;
      if (!blocked || urgency[purpose] < urgency[this.#blocked?.purpose ?? purpose]) this.#ask();
      else this.#arm();
    });
  }

  /** A call that was taken is over, whatever came of it. */
  ended(): void {
    this.#inFlight -= 1;
    this.#changedAt ??= this.#options.clock.now();
    this.#spendAhead();
    if (this.#waiters.length > 0 && this.#inFlight < this.#reported) this.#ask();
    else this.#arm();
  }

  /** Keeps what an answer said about the budget for the next exchange, which follows the end of its call. */
  observe(observed: BudgetObservation): void {
    // A header that is no number says nothing.
    const said: BudgetObservation = Object.fromEntries(
      Object.entries(observed).filter(([, value]) => Number.isFinite(value)),
    );
    this.#news = mergeNews(this.#news, { observed: said });
  }

  /** Nobody calls before `until`; every process learns it with the exchange that starts now. */
  pause(pause: NonNullable<BudgetNews["pause"]>): void {
    if (!Number.isFinite(pause.until)) {
      throw new Error(`until of a pause is ${pause.until}; allowed: milliseconds since 1970`);
    }
    this.#news = mergeNews(this.#news, { pause });
    this.#ahead = { calls: 0, until: 0 };
    this.#tell = true;
    this.#ask();
  }

  /** The vendor answered a probe: with the next exchange, what it said before of a spent day is forgotten. */
  probed(): void {
    this.#news = mergeNews(this.#news, { probed: true });
  }

  /** Rejects all waiting calls of one owner. */
  cancel(owner: object, reason: unknown): void {
    for (const waiter of this.#waiters) if (waiter.owner === owner) settle(waiter, () => waiter.reject(reason));
    this.#waiters = this.#waiters.filter((waiter) => !waiter.settled);
  }

  /** Resolves when the ledger knows everything that this queue knows. */
  async flush(): Promise<void> {
    if (this.#hasNews()) {
      this.#tell = true;
      this.#ask();
    }
    while (this.#exchanging !== null) await this.#exchanging;
    if (this.#inFlight === 0 && this.#waiters.length === 0) this.#disarm();
  }

  #ask(): void {
    this.#again = true;
    this.#exchanging ??= this.#exchangeAll();
  }

  async #exchangeAll(): Promise<void> {
    try {
      while (this.#again) {
        // Calls that arrive together go together.
        await Promise.resolve();
        this.#again = false;
        if (this.#waiters.length > 0 || this.#tell) await this.#exchange();
      }
    } finally {
      // In the same step as the last look at what was asked: who asks later would wait for an exchange that is over.
      this.#exchanging = null;
      this.#arm();
    }
  }

  async #exchange(): Promise<void> {
    const { ledger, connectionId, clock, process } = this.#options;
    const asked = this.#waiters.slice(0, wantedMax);
    const news = this.#news;
    const inFlight = this.#inFlight;
    this.#news = {};
    this.#tell = false;
    this.#changedAt = null;
    this.#exchangedAt = clock.now();
    this.#asking = true;
    try {
      const grant = await ledger.exchange(connectionId, this.limits, {
        now: this.#exchangedAt,
        process,
        inFlight,
        wanted: asked.map((waiter) => waiter.purpose),
        silenceMs,
        ahead: aheadMax - this.#aheadNow(),
        ...news,
      });
      this.#reported = inFlight + grant.granted;
      this.#bookAhead(grant);
      this.#serve(asked, grant);
    } catch (error) {
      // What was learnt must reach the others, so it goes along with the next exchange.
      this.#news = mergeNews(news, this.#news);
      this.#changedAt ??= clock.now() + heartbeatMs;
      this.#options.log("warn", "The call budget could not be read", { connectionId, error });
      for (const waiter of asked) settle(waiter, () => waiter.reject(error));
      this.#blocked = null;
    } finally {
      this.#asking = false;
    }
    this.#waiters = this.#waiters.filter((waiter) => !waiter.settled);
    this.#spendAhead();
    if (this.#waiters.length > 0 && this.#blocked === null) this.#again = true;
  }

  #serve(asked: readonly Waiter[], grant: BudgetGrant): void {
    const { clock } = this.#options;
    let left = grant.granted;
    for (const waiter of asked) {
      if (left === 0) break;
      if (waiter.settled) continue;
      left -= 1;
      this.#inFlight += 1;
      settle(waiter, waiter.resolve);
    }
    // Grants of calls that were cancelled meanwhile are not in flight.
    if (this.#hasNews()) this.#changedAt ??= clock.now();

    const { vendor } = this.#options;
    const first = asked[grant.granted];
    const until = grant.retryAt;
    this.#blocked = first === undefined || until === null ? null : { until, purpose: first.purpose };
    if (until !== null && grant.parked !== null && until - clock.now() > parkMs) {
      this.#blocked = null;
      const message = `${parkedWords[grant.parked]} of ${vendor} until ${new Date(until).toISOString()}`;
      for (const waiter of asked)
        settle(waiter, () => waiter.reject(new RetryLater(new Date(until), message, { connectionRests: true })));
    }
  }

  #bookAhead(grant: BudgetGrant): void {
    const left = this.#news.pause === undefined && grant.parked === null ? this.#aheadNow() : 0;
    const until = this.#exchangedAt + Math.min(aheadMs, this.limits.minuteMs / 200);
    // Those left over keep their end: a call must leave soon after it was booked.
    this.#ahead = { calls: left + (grant.ahead ?? 0), until: left > 0 ? this.#ahead.until : until };
  }

  /** Lets calls go that need no exchange: booked in advance, in a place that the ledger counts as taken. */
  #spendAhead(): void {
    // During an exchange the ledger is being told how many are in flight, so that number stands.
    while (!this.#asking && this.#waiters.length > 0 && this.#inFlight < this.#reported && this.#aheadNow() > 0) {
      const waiter = this.#waiters.shift();
      if (waiter === undefined || waiter.settled) continue;
      this.#ahead = { ...this.#ahead, calls: this.#ahead.calls - 1 };
      this.#inFlight += 1;
      settle(waiter, waiter.resolve);
    }
  }

  #aheadNow(): number {
    return this.#ahead.calls > 0 && this.#options.clock.now() < this.#ahead.until ? this.#ahead.calls : 0;
  }

  #hasNews(): boolean {
    return this.#reported !== this.#inFlight || Object.keys(this.#news).length > 0;
  }

  /** Sets the one timer to the next moment at which something is due; one that fires early sets it again. */
  #arm(): void {
    const at = this.#dueAt();
    if (at === null || this.#exchanging !== null || (this.#timer !== null && this.#timer.at <= at)) return;
    this.#disarm();
    const { clock } = this.#options;
    const abort = new AbortController();
    this.#timer = { at, abort };
    clock.sleep(Math.max(0, at - clock.now()), abort.signal).then(
      () => {
        if (this.#timer?.abort !== abort) return;
        this.#timer = null;
        const due = this.#dueAt();
        if (due === null || due > clock.now()) return this.#arm();
        this.#tell = true;
        this.#ask();
      },
      () => undefined,
    );
  }

  #disarm(): void {
    this.#timer?.abort.abort();
    this.#timer = null;
  }

  #dueAt(): number | null {
    const moments: number[] = [];
    if (this.#waiters.length > 0 && this.#blocked !== null) moments.push(this.#blocked.until);
    if (this.#hasNews()) moments.push((this.#changedAt ?? this.#exchangedAt) + reportMs);
    if (this.#inFlight > 0) moments.push(this.#exchangedAt + heartbeatMs);
    return moments.length === 0 ? null : Math.min(...moments);
  }
}
