import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type RunningSandbox, startSandbox } from "../../sandbox/start-sandbox.ts";

const program = fileURLToPath(new URL("../../bin/mizan.mjs", import.meta.url));

/** What a command left behind. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A newcomer's machine: stand-in vendors, an empty home, and the command line. */
export interface Machine {
  readonly home: string;
  readonly sandbox: RunningSandbox;
  /** Runs a command to its end, from another working directory than the repository. */
  mizan(words: readonly string[], input?: string, environment?: Readonly<Record<string, string>>): Promise<Ended>;
  /** Starts a command that goes on. */
  start(
    words: readonly string[],
    environment?: Readonly<Record<string, string>>,
  ): { child: ChildProcess; ended: Promise<Ended> };
  /** Calls the sandbox' control API. */
  control<Answer = unknown>(method: string, path: string, body?: unknown): Promise<Answer>;
  /** The words with which both vendors are connected, and what goes to standard input. */
  readonly zoho: { readonly words: readonly string[]; readonly input: string };
  readonly optiply: { readonly words: readonly string[]; readonly input: string };
  /** Connects both vendors and adds the integration `shop`, paused. */
  setUp(): Promise<void>;
  remove(): Promise<void>;
}

export async function newMachine(): Promise<Machine> {
  const home = await mkdtemp(join(tmpdir(), "mizan e2e "));
  const sandbox = await startSandbox();
  const start: Machine["start"] = (words, environment = {}) => launch(home, words, null, environment);
  const mizan: Machine["mizan"] = (words, input = "", environment = {}) =>
    launch(home, words, input, environment).ended;
  const { "zoho-books": zohoUrls, optiply: optiplyUrls } = sandbox.vendors;
  const { organizationId, ...zohoSecrets } = sandbox.credentials["zoho-books"];
  const { accountId: _, couplingId, ...optiplySecrets } = sandbox.credentials.optiply;
  const fast = { perMinute: 100_000, minuteMs: 59_999, concurrency: 8 };
  const zoho = {
    words: ["connect", "zoho-books", "--name", "books", "--set", ...assigned({ organizationId, ...zohoUrls, ...fast })],
    input: JSON.stringify({ secrets: zohoSecrets }),
  };
  const optiply = {
    words: ["connect", "optiply", "--name", "optiply", "--set", ...assigned({ couplingId, ...optiplyUrls, ...fast })],
    input: JSON.stringify({ secrets: optiplySecrets }),
  };
  return {
    home,
    sandbox,
    mizan,
    start,
    zoho,
    optiply,
    control: async <Answer>(method: string, path: string, body?: unknown) => {
      const given = body === undefined ? {} : { body: JSON.stringify(body) };
      const answer = await fetch(`${sandbox.control}${path}`, { method, ...given });
      if (!answer.ok) throw new Error(`${method} ${path}: ${await answer.text()}`);
      const text = await answer.text();
      return (text === "" ? undefined : JSON.parse(text)) as Answer;
    },
    setUp: async () => {
      const add = ["integrations", "add", "zoho-books-optiply", "--name", "shop", "--source", "books", "--target"];
      const steps = [
        await mizan([...zoho.words, "--stdin"], zoho.input),
        await mizan([...optiply.words, "--stdin"], optiply.input),
        await mizan([...add, "optiply", "--paused", "--option", "ordersSince=2020-01-01"]),
      ];
      for (const { code, stderr } of steps) if (code !== 0) throw new Error(stderr);
    },
    remove: async () => {
      await sandbox.stop();
      await rm(home, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

/** Runs a command to its end on an installation that is open already. */
export function runMizan(
  words: readonly string[],
  input: string,
  environment: Readonly<Record<string, string>>,
): Promise<Ended> {
  return launch(environment.MIZAN_HOME ?? "", words, input, environment).ended;
}

function assigned(values: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(values).map(([name, value]) => `${name}=${String(value)}`);
}

function launch(
  home: string,
  words: readonly string[],
  input: string | null = null,
  environment: Readonly<Record<string, string>> = {},
): { child: ChildProcess; ended: Promise<Ended> } {
  const { MIZAN_DATABASE_URL: _, ...inherited } = process.env;
  const child = spawn(process.execPath, [program, ...words], {
    cwd: tmpdir(),
    env: { ...inherited, MIZAN_HOME: home, MIZAN_PORT: "0", ...environment },
    stdio: [input === null ? "ignore" : "pipe", "pipe", "pipe"],
  });
  child.stdin?.on("error", () => undefined);
  child.stdin?.end(input);
  let stdout = "";
  let stderr = "";
  child.stdout?.on("data", (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr?.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, stdout, stderr }));
  });
  return { child, ended };
}

/** Asks again and again until the answer fits; for what happens in other processes and has no event here. */
export async function until<Answer>(ask: () => Promise<Answer>, fits: (answer: Answer) => boolean): Promise<Answer> {
  const givenUpAt = Date.now() + 30_000;
  for (;;) {
    const answer = await ask();
    if (fits(answer)) return answer;
    if (Date.now() > givenUpAt) throw new Error(`waited in vain; the last answer is ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
