import { text } from "node:stream/consumers";
import type { Command } from "commander";
import { z } from "zod";
import type { Connector } from "../core/connector.ts";
import { InvalidInput } from "../core/errors.ts";
import { readInput } from "../core/invalid-fields.ts";
import { explain } from "../core/reasons.ts";
import { type ConnectInput, connect, connections } from "../operations/connect.ts";
import type { Desk } from "../operations/desk.ts";
import { type Asker, createAsker } from "./ask.ts";
import { type FormField, formFields, readAssignments, typedValues } from "./assignments.ts";
import { factLines } from "./fact-words.ts";
import { print, printJson, say } from "./output.ts";
import { withMizan } from "./with-mizan.ts";

export function addConnectCommand(program: Command): void {
  program
    .command("connect")
    .description("link an account at a vendor, or renew one; nothing is saved before it was tried")
    .argument("<vendor>", "zoho-books, optiply, salla or qoyod")
    .requiredOption("--name <name>", "name of the connection")
    .option("--set <name=value...>", "a setting, such as organizationId=60814150001; several may follow")
    .option("--secret <name=value...>", "a secret; other users of this machine can see it in the list of processes")
    .option("--stdin", 'read {"settings": {…}, "secrets": {…}} as JSON from standard input')
    .option("--json", "print the result as JSON")
    .addHelpText(
      "after",
      `
What is missing is asked on a terminal; secrets are not shown while they are typed.

Examples:
  mizan connect zoho-books --name books
  mizan connect zoho-books --name books --set region=eu organizationId=60814150001
  mizan connect optiply --name optiply --set environment=acceptance --stdin < optiply.json
  mizan connect zoho-books --name try --set apiUrl=http://127.0.0.1:4701 accountsUrl=http://127.0.0.1:4702

Zoho Books takes the one-time \`code\` of a consent, with its \`redirectUri\`, in place of \`refreshToken\`.
Salla takes the same; or, in easy mode, only \`clientId\`, \`clientSecret\` and \`webhookSecret\`: then the tokens
come by themselves when the app is installed in the store.
A connection of the same name is renewed: settings that are not given stay as they are, and its
integrations go on where they stopped.`,
    )
    .action(async (vendor: string, options: ConnectOptions) => {
      await withMizan(async ({ desk, signal }) => {
        const input = await gather(desk, vendor, options, signal);
        const { connection, facts } = await connect(desk, input, signal);
        if (options.json) return printJson({ connection: (await viewsOf(desk, connection.name))[0], facts });
        const awaited = connection.needsPerson === null ? null : explain(connection.needsPerson);
        if (awaited === null) print(`${connection.name} is connected to ${desk.vendorTitle(vendor)}.`);
        else print(`${connection.name} is saved. ${awaited.sentence}\n${awaited.action}`);
        for (const line of factLines(facts)) print(`  ${line}`);
      });
    });
}

interface ConnectOptions {
  readonly name: string;
  readonly set?: readonly string[];
  readonly secret?: readonly string[];
  readonly stdin?: true;
  readonly json?: true;
}

/** Puts together what was given on the command line, on standard input and on the terminal. */
async function gather(desk: Desk, vendor: string, options: ConnectOptions, signal: AbortSignal): Promise<ConnectInput> {
  const connector = desk.connectors.get(vendor);
  const given = options.stdin ? readDocument(await text(process.stdin)) : { settings: {}, secrets: {} };
  const setWords = readAssignments(options.set ?? [], "--set");
  const secrets: Record<string, unknown> = { ...given.secrets, ...readAssignments(options.secret ?? [], "--secret") };
  if (options.secret !== undefined)
    say("Secrets on the command line can be seen by other users of this machine; --stdin or the questions hide them.");
  // An unknown vendor is refused by the operation, with the list of those there are.
  const settings = { ...given.settings, ...(connector ? typedValues(connector.settings, setWords) : setWords) };
  if (connector !== undefined && process.stdin.isTTY && !options.stdin) {
    const asker = createAsker(signal);
    try {
      const kept = (await viewsOf(desk, options.name))[0]?.settings ?? {};
      Object.assign(settings, await askSettings(asker, connector, { ...kept, ...settings }));
      Object.assign(secrets, await askSecrets(asker, connector, secrets));
    } finally {
      asker.close();
    }
  }
  return { name: options.name, vendor, settings, secrets };
}

async function viewsOf(desk: Desk, name: string) {
  return (await connections(desk)).filter((one) => one.name === name);
}

