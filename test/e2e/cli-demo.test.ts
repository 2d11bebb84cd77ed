/** `mizan demo --once --json`: the shape and the sense of its last line. */
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { z } from "zod";
import { type Machine, newMachine } from "./mizan-command.ts";

const count = z.int().min(0);
const counts = z.strictObject({
  created: count,
  updated: count,
  unchanged: count,
  skipped: count,
  waiting: count,
  rejected: count,
});
const calls = z.object({ GET: count, POST: count });
const result = z.strictObject({
  integrations: z.tuple([
    z.strictObject({
      kind: z.literal("zoho-books-optiply"),
      flows: z.array(z.strictObject({ name: z.string(), first: counts, second: counts })),
    }),
  ]),
  calls: z.strictObject({ "zoho-books": calls, optiply: calls }),
  import: z.strictObject({ rows: count, taken: count, leftOut: z.record(z.string(), count) }),
  seconds: z.number().positive(),
  peakRssMb: z.number().positive(),
});

test("two syncs of the made-up shop; the second writes nothing", { timeout: 90_000 }, async () => {
  const machine: Machine = await newMachine();
  const temporary = await mkdtemp(join(tmpdir(), "mizan demo "));
  try {
    const { code, stdout, stderr } = await machine.mizan(["demo", "--once", "--json"], "", { TMPDIR: temporary });
    expect(code, stderr).toBe(0);
    const {
      integrations,
      import: imported,
      calls: made,
    } = result.parse(JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? ""));
    const { flows } = integrations[0];
    expect(flows.map(({ name }) => name)).toEqual(["products", "sell-orders"]);
    for (const { first, second } of flows) {
      expect(first.created).toBeGreaterThan(100);
      expect(second).toMatchObject({ created: 0, updated: 0 });
    }
    expect(imported.taken + Object.values(imported.leftOut).reduce((sum, left) => sum + left, 0)).toBe(imported.rows);
    const created = flows.reduce((sum, { first }) => sum + first.created, 0);
    expect(made.optiply.POST).toBeGreaterThanOrEqual(created);
    expect(stderr).toMatch(/first sync[^\n]+products +\d+/);
    expect(await readdir(temporary), "the demo leaves nothing behind").toEqual([]);
  } finally {
    await rm(temporary, { recursive: true, force: true });
    await machine.remove();
  }
});

test("a folder that holds something is refused", { timeout: 30_000 }, async () => {
  const machine = await newMachine();
  try {
    const { code, stderr } = await machine.mizan(["demo", "--once", "--home", "/"]);
    expect(stderr).toContain("/ is not empty; give an empty or new folder");
    expect(code).toBe(2);
  } finally {
    await machine.remove();
  }
});
