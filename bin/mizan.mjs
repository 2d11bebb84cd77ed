#!/usr/bin/env node
/**
 * The command `mizan`: installs what is missing, finds a Node that runs TypeScript, and runs src/cli/mizan.ts with it.
 * Plain JavaScript, because it must run on Node 20 and before anything is installed.
 */
import { spawn } from "node:child_process";
import { realpathSync } from "node:fs";
import module from "node:module";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { install } from "./install.mjs";
import { findNode, isNewEnough } from "./node.mjs";

// Through the link that npm makes in .bin, or any other.
const root = dirname(dirname(realpathSync(fileURLToPath(import.meta.url))));
const program = join(root, "src", "cli", "mizan.ts");

try {
  await install(root);
  if (isNewEnough()) await runHere();
  else runElsewhere(findNode(root));
} catch (error) {
  console.error(`mizan: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}

/** In this process: a second one would only cost memory. */
async function runHere() {
  await import("./quiet-type-stripping.mjs");
  // Not in the common temporary folder, where another user could leave code for us to run.
  module.enableCompileCache?.(join(root, "node_modules", ".cache", "mizan"));
  await import(pathToFileURL(program).href);
}

function runElsewhere(node) {
  const quiet = pathToFileURL(join(root, "bin", "quiet-type-stripping.mjs")).href;
  const child = spawn(node, ["--import", quiet, program, ...process.argv.slice(2)], { stdio: "inherit" });
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
