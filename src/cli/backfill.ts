import type { Command } from "commander";
import { InvalidInput } from "../core/errors.ts";
import {
  type BackfillReport,
  type BackfillVerb,
  type BackfillView,
  backfills,
  changeBackfill,
  runBackfill,
  startBackfill,
} from "../operations/backfill.ts";
import { chosenFlows, type Desk, integrationNamed } from "../operations/desk.ts";
import { flowResult } from "../operations/flow-result.ts";
import { type ConnectionForecast, type Forecast, forecast } from "../operations/forecast.ts";
import { showIntegration } from "../operations/show-integration.ts";
import { askYes } from "./ask.ts";
import { callLimits } from "./call-limits.ts";
import { exitCodeOfFlows, exitCodes } from "./exit-codes.ts";
import { countWords, sayFlows } from "./flow-words.ts";
import { moment, number, print, printJson, say } from "./output.ts";
import { createProgress } from "./progress.ts";
import { table } from "./table.ts";
import { withMizan } from "./with-mizan.ts";

interface BackfillOptions {
  readonly since?: string;
  readonly yes?: true;
  readonly background?: true;
  readonly pause?: true;
  readonly resume?: true;
  readonly cancel?: true;
  readonly json?: true;
}

export function addBackfillCommand(program: Command): void {
  program
    .command("backfill")
    .description("bring in older orders: a forecast first, then a run that may last days and be paused")
    .argument("<integration>", "name of the integration")
    .argument("[flow]", "one flow, such as sell-orders; all that have a history when left out")
    .option("--since <day>", "the first business day that is wanted, YYYY-MM-DD")
    .option("--yes", "start it without asking")
    .option("--background", "leave the work to `mizan serve` or `mizan worker`")
    .option("--pause", "pause what is running; it keeps its place")
    .option("--resume", "go on with what was paused, stopped or rests")
    .option("--cancel", "end it; what came in stays")
    .option("--json", "print it as JSON")
    .addHelpText(
      "after",
      `
Examples:
  mizan backfill shop --since 2024-01-01          says what it takes, asks, and begins with the newest orders
  mizan backfill shop sell-orders --since 2024-01-01 --yes --background
  mizan backfill shop                             how far it is
  mizan backfill shop --pause

It leaves the regular flows, the export and people their part of the day's calls, rests until the next
day when the others are spent, and goes on where it was after a stop or a restart.`,
    )
    .action(async (integration: string, flow: string | undefined, options: BackfillOptions) => {
      await withMizan(async ({ desk, signal }) => {
        const verb = verbOf(options);
        if (verb === "resume") {
          const resumed = await changeBackfill(desk, { integration, flow, verb: "resume" });
          if (!options.background) return goOn(desk, resumed, signal, options);
          if (!options.json) say(await backgroundWords(desk, integration));
          return printAll(resumed, options.json);
        }
        if (verb !== null) return printAll(await changeBackfill(desk, { integration, flow, verb }), options.json);
        if (options.since === undefined) return printAll(await listed(desk, integration, flow), options.json);
        return begin(desk, { integration, flow, since: options.since, signal }, options);
      });
    });
}

function verbOf(options: BackfillOptions): BackfillVerb | null {
  const given = (["pause", "resume", "cancel"] as const).filter((verb) => options[verb]);
  if (given.length > 1)
    throw new InvalidInput(
      "options",
      `one of --pause, --resume and --cancel, not ${given.map((one) => `--${one}`).join(" and ")}`,
    );
  const [verb = null] = given;
  if (verb !== null && options.since !== undefined)
    throw new InvalidInput("since", `--since begins a backfill; it does not go with --${verb}`);
  if (verb === null && options.since === undefined && (options.yes || options.background))
    throw new InvalidInput(
      "since",
      "since is missing; allowed: --since YYYY-MM-DD, the first business day to bring in",
    );
  return verb;
}

/** @throws {InvalidInput} when the integration has no such flow */
async function listed(desk: Desk, integration: string, flow: string | undefined): Promise<BackfillView[]> {
  const names = chosenFlows(desk, await integrationNamed(desk, integration), flow).map(({ name }) => name);
  return (await backfills(desk, { integration })).filter((one) => names.includes(one.flow));
}

async function begin(
  desk: Desk,
  request: Parameters<typeof forecast>[1],
  options: BackfillOptions,
): Promise<number | undefined> {
  const said = await forecast(desk, request);
  if (!options.json) printForecast(desk, said);
  if (!options.yes) {
    if (options.json) printJson({ forecast: said });
    const wanted = options.json ? false : await askYes("Begin?", request.signal);
    if (!wanted) say("Nothing was begun; --yes begins it without asking.");
    if (!wanted) return exitCodes.done;
  }
  const { backfills: begun } = await startBackfill(desk, request, said);
  if (options.background) {
    if (options.json) printJson({ forecast: said, backfills: begun });
    else say(`Begun. ${await backgroundWords(desk, request.integration)}`);
    return exitCodes.done;
  }
  return goOn(desk, begun, request.signal, options);
}

