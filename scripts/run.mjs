/**
 * Runs a TypeScript file of this project with a Node that can: installs the dependencies first where they are missing,
 * then hands over to the Node that came with them. Plain JavaScript, because it may be started by an older Node.
 */
import { spawn } from "node:child_process";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { install } from "../bin/install.mjs";
import { findNode } from "../bin/node.mjs";

const [file, ...rest] = process.argv.slice(2);
if (file === undefined) throw new Error("usage: node scripts/run.mjs FILE [ARGUMENTS]");
const root = dirname(dirname(fileURLToPath(import.meta.url)));
await install(root);
const child = spawn(findNode(root), [file, ...rest], { stdio: "inherit", cwd: root });
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
child.on("exit", (code, signal) => {
  process.exitCode = code ?? (signal === null ? 1 : 128);
});
