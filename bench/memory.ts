/**
 * Peak memory of a sync of the real orders against that of a tenth of them, each by `mizan demo` in a process of its own.
 * Bar: the whole within 60 MB of the tenth. `npm run bench -- bench/memory.ts FILE.csv.gz…`
 */
import { execFile } from "node:child_process";
import { createReadStream } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { createGunzip } from "node:zlib";
import { keepResult } from "./stage.ts";

const files = process.argv.slice(2);
if (files.length === 0) {
  console.error(
    "usage: npm run bench -- bench/memory.ts FILE.csv.gz…, such as the months of ../shared/data/online-retail",
  );
  process.exit(2);
}
const command = join(import.meta.dirname, "..", "bin", "mizan.mjs");
const folder = await mkdtemp(join(tmpdir(), "mizan-memory-"));
const tenth = join(folder, "tenth.csv");
await writeFile(tenth, await firstTenth(files));
const results = [];
for (let round = 0; round < 3; round += 1) {
  const small = await demo([tenth]);
  const whole = await demo(files);
  results.push({ small, whole, apartMb: whole.peakRssMb - small.peakRssMb });
  console.log(JSON.stringify(results.at(-1)));
}
await rm(folder, { recursive: true });
const apart = results.map(({ apartMb }) => apartMb).sort((a, b) => a - b);
await keepResult("memory", {
  what: "peak resident memory of `mizan demo --once`, MB",
  bar: "whole at most 60 MB above a tenth",
  medianApartMb: apart[1],
  results,
});

interface Peak {
  readonly rows: number;
  readonly seconds: number;
  readonly peakRssMb: number;
}

async function demo(orders: readonly string[]): Promise<Peak> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [command, "demo", "--once", "--json", "--orders", ...orders],
    { maxBuffer: 1 << 24 },
  );
  const { import: imported, seconds, peakRssMb } = JSON.parse(stdout.trim().split("\n").at(-1) ?? "{}");
  return { rows: imported.rows, seconds, peakRssMb };
}

/** The first rows of the files: the tenth part of their rows, heading included. */
async function firstTenth(paths: readonly string[]): Promise<string> {
  const rows: string[] = [];
  let count = 0;
  for (const path of paths) {
    const input = path.endsWith(".gz") ? createReadStream(path).pipe(createGunzip()) : createReadStream(path);
    for await (const line of createInterface({ input })) {
      count += 1;
      rows.push(line);
    }
  }
  return `${rows.slice(0, Math.ceil(count / 10)).join("\n")}\n`;
}