function readDocument(words: string): { settings: Record<string, unknown>; secrets: Record<string, unknown> } {
  let document: unknown;
  try {
    document = JSON.parse(words);
  } catch {
    // The parser's own message would repeat a part of the text, and with it a secret.
    throw new InvalidInput("stdin", 'standard input is not JSON; allowed: {"settings": {…}, "secrets": {…}}');
  }
  const { settings = {}, secrets = {}, ...other } = Object(document) as Record<string, unknown>;
  const [unknown] = Object.keys(other);
  if (unknown !== undefined || !isRecord(settings) || !isRecord(secrets))
    throw new InvalidInput(
      "stdin",
      `standard input holds ${unknown ?? "something else"}; allowed: settings and secrets, both objects`,
    );
  return { settings, secrets };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Asks for the settings that have no default, and for those that are a choice, such as the region. */
async function askSettings(asker: Asker, { title, settings }: Connector, known: Readonly<Record<string, unknown>>) {
  const words: Record<string, string> = {};
  const missing = formFields(settings).filter(
    (field) => (field.needed || choiceOf(field) !== null) && known[field.name] === undefined,
  );
  if (missing.length > 0) say(`Settings of ${title}:`);
  for (const field of missing) words[field.name] = await askSetting(asker, field);
  return typedValues(settings, words);
}

/** Asks until the answer is allowed, so that a slip shows before the secrets are typed. */
async function askSetting(asker: Asker, field: FormField): Promise<string> {
  for (;;) {
    const answer = (await asker.ask(question(field))) || choiceOf(field)?.usual || "";
    const typed = typedValues(z.object({ [field.name]: field.schema }), { [field.name]: answer });
    try {
      readInput(z.object({ [field.name]: field.schema }), typed);
      return answer;
    } catch (error) {
      if (!(error instanceof InvalidInput)) throw error;
      say(`  ${error.message}`);
    }
  }
}

/** The allowed words of a setting that is one of a list, and the one that Enter takes. */
function choiceOf({ schema }: FormField): { readonly words: readonly string[]; readonly usual: string } | null {
  if (!(schema instanceof z.ZodDefault)) return null;
  const choices = schema.unwrap();
  return choices instanceof z.ZodEnum
    ? { words: choices.options.map(String), usual: String(schema.parse(undefined)) }
    : null;
}

/**
 * Asks for the lasting secrets: those that are needed, then those that may be left out. Where the lasting way in stays
 * empty, it goes on to those that work once, where the vendor has such; they may be left out where what is known suffices.
 */
export async function askSecrets(
  asker: Pick<Asker, "askSecret">,
  { title, secrets, exchange }: Pick<Connector, "title" | "secrets" | "exchange">,
  known: Readonly<Record<string, unknown>>,
): Promise<Record<string, string>> {
  const answers: Record<string, string> = {};
  const isKnown = ({ name }: FormField) => known[name] !== undefined || answers[name] !== undefined;
  if (exchange !== undefined && known[exchange.by] !== undefined) return answers;
  const open = formFields(secrets).filter((field) => field.words !== "" && !isKnown(field));
  if (open.some(({ needed }) => needed)) say(`Secrets of ${title} (not shown while you type):`);
  const suffices = () => secrets.safeParse({ ...known, ...answers }).success;
  if (suffices()) return answers;
  for (const field of open.toSorted((one, other) => Number(other.needed) - Number(one.needed))) {
    const answer = await asker.askSecret(field.needed ? question(field) : question(field, "Enter leaves it out"));
    if (answer !== "" || (field.needed && exchange === undefined)) answers[field.name] = answer;
  }
  if (exchange === undefined) return answers;
  const once = formFields(exchange.secrets);
  const isOnceToo = ({ name }: FormField) => once.some((field) => field.name === name);
  if (open.every((field) => isKnown(field) || (!field.needed && isOnceToo(field)))) return answers;
  say("In place of what was left empty, credentials that work once:");
  for (const field of once.filter((one) => !isKnown(one) && (one.needed || one.words !== ""))) {
    if (open.some(({ name, needed }) => name === field.name && !needed)) continue;
    const answer = await asker.askSecret(question(field, suffices() ? "Enter leaves it out" : ""));
    if (answer === "" && field.name === exchange.by && suffices()) return answers;
    answers[field.name] = answer;
  }
  return answers;
}

function question(field: FormField, hint = ""): string {
  const choice = choiceOf(field);
  const choices = choice === null ? "" : `: ${choice.words.join(", ")} (Enter takes ${choice.usual})`;
  return `  ${field.words || field.name}${choices}${hint === "" ? "" : ` (${hint})`}: `;
}
