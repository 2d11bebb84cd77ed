/**
 * The arithmetic of a connection's call budget: a pure function over one stored state, so that the store can run it
 * over the version it has read and every worker shares one budget (architecture, law 7).
 */

import { callsOfOthers, concurrencyRoom, othersOf, type ProcessCalls } from "./concurrency-share.ts";
import { minuteRoom, windowAt } from "./minute-window.ts";
import { applyMinute, type MinuteObservation, withinToldMinute } from "./told-minute.ts";

/** What a connection may spend. */
export interface BudgetLimits {
  /** calls in any `minuteMs`; the connector's default leaves room below the vendor's own limit */
  readonly perMinute: number;
  /** calls in any `minuteMs` before the vendor's answers have told its own limit, where they tell one */
  readonly untoldPerMinute?: number;
  /** calls a day where the vendor's headers do not say; null = no daily limit known */
  readonly perDay: number | null;
  /** calls in flight at once, over all processes */
  readonly concurrency: number;
  /** calls of the day that only exports and people may use */
  readonly dayReserve: number;
  /** length of the vendor's minute; 60,000 but for time-scaled stand-ins */
  readonly minuteMs: number;
}

/**
 * Who asks: regular flows and backfills leave the reserve to exports and people; a backfill's calls go last. `probe` is a
 * person who asks whether the connection works: it leaves although the vendor said that the day is spent.
 */
export type CallPurpose = "backfill" | "flow" | "export" | "person" | "probe";

/** What a vendor's answer said about the budget. */
export interface BudgetObservation extends MinuteObservation {
  readonly dayLimit?: number;
  readonly dayRemaining?: number;
  /** when the day's count starts again, in milliseconds since 1970 */
  readonly dayResetsAt?: number;
}

/** The stored state of one connection's budget. All times are milliseconds since 1970. */
export interface BudgetState {
  /** calls granted per slot; a slot is a hundredth of the minute, key = slot number */
  readonly slots: Readonly<Record<string, number>>;
  /** what each process has in flight and waits for */
  readonly inFlight: Readonly<Record<string, ProcessCalls>>;
  readonly dayLimit: number | null;
  readonly dayRemaining: number | null;
  readonly dayResetsAt: number | null;
  /** nobody calls before this moment */
  readonly pausedUntil: number | null;
  readonly pauseReason: "minute-quota" | "day-quota" | "concurrency" | null;
  /** calls a minute, as the vendor told them; missing before it did */
  readonly minuteLimit?: number;
  /** 1, halved after a minute block, and slowly back */
  readonly pace: number;
  /** since when the pace has been what it is; null at full pace */
  readonly paceChangedAt: number | null;
}

/** A budget that nobody has used yet. */
export const freshBudget: BudgetState = {
  slots: {},
  inFlight: {},
  dayLimit: null,
  dayRemaining: null,
  dayResetsAt: null,
  pausedUntil: null,
  pauseReason: null,
  pace: 1,
  paceChangedAt: null,
};

/** A process asks for calls, and says at once what it has learnt and what it has in flight. */
export interface BudgetRequest {
  readonly now: number;
  readonly process: string;
  /** calls of this process that are in flight at this moment, without the wanted ones */
  readonly inFlight: number;
  /** calls wanted, most urgent first */
  readonly wanted: readonly CallPurpose[];
  /** calls that would be welcome in advance, for the moments after this one */
  readonly ahead?: number;
  /** how long this process may stay silent before its calls in flight stop counting */
  readonly silenceMs: number;
  readonly observed?: BudgetObservation;
  readonly pause?: { readonly until: number; readonly reason: NonNullable<BudgetState["pauseReason"]> };
  /** the vendor answered a probe: what it said before of a spent day is over, and `observed` and `pause` say what is */
  readonly probed?: boolean;
}

/** How many of the wanted calls may leave now (a prefix of the list), and when to ask again. */
export interface BudgetGrant {
  readonly granted: number;
  /** when the next call can be granted; null when all were granted. `parked` = not before a pause or the next day. */
  readonly retryAt: number | null;
  readonly parked: BudgetState["pauseReason"];
  /** further calls booked in advance: each may take the place of one that ends, within half a slot of now */
  readonly ahead?: number;
}

const minutesPerDay = 1_440;
const paceFloor = 0.25;
const paceRecovery = 1.1;
/** How soon to ask again when other processes hold the calls in flight: nothing else would wake this one. */
const concurrencyPollMs = 50;

