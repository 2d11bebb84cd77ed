/**
 * Writes the pages that are printed from the code: the mapping tables, the settings, the reasons, the tables of the
 * database. With `--check` it changes nothing and fails where a page differs, naming it.
 */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { z } from "zod";
import { configSchema } from "../src/core/config.ts";
import type { IntegrationKind } from "../src/core/flow.ts";
import { type PrintedRow, printFlow } from "../src/core/mapping-table.ts";
import { explain, reasonCodes } from "../src/core/reasons.ts";
import { integrationKinds } from "../src/flows/index.ts";
import { describeSchema } from "../src/store/describe-schema.ts";
import { openStore } from "../src/store/open-store.ts";

const root = join(import.meta.dirname, "..");
const printed = "<!-- Printed by `npm run generate`; change the code, not this page. -->\n\n";

async function pages(): Promise<Map<string, string>> {
  const all = new Map<string, string>();
  for (const kind of integrationKinds) all.set(`docs/flows/${kind.name}.md`, printed + kindPage(kind));
  all.set("docs/operating/configuration.md", printed + configurationPage());
  all.set("docs/reasons.md", printed + reasonsPage());
  all.set("docs/benchmarks.md", printed + (await benchmarksPage()));
  all.set("docs/schema.sql", await schemaPage());
  return all;
}

function kindPage(kind: IntegrationKind): string {
  const parts = [`# ${kind.title}: mapping tables`, ""];
  for (const [flavour, names] of Object.entries(kind.flavours))
    parts.push(`- Flavour **${flavour}**: ${names.join(", ")}`);
  parts.push("", "## Options", "", table(["option", "default", "meaning"], fieldsOf(kind.options)), "");
  for (const flow of kind.flows.map(printFlow)) {
    parts.push(
      `## ${flow.title}`,
      "",
      `\`${flow.name}\`: ${flow.from} → ${flow.to}, every ${flow.everyMinutes} minutes.`,
      "",
    );
    parts.push(`- Records are ${flow.changes}.`, `- Reads ${flow.reads}.`);
    for (const { code, words } of flow.leftOut) parts.push(`- Left out (\`${code}\`): ${words}.`);
    for (const rule of flow.rules) parts.push(`- ${rule}`);
    parts.push("", rowsTable(flow.rows), "");
    for (const { field, rows } of flow.lines) parts.push(`### Lines in ${field}`, "", rowsTable(rows), "");
  }
  return parts.join("\n");
}

function rowsTable(rows: readonly PrintedRow[]): string {
  return table(
    ["target", "source", "rule"],
    rows.map(({ target, sources, words }) => [target, sources.join(", "), words]),
  );
}

function configurationPage(): string {
  const intro =
    "# Configuration\n\nEverything that the environment can set. Mizan reads it once at the start and refuses a wrong value by name.\n\n";
  return `${intro}${table(["variable", "default", "meaning"], fieldsOf(configSchema))}\n`;
}

function reasonsPage(): string {
  const rows = reasonCodes.map((code) => {
    const { sentence, action } = explain({ code, parameters: {} });
    const arabic = explain({ code, parameters: {} }, "ar");
    return [`\`${code}\``, sentence, action, arabic.sentence, arabic.action];
  });
  const intro =
    "# Reasons\n\nEvery skipped, waiting or rejected record and every resting connection carries one of these.\n\n";
  return `${intro}${table(["code", "sentence", "action", "الجملة", "الإجراء"], rows)}\n`;
}

/** Every kept result with the command that made it; the raw figures are in the file. */
async function benchmarksPage(): Promise<string> {
  const folder = join(root, "bench", "results");
  const parts = [
    "# Benchmarks",
    "",
    "What was measured, and the command that measured it. The raw figures stand in `bench/results/`.",
    "",
  ];
  for (const name of (await readdir(folder)).filter((file) => file.endsWith(".json")).sort()) {
    const { machine, command, what, bar, ...figures } = JSON.parse(
      await readFile(join(folder, name), "utf8"),
    ) as BenchmarkResult;
    parts.push(
      `## ${name.replace(/\.json$/, "")}`,
      "",
      `${what}. Bar: ${bar}.`,
      "",
      `\`${command}\` on ${machine.cores} cores, ${machine.cpu}, Node ${machine.node}.`,
      "",
    );
    const rows = Object.entries(figures).filter(([, value]) => typeof value !== "object");
    parts.push(
      table(
        ["figure", "value"],
        rows.map(([figure, value]) => [figure, String(value)]),
      ),
      "",
    );
  }
  return parts.join("\n");
}

interface BenchmarkResult {
  readonly machine: { readonly node: string; readonly cores: number; readonly cpu: string };
  readonly command: string;
  readonly what: string;
  readonly bar: string;
  readonly [figure: string]: unknown;
}

/** Name, default and description of each field of a schema. */
function fieldsOf(schema: z.ZodObject): string[][] {
  return Object.entries(schema.shape).map(([name, field]) => {
    const type = field as z.ZodType;
    const empty = type.safeParse(undefined);
    const value = empty.success ? empty.data : undefined;
    const shown = !empty.success
      ? "required"
      : value === undefined || (Array.isArray(value) && value.length === 0)
        ? ""
        : String(value);
    return [`\`${name}\``, shown, type.description ?? ""];
  });
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** The schema of a new embedded database. */
async function schemaPage(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "mizan-schema-"));
  const store = await openStore({ folder: join(folder, "database") });
  try {
    return await describeSchema(store.database);
  } finally {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  }
}

const onlyCheck = process.argv.includes("--check");
for (const [path, text] of await pages()) {
  const file = join(root, path);
  const present = await readFile(file, "utf8").catch(() => null);
  if (present === text) continue;
  if (onlyCheck) {
    console.log(`${path} differs from what the code prints; run: npm run generate`);
    process.exitCode = 1;
    continue;
  }
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
  console.log(`wrote ${path}`);
}
