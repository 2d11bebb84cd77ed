import type { OutcomeCounts } from "../core/outcome.ts";
import { countWords } from "./flow-words.ts";
import { number, say } from "./output.ts";

const redrawMs = 100;
const plainMs = 5_000;
const barWidth = 20;

/** Shows how a flow gets on: one line that is drawn anew on a terminal, a plain line every few seconds elsewhere. */
export interface Progress {
  /** @param total how many records it will be, where that is known */
  update(flow: string, counts: OutcomeCounts, total: number | null): void;
  /** Takes the line away; what follows is printed below. */
  end(): void;
}

export function createProgress(now: () => number = Date.now): Progress {
  const terminal = process.stderr.isTTY;
  let current = { flow: "", since: 0, shown: 0 };
  const erase = () => terminal && process.stderr.write("\r\x1b[K");
  return {
    update: (flow, counts, total) => {
      const at = now();
      // A plain line comes only after a while, so that a short sync says nothing twice.
      if (flow !== current.flow) current = { flow, since: at, shown: terminal ? 0 : at };
      if (at - current.shown < (terminal ? redrawMs : plainMs)) return;
      current.shown = at;
      const line = progressLine(flow, counts, total, (at - current.since) / 1000);
      if (terminal) process.stderr.write(`\r\x1b[K${line.slice(0, process.stderr.columns - 1)}`);
      else say(line);
    },
    end: erase,
  };
}

/** Such as `products  [#####...............] 25%  1,200 records  created 1,200  85/s  43 s left`. */
export function progressLine(flow: string, counts: OutcomeCounts, total: number | null, seconds: number): string {
  const done = Object.values(counts).reduce((sum, count) => sum + count, 0);
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

function duration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
