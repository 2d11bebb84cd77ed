import { spawn } from "node:child_process";
import { constants } from "node:os";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { wholeNumber } from "./whole-number.ts";

/** What Node is started with for the stand-in servers, which are a program of their own. */
export function sandboxWords(...words: readonly string[]): string[] {
  const quiet = new URL("../../bin/quiet-type-stripping.mjs", import.meta.url);
  return ["--import", quiet.href, fileURLToPath(new URL("../../sandbox/main.ts", import.meta.url)), ...words];
}

export function addSandboxCommand(program: Command): void {
  program
    .command("sandbox")
    .description("serve stand-in Zoho Books, Optiply, Salla and Qoyod on this machine, for trying things out")
    .option("--port <number>", "port of the control API; any free one when left out", wholeNumber("port", 0, 65_535))
    .option("--seed <number>", "decides made-up tokens and chances of faults", wholeNumber("seed", 0, 4_294_967_295))
    .option("--json", "print the addresses and made-up credentials as one line of JSON")
    .addHelpText(
      "after",
      `
Examples:
  mizan sandbox
  mizan sandbox --port 4700 --json

sandbox/README.md tells how to play merchant, look inside and make things fail.`,
    )
    .action(async (options: { port?: number; seed?: number; json?: true }) => {
      const words = Object.entries(options).flatMap(([name, value]) =>
        value === true ? [`--${name}`] : [`--${name}`, String(value)],
      );
      process.exitCode = await runChild(sandboxWords(...words, "--until-stdin-closes"));
    });
}

/** Runs a program of ours until it ends; a signal to us goes to it, and it ends with us even when we are killed. */
async function runChild(words: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, words, { stdio: ["pipe", "inherit", "inherit"] });
  const forward = (signal: NodeJS.Signals) => child.kill(signal);
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, forward);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve(code ?? 128 + constants.signals[signal ?? "SIGTERM"]));
  });
}
