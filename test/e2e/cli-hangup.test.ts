/** A terminal that is closed (SIGHUP) ends everything as SIGTERM does: no database server stays behind. */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Machine, newMachine, until } from "./mizan-command.ts";

let machine: Machine;
beforeAll(async () => {
  machine = await newMachine();
});
afterAll(async () => await machine.remove());

/** The main process of the database server that lives below a folder; null while there is none. */
async function postmasterBelow(folder: string): Promise<number | null> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  const name = names.find((one) => one.endsWith("postmaster.pid"));
  if (name === undefined) return null;
  const words = await readFile(join(folder, name), "utf8").catch(() => "");
  return Number(words.split("\n")[0]) || null;
}

/** A process that has ended is known until the system has buried it, which has no event here. */
async function gone(pid: number | null): Promise<void> {
  if (pid === null) throw new Error("no database server was seen");
  await until(
    async () => isAlive(pid),
    (alive) => !alive,
  );
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function saying(child: ReturnType<Machine["start"]>["child"], words: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = "";
    child.stderr?.on("data", (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes(words)) resolve();
    });
    child.once("exit", () => reject(new Error(said)));
  });
}

test("serve ends in order and releases its database server", async () => {
  const { child, ended } = machine.start(["serve"]);
  await saying(child, "API key is in");
  const server = await postmasterBelow(machine.home);
  child.kill("SIGHUP");
  const { code, stderr } = await ended;
  expect(code, stderr).toBe(0);
  await gone(server);
});

test("a demo whose terminal is gone removes its folder and its database server", async () => {
  const temporary = await mkdtemp(join(tmpdir(), "mizan demo "));
  try {
    const { child, ended } = machine.start(["demo"], { TMPDIR: temporary });
    // Listened for from the start: it may be said before the database server is seen.
    const filled = saying(child, "The shop has");
    const server = await until(
      () => postmasterBelow(temporary),
      (pid) => pid !== null,
    );
    await filled;
    // As with a terminal: what is written from now on has nowhere to go.
    child.stderr?.destroy();
    child.stdout?.destroy();
    child.kill("SIGHUP");
    await ended;
    await gone(server);
    expect(await readdir(temporary), "the demo leaves nothing behind").toEqual([]);
  } finally {
    await rm(temporary, { recursive: true, force: true, maxRetries: 3 });
  }
});
