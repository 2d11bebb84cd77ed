/**
 * Everything that can be said of the code without running the product: types, style, architecture, unused code,
 * generated pages, and the tests of the pure rooms. `npm run check`; meant to stay well under two minutes.
 */
import { spawn } from "node:child_process";
import { delimiter, join } from "node:path";

interface Check {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
}

const checks: readonly Check[] = [
  { name: "types", command: ["tsc", "-p", "."] },
  { name: "style", command: ["biome", "ci", "--colors=off", "."] },
  {
    name: "architecture",
    command: ["depcruise", "src", "sandbox", "scripts", "test", "bench", "--config", ".dependency-cruiser.mjs"],
  },
  { name: "unused code", command: ["knip", "--no-progress"] },
  { name: "generated pages", command: ["node", "scripts/generate.ts", "--check"] },
  { name: "pure rooms", command: ["vitest", "run", "src/core", "src/connectors", "--reporter=dot"] },
];

const bin = join(import.meta.dirname, "..", "node_modules", ".bin");
const environment = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH ?? ""}` };

/** Runs one check. @returns what it printed when it failed, else null. */
function run(check: Check): Promise<string | null> {
  const [program, ...rest] = check.command;
  return new Promise((resolve) => {
    const child = spawn(program, rest, {
      env: environment,
      stdio: ["ignore", "pipe", "pipe"],
      shell: process.platform === "win32",
    });
    let printed = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => (printed += chunk.toString()));
    child.on("error", (error) => resolve(`${program}: ${error.message}`));
    child.on("exit", (code) => resolve(code === 0 ? null : printed));
  });
}

const started = Date.now();
let failed = 0;
for (let at = 0; at < checks.length; at += 2) {
  const pair = checks.slice(at, at + 2);
  const results = await Promise.all(pair.map(run));
  for (const [index, check] of pair.entries()) {
    const problem = results[index] ?? null;
    console.log(`${problem === null ? "ok  " : "FAIL"} ${check.name}`);
    if (problem === null) continue;
    failed += 1;
    console.log(problem);
  }
}
console.log(
  `${checks.length - failed} of ${checks.length} checks passed in ${Math.round((Date.now() - started) / 1000)} s`,
);
process.exitCode = failed === 0 ? 0 : 1;