/** Does the backfills here, one after the other, as far as the day's calls go. */
async function goOn(
  desk: Desk,
  open: readonly BackfillView[],
  signal: AbortSignal,
  options: BackfillOptions,
): Promise<number> {
  const reports: BackfillReport[] = [];
  for (const { integration, flow } of open) {
    const progress = createProgress(await callLimits(desk, integration));
    const onProgress: Parameters<typeof runBackfill>[1]["onProgress"] = (counts, calls) =>
      progress.update(flow, counts, calls, null);
    reports.push(await runBackfill(desk, { integration, flow, signal, onProgress }).finally(progress.end));
    if (signal.aborted) break;
  }
  const flows = reports.map((report) => flowResult({ ...report, flow: report.backfill?.flow ?? "" }));
  // Those that a stop kept from beginning are named too.
  const untouched = open.slice(reports.length);
  const left = [...reports.flatMap(({ backfill }) => backfill ?? []), ...untouched];
  if (options.json) printJson({ flows, backfills: left });
  else {
    sayFlows(flows);
    for (const one of left) if (one.state !== "done") say(restWords(one));
  }
  // A pause or an end that somebody asked for is no failure.
  const wanted = new Set(
    left.filter(({ state }) => state === "paused" || state === "cancelled").map(({ flow }) => flow),
  );
  return exitCodeOfFlows(
    flows.filter(({ flow, fault }) => !(fault?.kind === "stopped" && wanted.has(flow))),
    false,
  );
}

function restWords({ integration, flow, since, until, state, resumesAt }: BackfillView): string {
  const place = `${flow}: the days from ${since} to ${until} are left`;
  if (state === "cancelled") return `${place}; it was cancelled.`;
  const resumed = `\`mizan backfill ${integration} ${flow} --resume\``;
  if (state === "paused") return `${place}; it is paused, and ${resumed} goes on.`;
  const when = resumesAt === null ? "" : ` after ${moment(resumesAt)}`;
  return `${place}; \`mizan serve\` goes on with it${when}, or ${resumed}.`;
}

/** Who does what was begun, and what keeps it from being done. */
async function backgroundWords(desk: Desk, integration: string): Promise<string> {
  const how = `\`mizan backfill ${integration}\` says how far it is.`;
  const { paused } = await showIntegration(desk, integration);
  if (paused)
    return `${integration} is paused: after \`mizan integrations resume ${integration}\` \`mizan serve\` does it. ${how}`;
  return `\`mizan serve\` does it by itself. ${how}`;
}

function printAll(all: readonly BackfillView[], json: true | undefined): void {
  if (json) {
    printJson({ backfills: all });
    return;
  }
  if (all.length === 0) {
    say("No backfills yet. `mizan backfill <integration> --since YYYY-MM-DD` says what one would take.");
    return;
  }
  const heads = ["FLOW", "SINCE", "LEFT UNTIL", "STATE", "RECORDS", "GOES ON"].map((head) => ({ head }));
  const rows = all.map((one) => [
    one.flow,
    one.since,
    one.state === "done" ? "–" : one.until,
    stateWords(one),
    `${countWords(one.counts) || "none"} of about ${number(one.forecast.records)}`,
    moment(one.resumesAt),
  ]);
  print(table(heads, rows, process.stdout.columns));
  for (const one of all) {
    if (one.message !== null) say(`${one.flow}: ${one.message}`);
    // Nothing is at it: who goes on with it, and when.
    if (one.activity === "resting" || one.activity === "waiting") say(restWords(one));
  }
}

/** `running` stands for what somebody is at. */
function stateWords({ state, activity }: BackfillView): string {
  if (activity === "resting") return "rests";
  return activity === "waiting" ? "waits" : state;
}

function printForecast(desk: Desk, said: Forecast): void {
  const heads = ["FLOW", "FROM", "TO", "RECORDS", "TO BE SENT"].map((head) => ({ head }));
  const rows = said.flows.map((one) => [one.flow, one.since, one.until, number(one.records), number(one.toSend)]);
  print(table(heads, rows, process.stdout.columns));
  for (const one of said.connections) for (const line of connectionLines(desk, one)) print(line);
  print(
    said.minutes === null
      ? "The day's calls leave nothing for it: raise the quota, or let the regular flows run more rarely."
      : `In all about ${durationWords(said.minutes)}${restsMeanwhile(said) ? ", because it rests until the day's calls are counted anew" : ""}.`,
  );
}

function restsMeanwhile({ connections }: Forecast): boolean {
  return connections.some(({ calls, spareToday }) => spareToday !== null && calls > spareToday);
}

function connectionLines(desk: Desk, one: ConnectionForecast): string[] {
  const title = desk.vendorTitle(one.vendor);
  const lines = [`${title} (${one.connection}): ${number(one.calls)} calls, at most ${number(one.perMinute)} a minute`];
  if (one.perDay !== null)
    lines.push(
      `  of ${number(one.perDay)} calls a day, ${number(one.reserve)} are kept for exports and people and about ${number(one.regular)} are needed by the regular flows; ${number(one.spareToday ?? 0)} are left today`,
    );
  for (const { flow, everyMinutes, carriedMinutes } of one.stretched)
    lines.push(
      `  The day's calls cannot carry ${flow} every ${everyMinutes} minutes; it runs every ${carriedMinutes} minutes instead.`,
    );
  return lines;
}

function durationWords(minutes: number): string {
  if (minutes <= 1) return "a minute";
  if (minutes < 90) return `${number(minutes)} minutes`;
  return minutes < 36 * 60 ? `${(minutes / 60).toFixed(1)} hours` : `${(minutes / 1_440).toFixed(1)} days`;
}
