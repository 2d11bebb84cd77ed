import type { Command } from "commander";
import { InvalidInput } from "../core/errors.ts";
import type { Desk } from "../operations/desk.ts";
import { addIntegration, allowedMinutes, pauseIntegration, setIntegration } from "../operations/integrations.ts";
import { type IntegrationView, integrations, showIntegration } from "../operations/show-integration.ts";
import { formFields, readAssignments, typedValues } from "./assignments.ts";
import { countWords } from "./flow-words.ts";
import { clean, moment, print, printJson, say } from "./output.ts";
import { table } from "./table.ts";
import { withMizan } from "./with-mizan.ts";

export function addIntegrationsCommand(program: Command): void {
  const group = program
    .command("integrations")
    .description("pairs of connections and what flows between them")
    .addHelpText(
      "after",
      "\n`mizan integrations help add` tells more; so it does for list, show, set, pause and resume.",
    );
  addAdd(group);
  addList(group);
  addShow(group);
  addSet(group);
  addPause(group, "pause", "stop the schedule; nothing is lost and cursors stay");
  addPause(group, "resume", "go on after a pause");
}

interface AddOptions {
  readonly name: string;
  readonly source: string;
  readonly target: string;
  readonly flavour?: string;
  readonly option?: readonly string[];
  readonly paused?: true;
  readonly json?: true;
}

function addAdd(group: Command): void {
  group
    .command("add")
    .description("make an integration of two connections")
    .argument("<kind>", "such as zoho-books-optiply")
    .requiredOption("--name <name>", "name of the integration")
    .requiredOption("--source <connection>", "where records come from")
    .requiredOption("--target <connection>", "where they go")
    .option("--flavour <flavour>", "such as simple or full; the first of the kind where it is left out")
    .option("--option <name=value...>", "an option; several may follow")
    .option("--paused", "make it without running, to plan it first")
    .option("--json", "print it as JSON")
    .addHelpText(
      "after",
      `
Examples:
  mizan integrations add zoho-books-optiply --name shop --source books --target optiply \\
      --option ordersSince=2026-01-01 warehouseIds=460000000038080,460000000039111
  mizan integrations show shop        every option with its meaning and value`,
    )
    .action(async (kind: string, options: AddOptions) => {
      const { json, option, ...given } = options;
      await withMizan(async ({ desk, signal }) => {
        const words = readAssignments(option ?? [], "--option");
        const form = desk.kinds.get(kind)?.options;
        const input = { kind, ...given, options: form ? typedValues(form, words) : words };
        const { integration, warnings } = await addIntegration(desk, input, signal);
        await printSettled(desk, integration.name, warnings, json);
        const next = integration.paused
          ? "`mizan integrations resume` starts its schedule."
          : "It runs with `mizan serve`.";
        if (!json) say(`${next} \`mizan plan ${integration.name}\` says what it would write.`);
      });
    });
}

function addList(group: Command): void {
  group
    .command("list")
    .description("list the integrations")
    .option("--json", "print them as JSON")
    .action(async (options: { json?: true }) => {
      await withMizan(async ({ desk }) => {
        const found = await integrations(desk);
        if (options.json) return printJson({ integrations: found });
        if (found.length === 0) return say("No integrations yet. `mizan integrations add` makes one.");
        const columns = [{ head: "NAME" }, { head: "KIND" }, { head: "FROM" }, { head: "TO" }, { head: "STATE" }];
        const rows = found.map((one) => [one.name, one.kind, one.source, one.target, stateOf(one)]);
        print(table(columns, rows, process.stdout.columns));
      });
    });
}

function addShow(group: Command): void {
  group
    .command("show")
    .description("show an integration: options, flows, schedule and what stands where")
    .argument("<name>", "name of the integration")
    .option("--json", "print it as JSON")
    .action(async (name: string, options: { json?: true }) => {
      await withMizan(async ({ desk }) => {
        const found = await showIntegration(desk, name);
        if (options.json) printJson(found);
        else printIntegration(desk, found);
      });
    });
}

interface SetOptions {
  readonly flavour?: string;
  readonly every?: readonly string[];
  readonly recount?: true;
  readonly json?: true;
}

