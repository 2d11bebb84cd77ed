/** The stage of every benchmark: the stand-in vendors as a process of their own, and a Mizan on a fresh database. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join, relative } from "node:path";
import { createInterface } from "node:readline";
import type { SandboxAddresses } from "../sandbox/start-sandbox.ts";
import { readConfig } from "../src/core/config.ts";
import { type Mizan, openMizan } from "../src/main.ts";
import { connect } from "../src/operations/connect.ts";
import { addIntegration } from "../src/operations/integrations.ts";

const root = join(import.meta.dirname, "..");

export interface SandboxProcess extends SandboxAddresses {
  post(path: string, body: unknown): Promise<unknown>;
  patch(path: string, body: unknown): Promise<unknown>;
  get(path: string): Promise<unknown>;
  stop(): Promise<void>;
}

/** Starts the stand-ins; they end with this process whatever happens to it. */
export async function startSandboxProcess(): Promise<SandboxProcess> {
  const child: ChildProcess = spawn(
    process.execPath,
    [join(root, "sandbox", "main.ts"), "--json", "--until-stdin-closes"],
    {
      stdio: ["pipe", "pipe", "inherit"],
    },
  );
  if (child.stdout === null) throw new Error("the sandbox has no output");
  const [line] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
  const addresses = JSON.parse(line) as SandboxAddresses;
  const send = async (method: string, path: string, body?: unknown) => {
    const answer = await fetch(addresses.control + path, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  };
  return {
    ...addresses,
    post: (path, body) => send("POST", path, body),
    patch: (path, body) => send("PATCH", path, body),
    get: (path) => send("GET", path),
    stop: async () => {
      child.stdin?.end();
      await once(child, "exit");
    },
  };
}

/** Settings of both connections, such as `perMinute` and `concurrency`. */
export interface StageSettings {
  readonly zoho?: Readonly<Record<string, unknown>>;
  readonly optiply?: Readonly<Record<string, unknown>>;
}

const unlimited = { perMinute: 100_000, minuteMs: 59_999 };

/** A fresh Mizan with one integration named "shop" on the given stand-ins. */
export async function openStage(
  sandbox: SandboxProcess,
  settings: StageSettings = {},
): Promise<Mizan & { end(): Promise<void> }> {
  const home = await mkdtemp(join(tmpdir(), "mizan-bench-"));
  const mizan = await openMizan(readConfig({ MIZAN_HOME: home }));
  const { signal } = new AbortController();
  const { vendors, credentials } = sandbox;
  const { organizationId, ...zohoSecrets } = credentials["zoho-books"];
  const { accountId: _, couplingId, ...optiplySecrets } = credentials.optiply;
  await connect(
    mizan.desk,
    {
      name: "zoho",
      vendor: "zoho-books",
      settings: { organizationId, ...vendors["zoho-books"], ...unlimited, concurrency: 8, ...settings.zoho },
      secrets: zohoSecrets,
    },
    signal,
  );
  await connect(
    mizan.desk,
    {
      name: "optiply",
      vendor: "optiply",
      settings: { couplingId, ...vendors.optiply, ...unlimited, concurrency: 16, ...settings.optiply },
      secrets: optiplySecrets,
    },
    signal,
  );
  await addIntegration(
    mizan.desk,
    {
      name: "shop",
      kind: "zoho-books-optiply",
      source: "zoho",
      target: "optiply",
      options: { ordersSince: "2000-01-01" },
    },
    signal,
  );
  return {
    ...mizan,
    end: async () => {
      await mizan.close();
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** Keeps a raw result beside the machine it was measured on. */
export async function keepResult(name: string, result: object): Promise<void> {
  const machine = {
    node: process.version,
    cores: cpus().length,
    cpu: cpus()[0]?.model ?? "",
    at: new Date().toISOString(),
  };
  await writeFile(
    join(root, "bench", "results", `${name}.json`),
    `${JSON.stringify({ machine, command: commandLine(), ...result }, null, 2)}\n`,
  );
  console.log(JSON.stringify(result));
}

/** How this benchmark was started, as anyone can start it again. */
function commandLine(): string {
  const [, script = "", ...words] = process.argv;
  return ["npm run bench --", relative(root, script), ...words].join(" ");
}

/** The middle of an odd number of figures. */
export function median(figures: readonly number[]): number {
  const sorted = [...figures].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
