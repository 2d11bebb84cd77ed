import { type Command, Option } from "commander";
import { type Outcome, outcomes } from "../core/outcome.ts";
import type { Language } from "../core/reasons.ts";
import { type RecordView, recordPage } from "../operations/records.ts";
import { languageOption } from "./language-option.ts";
import { print, printJson, say } from "./output.ts";
import { table } from "./table.ts";
import { wholeNumber } from "./whole-number.ts";
import { withMizan } from "./with-mizan.ts";

export function addRecordsCommand(program: Command): void {
  program
    .command("records")
    .description("list records with their outcomes and reasons")
    .argument("<integration>", "name of the integration")
    .option("--flow <flow>", "of one flow")
    .addOption(new Option("--outcome <outcome>", "with this outcome").choices(outcomes))
    .option("--reason <code>", "with this reason, such as field-missing")
    .option("--text <text>", "with this source id or target id, or with this in their label")
    .option("--most <number>", "how many", wholeNumber("most", 1, 1000), 50)
    .option("--after <place>", "go on from here; the listing before says where")
    .addOption(languageOption())
    .option("--json", "print them as JSON")
    .addHelpText(
      "after",
      `
Examples:
  mizan records shop --outcome waiting
  mizan records shop --flow products --outcome rejected --language ar
  mizan records shop --text SO-00341 --json`,
    )
    .action(async (integration: string, options: RecordsOptions) => {
      const { json, ...filter } = options;
      await withMizan(async ({ desk }) => {
        const page = await recordPage(desk, { integration, ...filter });
        if (json) printJson(page);
        else if (page.records.length === 0) say("No records fit.");
        else printRecords(page);
        if (!json && page.next !== null) say(`There are more: add --after '${page.next}'.`);
      });
    });
}

interface RecordsOptions {
  readonly flow?: string;
  readonly outcome?: Outcome;
  readonly reason?: string;
  readonly text?: string;
  readonly most: number;
  readonly after?: string;
  readonly language: Language;
  readonly json?: true;
}

const mostNotes = 5;

/** An order may have a note for each of hundreds of lines; `why` and `--json` show all. */
function firstNotes(notes: readonly string[]): readonly string[] {
  const more = notes.length - mostNotes;
  return more > 0 ? [...notes.slice(0, mostNotes), `… and ${more} more`] : notes;
}

function printRecords({ records }: { records: readonly RecordView[] }): void {
  const columns = [
    { head: "FLOW" },
    { head: "SOURCE ID" },
    { head: "TARGET ID" },
    { head: "OUTCOME" },
    { head: "RECORD" },
    { head: "REASON" },
  ];
  const rows = records.map((record) => [
    record.flow,
    record.sourceId,
    record.targetId ?? "",
    record.outcome,
    record.label,
    [record.reason ?? "", ...firstNotes(record.notes)].filter((part) => part !== "").join(" "),
  ]);
  print(table(columns, rows, process.stdout.columns));
}
