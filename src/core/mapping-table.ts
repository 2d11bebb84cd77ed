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
  /** whole sentences: what else happens to records of this flow, and how it runs */
  readonly rules: readonly string[];
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
    rules: rulesOf(flow),
  };
}

function rulesOf({
  fixed,
  required,
  assigns,
  remove,
  gone,
  watch,
  after,
  parent,
  counterpart,
  purpose,
}: Flow): readonly string[] {
  const rules: string[] = [];
  if (fixed !== undefined)
    rules.push(
      `Where ${fixed.join(" or ")} differs, the target is deleted and made anew; one that people made there waits for a person.`,
    );
  if (required !== undefined) rules.push(`Rejected: ${required.words}.`);
  if (assigns !== undefined) rules.push(`A person may assign ${assigns.words}.`);
  if (remove !== undefined) rules.push(`Deletion (\`${remove.code}\`): ${remove.words}.`);
  if (gone !== undefined) {
    const brake = Object.keys(gone.changes).length === 0 ? "" : "; where many disappear at once, a person confirms it";
    rules.push(`Disappeared at the source (\`${gone.code ?? "gone-at-source"}\`): ${gone.words}${brake}.`);
  }
  if (watch !== undefined) rules.push(`Watched after it was sent (\`${watch.code}\`): ${watch.words}.`);
  if (parent !== undefined)
    rules.push(`Only with its record of \`${parent.flow}\` (\`${parent.code}\`): ${parent.words}.`);
  if (after !== undefined)
    rules.push(`Told when it moves later (${after.codes.map((code) => `\`${code}\``).join(", ")}): ${after.words}.`);
  if (counterpart !== undefined)
    rules.push(`\`${counterpart}\` runs the other way: what one of the two has linked, the other knows at once.`);
  if (purpose === "export")
    rules.push("It does not wait behind the other flows, and its calls may use the day's reserve.");
  return rules;
}
