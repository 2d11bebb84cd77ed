/**
 * Runs a TypeScript file of this project with a Node that can: installs the dependencies first where they are missing,
 * then hands over to the Node that came with them. Plain JavaScript, because it may be started by an older Node.
 */
import { spawn } from "node:child_process";
import { ensureInstalled, findNode } from "../bin/install.mjs";

const [file, ...rest] = process.argv.slice(2);
if (file === undefined) throw new Error("usage: node scripts/run.mjs FILE [ARGUMENTS]");
await ensureInstalled();
const child = spawn(await findNode(), [file, ...rest], { stdio: "inherit" });
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
child.on("exit", (code, signal) => {
  process.exitCode = code ?? (signal === null ? 1 : 128);
});