function addSet(group: Command): void {
  group
    .command("set")
    .description("change options or intervals; cursors do not move")
    .argument("<name>", "name of the integration")
    .argument("[option=value...]", "options; an empty value takes one back to its default")
    .option("--every <flow=minutes...>", "how often a flow runs")
    .option("--flavour <flavour>", "another flavour")
    .option("--recount", "confirm that stock is counted anew where its place changes")
    .option("--json", "print it as JSON")
    .addHelpText(
      "after",
      `
Examples:
  mizan integrations set shop pullAllSellOrders=true
  mizan integrations set shop warehouseIds=
  mizan integrations set shop --every products=120 sell-orders=30
  mizan integrations set shop locationId=33 --recount   # after its stock was transferred there
  mizan integrations set shop ordersSince=2026-03-01 --flavour full   # the export begins with that day`,
    )
    .action(async (name: string, words: readonly string[], { flavour, every, recount, json }: SetOptions) => {
      const given = readAssignments(words, "option");
      const minutes = Object.entries(readAssignments(every ?? [], "--every")).map(
        ([flow, text]) => [flow, readMinutes(flow, text)] as const,
      );
      if (words.length === 0 && minutes.length === 0 && flavour === undefined)
        throw new InvalidInput("option", "nothing to set; give option=value, --every flow=minutes or --flavour");
      await withMizan(async ({ desk, signal }) => {
        const form = desk.kinds.get((await showIntegration(desk, name)).kind)?.options;
        const typed = form === undefined ? given : typedValues(form, given);
        const options = Object.fromEntries(
          Object.entries(typed).map(([key, value]) => [key, value === "" ? null : value]),
        );
        const change = { options, flavour, everyMinutes: Object.fromEntries(minutes), recount };
        const { warnings } = await setIntegration(desk, name, change, signal);
        await printSettled(desk, name, warnings, json);
      });
    });
}

function readMinutes(flow: string, text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new InvalidInput("every", `every is ${JSON.stringify(text)} for ${flow}; allowed: ${allowedMinutes}`);
}

function addPause(group: Command, verb: "pause" | "resume", description: string): void {
  group
    .command(verb)
    .description(description)
    .argument("<name>", "name of the integration")
    .option("--json", "print it as JSON")
    .action(async (name: string, options: { json?: true }) => {
      await withMizan(async ({ desk }) => {
        await pauseIntegration(desk, name, verb === "pause");
        if (options.json) printJson(await showIntegration(desk, name));
        else print(`${name} is ${verb === "pause" ? "paused" : "running again"}.`);
      });
    });
}

async function printSettled(desk: Desk, name: string, warnings: readonly string[], json: true | undefined) {
  const view = await showIntegration(desk, name);
  if (json) return printJson({ integration: view, warnings });
  printIntegration(desk, view);
  for (const warning of warnings) say(`Saved, but ${clean(warning)}`);
}

function stateOf({ paused, needsPerson }: IntegrationView): string {
  if (needsPerson.length > 0)
    return needsPerson.map((one) => `${one.connection} needs a person: ${one.sentence}`).join(" ");
  return paused ? "paused" : "running";
}

function printIntegration(desk: Desk, view: IntegrationView): void {
  print(`${view.name}: ${view.kind} (${view.flavour}), ${view.source} → ${view.target}, ${stateOf(view)}`);
  for (const { action } of view.needsPerson) print(`  ${clean(action)}`);
  print("\nOptions:");
  const form = desk.kinds.get(view.kind)?.options;
  const fields = form === undefined ? [] : formFields(form);
  const rows = fields.map(({ name, words }) => [`  ${name}`, optionWords(view.options[name]), words]);
  print(table([{ head: "  OPTION" }, { head: "VALUE" }, { head: "MEANING" }], rows, process.stdout.columns));
  print("\nFlows:");
  const flows = view.flows.map((flow) => [
    `  ${flow.name}`,
    `${flow.from} → ${flow.to}`,
    flow.stretchedMinutes === null ? `${flow.everyMinutes} min` : `${flow.everyMinutes} → ${flow.stretchedMinutes} min`,
    moment(flow.nextRunAt),
    flow.lastRun === null ? "never" : `${flow.lastRun.state} ${moment(flow.lastRun.endedAt ?? flow.lastRun.startedAt)}`,
    countWords(flow.records) || "none",
  ]);
  const heads = ["  FLOW", "FROM → TO", "EVERY", "NEXT RUN", "LAST RUN", "RECORDS"].map((head) => ({ head }));
  print(table(heads, flows, process.stdout.columns));
  for (const { name, needsPerson } of view.flows)
    if (needsPerson !== null)
      print(`\n${name} waits for a person: ${clean(needsPerson.sentence)}\n  ${clean(needsPerson.action)}`);
  for (const { name, everyMinutes, stretchedMinutes } of view.flows)
    if (stretchedMinutes !== null)
      print(
        `\n${name} was set to ${everyMinutes} minutes; the day's calls carry it every ${stretchedMinutes} minutes, so that the others are not late.`,
      );
}

function optionWords(value: unknown): string {
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return "–";
  return Array.isArray(value) ? value.join(",") : String(value);
}
