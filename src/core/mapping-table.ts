/** The printed form of a flow: what the documentation, the command line and a dashboard show of it. */
import type { Flow } from "./flow.ts";
import type { LineRows } from "./mapping.ts";

/** One printed row: target field, source fields, rule in words. */
export interface PrintedRow {
  readonly target: string;
  readonly sources: readonly string[];
  readonly words: string;
}

/** A flow as tables. */
export interface PrintedFlow {
  readonly name: string;
  readonly title: string;
  readonly from: string;
  readonly to: string;
  readonly everyMinutes: number;
  readonly rows: readonly PrintedRow[];
  /** the rows of the lines inside, by the field that holds them */
  readonly lines: readonly { readonly field: string; readonly rows: readonly PrintedRow[] }[];
  readonly leftOut: readonly { readonly code: string; readonly words: string }[];
  readonly reads: string;
  readonly changes: string;
}

/** Prints a flow from the same object that the engine runs. */
export function printFlow(flow: Flow): PrintedFlow {
  const rows = Object.entries(flow.rows as LineRows & Record<string, { lines?: LineRows }>);
  return {
    name: flow.name,
    title: flow.title,
    from: `${flow.from.vendor} ${flow.from.resource}`,
    to: `${flow.to.vendor} ${flow.to.resource}`,
    everyMinutes: flow.everyMinutes,
    rows: rows.map(([target, row]) => ({ target, sources: row.sources, words: row.words })),
    lines: rows.flatMap(([field, row]) =>
      row.lines === undefined
        ? []
        : [
            {
              field,
              rows: Object.entries(row.lines).map(([target, line]) => ({
                target,
                sources: line.sources,
                words: line.words,
              })),
            },
          ],
    ),
    leftOut: [...flow.skip, ...(flow.skipRead ?? [])].map(({ code, words }) => ({ code, words })),
    reads:
      flow.reads === "all"
        ? `everything in each run; read in full: ${flow.detail.words}`
        : `what changed since the last run; read in full: ${flow.detail.words}`,
    changes: flow.updates ? "created, and updated where a field differs" : "created once, never updated",
  };
}
