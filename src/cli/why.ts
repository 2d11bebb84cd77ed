import type { Command } from "commander";
import type { Language } from "../core/reasons.ts";
import { stories, type Why } from "../operations/why.ts";
import { languageOption } from "./language-option.ts";
import { clean, moment, print, printJson } from "./output.ts";
import { withMizan } from "./with-mizan.ts";

export function addWhyCommand(program: Command): void {
  program
    .command("why")
    .description(
      "say why a record is where it is, with its whole story; where a word fits several records, the story of each",
    )
    .argument("<record>", "an order number or other label, a source id, a target id, or integration/flow/source id")
    .addOption(languageOption())
    .option("--json", "print it as JSON")
    .addHelpText(
      "after",
      `
Examples:
  mizan why SO-00341
  mizan why shop/products/4608150000000000010 --language ar`,
    )
    .action(async (record: string, options: { language: Language; json?: true }) => {
      await withMizan(async ({ desk }) => {
        const found = await stories(desk, record, options.language);
        if (options.json) printJson({ stories: found });
        else for (const [number, story] of found.entries()) printWhy(story, number > 0);
      });
    });
}

function printWhy(record: Why, follows: boolean): void {
  if (follows) print("\n");
  const place = `${record.integration}/${record.flow}/${record.sourceId}`;
  print(`${clean(record.label || record.sourceId)}  (${place})`);
  print(`${record.outcome}${record.targetId === null ? "" : ` as ${record.targetId}`}, ${moment(record.updatedAt)}`);
  if (record.reason !== null) print(`  ${clean(record.reason)}`);
  if (record.action) print(`  ${clean(record.action)}`);
  if (record.retryAt !== null) print(`  Tried again by itself at ${moment(record.retryAt)}.`);
  for (const note of record.notes) print(`  Note: ${clean(note)}`);
  if (record.timeline.length > 0) print("");
  for (const { at, what, run } of record.timeline)
    print(`  ${moment(at)}  ${clean(what)}${run === null ? "" : `  (run ${run})`}`);
  if (record.written === null) return;
  print("\nAs it was last written:");
  for (const [name, value] of Object.entries(record.written))
    print(`  ${name.padEnd(18)} ${clean(typeof value === "string" ? value : JSON.stringify(value))}`);
}
