import type { OutcomeCounts } from "../core/outcome.ts";
import type { CallLimit } from "./call-limits.ts";
import { countWords } from "./flow-words.ts";
import { number, say } from "./output.ts";

const redrawMs = 100;
const plainMs = 5_000;
/** Nothing moved for so long: words in place of a rate. */
const quietMs = 2_500;
const barWidth = 20;
/** A minute counts as spent from this share on, because calls under way are not counted yet. */
const spentShare = 0.95;

/** Calls by "vendor METHOD status". */
type Calls = Readonly<Record<string, number>>;

/** Shows how a flow gets on: one line that is drawn anew on a terminal, a plain line every few seconds elsewhere. */
export interface Progress {
  /** @param total how many records it will be, where that is known */
  update(flow: string, counts: OutcomeCounts, calls: Calls, total: number | null): void;
  /** Takes the line away; what follows is printed below. */
  end(): void;
}

/**
 * @param limits what each vendor gets in a minute; where that is spent and nothing moves, the line says that calls wait
 * @param now milliseconds
 */
export function createProgress(limits: readonly CallLimit[] = [], now: () => number = Date.now): Progress {
  const terminal = process.stderr.isTTY;
  const made = createCallHistory(limits);
  let current = { flow: "", since: 0, shown: 0 };
  let moved = { what: "", at: 0 };
  let last = "";
  const show = (line: string) => {
    // A line that says nothing new says nothing.
    if (line === last) return;
    last = line;
    const edge = process.stderr.columns || Number.POSITIVE_INFINITY;
    if (terminal) process.stderr.write(`\r\x1b[K${line.slice(0, edge - 1)}`);
    else say(line);
  };
  return {
    update: (flow, counts, calls, total) => {
      const at = now();
      made.note(calls, at);
      // A plain line comes only after a while, so that a short sync says nothing twice.
      if (flow !== current.flow) current = { flow, since: at, shown: terminal ? 0 : at };
      const what = JSON.stringify([flow, counts, calls]);
      if (what !== moved.what) moved = { what, at };
      if (at - current.shown < (terminal ? redrawMs : plainMs)) return;
      current.shown = at;
      const quiet = at - moved.at >= quietMs;
      const seconds = (at - current.since) / 1000;
      if (quiet) show(quietLine(flow, counts, calls, made.spent(at)));
      else if (sumOf(counts) === 0) show(quietLine(flow, counts, calls, null));
      else show(progressLine(flow, counts, total, seconds));
    },
    end: () => {
      if (terminal) process.stderr.write("\r\x1b[K");
    },
  };
}

/** Such as `products  [#####...............] 25%  1,200 records  created 1,200  85/s  43 s left`. */
export function progressLine(flow: string, counts: OutcomeCounts, total: number | null, seconds: number): string {
  const done = sumOf(counts);
  const rate = seconds < 0.2 ? 0 : done / seconds;
  const parts = [flow.padEnd(12)];
  if (total !== null && total > 0) {
    const share = Math.min(1, done / total);
    parts.push(`[${"#".repeat(Math.round(share * barWidth)).padEnd(barWidth, ".")}] ${Math.floor(share * 100)}%`);
  }
  parts.push(`${number(done)} records`, countWords(counts), `${rate < 10 ? rate.toFixed(1) : Math.round(rate)}/s`);
  if (total !== null && rate > 0 && done < total) parts.push(`${duration((total - done) / rate)} left`);
  return parts.filter((part) => part !== "").join("  ");
}

/** Such as `products  1,200 records  waiting for the calls a minute of Zoho Books (80) …  80 calls made`. */
function quietLine(flow: string, counts: OutcomeCounts, calls: Calls, spent: CallLimit | null): string {
  const done = sumOf(counts);
  const records = done === 0 ? "" : `${number(done)} records`;
  const reason = spent !== null ? waitingWords(spent) : done === 0 ? "reading …" : "";
  return [flow.padEnd(12), records, reason, `${number(sumOf(calls))} calls made`]
    .filter((part) => part !== "")
    .join("  ");
}

function waitingWords({ title, perMinute }: CallLimit): string {
  return `waiting for the calls a minute of ${title} (${number(perMinute)}) …`;
}

/** Remembers when calls were made, as far back as the vendors' minutes reach. */
function createCallHistory(limits: readonly CallLimit[]) {
  const histories = limits.map((limit) => ({ limit, known: 0, made: [] as { at: number; calls: number }[] }));
  return {
    note: (calls: Calls, at: number) => {
      for (const history of histories) {
        const own = Object.entries(calls).filter(([name]) => name.startsWith(`${history.limit.vendor} `));
        const sum = own.reduce((before, [, count]) => before + count, 0);
        // Each run counts from zero.
        const fresh = sum < history.known ? sum : sum - history.known;
        history.known = sum;
        if (fresh > 0) history.made.push({ at, calls: fresh });
        history.made = history.made.filter((one) => one.at > at - history.limit.minuteMs);
      }
    },
    /** the vendor whose minute is spent by this process; null where nothing tells */
    spent: (at: number): CallLimit | null => {
      const full = histories.find(({ limit, made }) => {
        const recent = made.filter((one) => one.at > at - limit.minuteMs);
        return recent.reduce((sum, one) => sum + one.calls, 0) >= limit.perMinute * spentShare;
      });
      return full?.limit ?? null;
    },
  };
}

function sumOf(counts: Readonly<Record<string, number>> | OutcomeCounts): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

function duration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