/**
 * Settles one request against the stored state: first what the process has learnt, then what it may do.
 *
 * - At most `perMinute × pace` grants in any sliding `minuteMs`, with one slot to spare for the way to the vendor.
 * - At most `concurrency` calls in flight; a process that waits below its fair share goes before one above it.
 * - `flow` and `backfill` calls stop at `dayReserve` (never more than half of a day) remaining calls of the day.
 * - Where the vendor told its own minute, grants stay within a share of it, and none is given while nothing is left of it.
 * - A pause stops everyone; one for the minute's quota also halves the pace, which comes back by a tenth each minute.
 * - A `probe` passes what the vendor said of a spent day, and its answer replaces that.
 *
 * Never throws. Source: architecture, law 7; Zoho Books introduction, limits.
 */
export function exchangeBudget(
  state: BudgetState,
  given: BudgetLimits,
  request: BudgetRequest,
): { state: BudgetState; grant: BudgetGrant } {
  const { now, wanted } = request;
  const arrived = passTime(state, given, now);
  const doubted = request.probed === true ? forgetSpentDay(arrived, given) : arrived;
  const inFlight = request.inFlight + callsOfOthers(doubted, request.process);
  const told = applyMinute(doubted, request.observed ?? {}, { now, minuteMs: given.minuteMs, inFlight });
  const observed = applyObservation(told, given, request);
  const limits = withinToldMinute(observed, given);
  const current = applyPause(observed, limits, request);

  const minute = minuteRoom(current, limits, now);
  const concurrency = concurrencyRoom(current, limits, request);
  // A reserve as large as the day itself would stop the flows for good.
  const reserve = Math.min(limits.dayReserve, Math.floor((current.dayLimit ?? limits.perDay ?? 0) / 2));
  const pause = current.pausedUntil === null ? null : { retryAt: current.pausedUntil, parked: current.pauseReason };
  const spent = saysSpent(current);
  let granted = 0;
  let block: Block | null = null;
  for (const purpose of wanted) {
    const doubts = purpose === "probe" && spent;
    block =
      (doubts && current.pauseReason === "day-quota" ? null : pause) ??
      (doubts
        ? null
        : blockedByDay(current, purpose === "flow" || purpose === "backfill" ? reserve : 0, granted, now)) ??
      (granted < minute.room ? null : { retryAt: minute.retryAt, parked: null }) ??
      (granted < concurrency ? null : { retryAt: now + concurrencyPollMs, parked: null, waits: true });
    if (block !== null) break;
    granted += 1;
  }

  // Booked but unused calls are lost, so they are given only where the budget is large, hardly used and free of a day.
  const alone = othersOf(current, request.process).every((other) => other.waiting === null);
  const plenty = (block === null || block.waits === true) && current.dayRemaining === null && alone;
  const ahead = plenty ? Math.max(0, Math.min(request.ahead ?? 0, minute.spare - granted)) : 0;
  const slot = String(windowAt(limits.minuteMs, now).current);
  return {
    state: spend(current, slot, request, { granted, ahead, waits: block?.waits ?? false }),
    grant: { granted, retryAt: block?.retryAt ?? null, parked: block?.parked ?? null, ahead },
  };
}

interface Block {
  readonly retryAt: number;
  readonly parked: BudgetGrant["parked"];
  /** blocked by the concurrency, so that a place is kept for this process */
  readonly waits?: boolean;
}

/** Forgets what is over: old slots, silent processes, ended pauses, the day that has passed. */
function passTime(state: BudgetState, limits: BudgetLimits, now: number): BudgetState {
  const { oldest, current, count } = windowAt(limits.minuteMs, now);
  // A slot far in the future comes from a clock that was wrong; it must not stop everyone until that time comes.
  const slots = Object.fromEntries(
    Object.entries(state.slots).filter(([slot]) => Number(slot) >= oldest && Number(slot) <= current + count),
  );
  const inFlight = Object.fromEntries(Object.entries(state.inFlight).filter(([, entry]) => entry.until > now));
  const paused = state.pausedUntil !== null && state.pausedUntil > now;
  return {
    ...state,
    ...passDay(state, limits, now),
    ...recoverPace(state, limits, now),
    slots,
    inFlight,
    pausedUntil: paused ? state.pausedUntil : null,
    pauseReason: paused ? state.pauseReason : null,
  };
}

function passDay(state: BudgetState, limits: BudgetLimits, now: number): Partial<BudgetState> {
  const full = state.dayLimit ?? limits.perDay;
  const dayMs = limits.minuteMs * minutesPerDay;
  if (state.dayResetsAt !== null && now >= state.dayResetsAt) {
    const daysPassed = Math.floor((now - state.dayResetsAt) / dayMs) + 1;
    return { dayRemaining: full, dayResetsAt: full === null ? null : state.dayResetsAt + daysPassed * dayMs };
  }
  if (state.dayRemaining === null && full !== null) {
    return { dayRemaining: full, dayResetsAt: state.dayResetsAt ?? now + dayMs };
  }
  return state;
}

