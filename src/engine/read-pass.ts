/** One pass over the source: pages are read one ahead of the one that is written, so that neither vendor waits for the other. */
import type { Page } from "../core/resources.ts";
import { type Cursor, readCursor, saveCursor } from "../store/flow-states.ts";
import { bounds } from "./bounds.ts";
import type { Decision } from "./decisions.ts";
import type { FlowRun, SourceRow } from "./flow-run.ts";
import { judgeRows } from "./judge-rows.ts";
import { finishRows, settleUnreadable } from "./process-rows.ts";
import { noteSeen, settleVanished } from "./settle-vanished.ts";
import { beginningOf, takesStock } from "./stock/note-orders.ts";
import { tellsChanges } from "./surely-read.ts";

/** A page whose rows are read in full, mapped and compared. */
interface JudgedPage {
  readonly page: Page<SourceRow>;
  readonly decisions: readonly Decision[];
}

/** Reads what there is to read. The cursor moves page by page where the source can go on from there, else at the end. */
export async function readPass(run: FlowRun): Promise<void> {
  const cursor = await readCursor(run.bench.store.database, run.key);
  const startedAt = run.bench.clock.now();
  // The cursor is compared with the vendor's timestamps, so it is kept in the vendor's time: as it was when the pass
  // began, and never later than it is, should a clock be set meanwhile.
  const vendorNow = () => run.bench.clock.now() + (run.from.clockAheadMs() ?? 0);
  let watermark: number | null = cursor.pass?.watermark ?? null;
  const watermarkNow = () => {
    watermark ??= startedAt + (run.from.clockAheadMs() ?? 0);
    return Math.min(watermark, vendorNow());
  };
  const seen = await noteSeen(run);
  for await (const { page, decisions } of oneAhead(judgedPages(run, cursor))) {
    const behind: Cursor | null =
      page.position === null
        ? null
        : { since: cursor.since, pass: { position: page.position, watermark: watermarkNow() } };
    try {
      await finishRows(run, decisions, {
        settled: await settleUnreadable(run, page.unreadable),
        finally: async (executor) => {
          if (behind !== null) await saveCursor(executor, run.key, behind);
          await seen?.mark(executor, page);
        },
      });
    } catch (error) {
      // The page that is being read ahead must not go on behind a run that has ended.
      run.giveUp();
      throw error;
    }
  }
  if (run.plan !== null) return;
  if (seen !== null) await settleVanished(run, seen.met());
  await saveCursor(run.bench.store.database, run.key, { since: watermarkNow(), pass: null });
}

const rowsOfPass = { referred: false, forced: false, asked: false, full: false } as const;

async function* judgedPages(run: FlowRun, cursor: Cursor): AsyncGenerator<JudgedPage, void> {
  const since = !tellsChanges(run) ? null : cursor.since === null ? firstMoment(run) : cursor.since - bounds.overlapMs;
  // A flow that updates must hear of older records too, which a backfill may have brought.
  const first = run.flow.notBefore === undefined || run.flow.updates ? undefined : run.options[run.flow.notBefore];
  const notBefore = first === undefined ? null : String(first);
  const pages = run.source.changedSince({ since, notBefore, position: cursor.pass?.position ?? null });
  let writing: ReadonlySet<string> = new Set();
  for await (const page of pages) {
    const judged = await judgeRows(run, page.rows, rowsOfPass);
    // A row that comes again while the page before is being written was judged by a state that no longer stands. Where
    // it came again because it changed, its change lies behind the watermark and the next pass finds it.
    const decisions = judged.filter(({ sourceId }) => !writing.has(sourceId));
    writing = new Set(judged.filter(({ kind }) => kind === "write").map(({ sourceId }) => sourceId));
    yield { page, decisions };
  }
}

/** Orders that hold stock flow from the beginning of their integration; what is older is taken up by hand (rules S9, S10). */
function firstMoment(run: FlowRun): number | null {
  return takesStock(run) === null ? null : beginningOf(run);
}

/** Fetches the next member while the present one is worked on; never more than one ahead. */
async function* oneAhead<T>(members: AsyncGenerator<T, void>): AsyncGenerator<T, void> {
  let next = members.next();
  try {
    for (;;) {
      const { done, value } = await next;
      if (done) return;
      next = members.next();
      // Its failure is seen when its turn comes; until then it must not count as unhandled.
      next.catch(() => undefined);
      yield value;
    }
  } finally {
    await next.catch(() => undefined);
    await members.return();
  }
}
