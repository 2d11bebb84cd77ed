#!/usr/bin/env node
/**
 * The command `mizan`: installs what is missing, finds a Node that runs TypeScript, and runs src/cli/mizan.ts with it.
 * Plain JavaScript, because it must run on Node 20 and before anything is installed.
 */
import { spawn } from "node:child_process";
import { realpathSync } from "node:fs";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { install } from "./install.mjs";
import { findNode } from "./node.mjs";

// Through the link that npm makes in .bin, or any other.
const root = dirname(dirname(realpathSync(fileURLToPath(import.meta.url))));
const program = join(root, "src", "cli", "mizan.ts");

// V8 lets garbage lie while it may have gigabytes. What Mizan really holds is small, whatever the size of the shop, so its
// heap need not grow by more than a fifth between two collections (bench/memory.ts).
const memory = ["--max-semi-space-size=8", "--heap-growing-percent=20"];

try {
  await install(root);
  run(findNode(root));
} catch (error) {
  console.error(`mizan: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}

function run(node) {
  const quiet = pathToFileURL(join(root, "bin", "quiet-type-stripping.mjs")).href;
  const words = [...memory, "--import", quiet, program, ...process.argv.slice(2)];
  // Not in the common temporary folder, where another user could leave code for us to run.
  const env = { ...process.env, NODE_COMPILE_CACHE: join(root, "node_modules", ".cache", "mizan") };
  // In place of this process where Node can do that: a second one would only cost memory.
  if (process.execve !== undefined && process.platform !== "win32") process.execve(node, [node, ...words], env);
  else runChild(node, words, env);
}

function runChild(node, words, env) {
  const child = spawn(node, words, { stdio: "inherit", env });
  const forwarded = ["SIGINT", "SIGTERM", "SIGHUP"];
  for (const signal of forwarded) process.on(signal, () => child.kill(signal));
  child.once("error", (error) => {
    console.error(`mizan: ${node} could not be started: ${error.message}`);
    process.exitCode = 1;
  });
  child.once("exit", (code, signal) => {
    process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0);
  });
}