function recoverPace(state: BudgetState, limits: BudgetLimits, now: number): Partial<BudgetState> {
  let { pace, paceChangedAt } = state;
  while (paceChangedAt !== null && now >= paceChangedAt + limits.minuteMs) {
    pace = Math.min(1, pace * paceRecovery);
    paceChangedAt = pace === 1 ? null : paceChangedAt + limits.minuteMs;
  }
  return { pace, paceChangedAt };
}

/**
 * The vendor's own count wins. Within a day the lowest one holds, because answers overtake each other; the calls in
 * flight are taken off, because the vendor may not have counted them yet.
 */
function applyObservation(state: BudgetState, limits: BudgetLimits, request: BudgetRequest): BudgetState {
  const { observed, now } = request;
  if (observed === undefined) return state;
  const resetsAt = observed.dayResetsAt ?? null;
  // An answer from before midnight that arrives after it tells of the day that is over.
  if (resetsAt !== null && resetsAt <= now) return state;

  const dayLimit = observed.dayLimit ?? state.dayLimit;
  const next = { ...state, dayLimit, dayResetsAt: resetsAt ?? state.dayResetsAt };
  if (observed.dayRemaining === undefined) return next;

  const halfDayMs = (limits.minuteMs * minutesPerDay) / 2;
  const sameDay = resetsAt === null || state.dayResetsAt === null || Math.abs(resetsAt - state.dayResetsAt) < halfDayMs;
  const comparable = sameDay && state.dayLimit !== null && state.dayLimit === dayLimit && state.dayRemaining !== null;
  const remaining = Math.max(0, observed.dayRemaining - callsOfOthers(state, request.process) - request.inFlight);
  return {
    ...next,
    dayRemaining: comparable ? Math.min(state.dayRemaining ?? remaining, remaining) : remaining,
    dayResetsAt: next.dayResetsAt ?? now + limits.minuteMs * minutesPerDay,
  };
}

/** Whether the vendor itself said that the day is spent; a day that a person configured holds for probes too. */
function saysSpent({ pauseReason, dayLimit, dayRemaining }: BudgetState): boolean {
  return pauseReason === "day-quota" || (dayLimit !== null && dayRemaining !== null && dayRemaining <= 0);
}

function forgetSpentDay(state: BudgetState, { perDay }: BudgetLimits): BudgetState {
  if (!saysSpent(state)) return state;
  const pause = state.pauseReason === "day-quota" ? { pausedUntil: null, pauseReason: null } : {};
  const dayResetsAt = perDay === null ? null : state.dayResetsAt;
  return { ...state, ...pause, dayLimit: null, dayRemaining: perDay, dayResetsAt };
}

function applyPause(state: BudgetState, limits: BudgetLimits, request: BudgetRequest): BudgetState {
  const { pause } = request;
  if (pause === undefined) return state;
  // Calls that were in flight together are refused together: that is one block, and it halves the pace once.
  const alreadyBlocked = state.pauseReason === "minute-quota";
  const slower =
    pause.reason === "minute-quota" && !alreadyBlocked
      ? { pace: Math.max(paceFloor, state.pace / 2), paceChangedAt: Math.max(pause.until, request.now) }
      : {};
  if (pause.until <= (state.pausedUntil ?? request.now)) return { ...state, ...slower };

  const limited = pause.reason === "day-quota" && (state.dayLimit ?? limits.perDay) !== null;
  const spent = limited ? { dayRemaining: 0, dayResetsAt: pause.until } : {};
  return { ...state, ...slower, ...spent, pausedUntil: pause.until, pauseReason: pause.reason };
}

function blockedByDay(state: BudgetState, reserve: number, granted: number, now: number): Block | null {
  if (state.dayRemaining === null || state.dayRemaining - granted > reserve) return null;
  return { retryAt: state.dayResetsAt ?? now, parked: "day-quota" };
}

type Booked = { readonly granted: number; readonly ahead: number; readonly waits: boolean };

/** Books the granted calls, and what this process now has in flight and waits for. */
function spend(state: BudgetState, slot: string, request: BudgetRequest, { granted, ahead, waits }: Booked) {
  const { now, process } = request;
  const calls = request.inFlight + granted;
  // A process that got something goes behind the others that wait.
  const since = granted > 0 ? now : (state.inFlight[process]?.waiting?.since ?? now);
  const waiting = waits ? { calls: request.wanted.length - granted, since } : null;
  const { [process]: _, ...others } = state.inFlight;
  const own = { calls, waiting, until: now + request.silenceMs };
  const inFlight = calls === 0 && waiting === null ? others : { ...others, [process]: own };
  if (granted + ahead === 0) return { ...state, inFlight };

  return {
    ...state,
    inFlight,
    slots: { ...state.slots, [slot]: (state.slots[slot] ?? 0) + granted + ahead },
    // A probe may leave where nothing is left.
    dayRemaining: state.dayRemaining === null ? null : Math.max(0, state.dayRemaining - granted),
  };
}
