import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { takeLock, tryLock } from "./folder-lock.ts";

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mizan-lock-"));
  path = join(folder, "the.lock");
});
afterEach(() => rmSync(folder, { recursive: true }));

it("is held by one alone, or by many together", () => {
  const alone = tryLock(path, "alone");
  expect(alone).toBeDefined();
  expect(tryLock(path, "alone")).toBeUndefined();
  expect(tryLock(path, "together")).toBeUndefined();
  alone?.release();
  const one = tryLock(path, "together");
  const two = tryLock(path, "together");
  expect([one, two]).not.toContain(undefined);
  one?.release();
  expect(tryLock(path, "alone")).toBeUndefined();
  two?.release();
  expect(tryLock(path, "alone")?.release()).toBeUndefined();
});

it("writes nothing, neither into its file nor beside it", () => {
  const lock = tryLock(path, "alone");
  expect(readdirSync(folder)).toEqual(["the.lock"]);
  lock?.release();
  tryLock(path, "together")?.release();
  expect(readdirSync(folder)).toEqual(["the.lock"]);
  expect(statSync(path).size).toBe(0);
});

it("is free again when its holder is killed, and not before", async () => {
  const program = `
    import { takeLock } from ${JSON.stringify(new URL("./folder-lock.ts", import.meta.url).href)};
    await takeLock(${JSON.stringify(path)}, "alone", 1000);
    process.stdout.write("held");
    setInterval(() => undefined, 1000);
  `;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  expect(tryLock(path, "together")).toBeUndefined();
  const waiting = takeLock(path, "alone", 10_000);
  child.kill("SIGKILL");
  (await waiting).release();
});

it("names the file when it is not free in time", async () => {
  const alone = tryLock(path, "alone");
  await expect(takeLock(path, "together", 50)).rejects.toMatchObject({
    code: "lock-unusable",
    message: expect.stringContaining(path),
  });
  alone?.release();
});

it("does not give two holders a lock when its file is discarded", async () => {
  const first = tryLock(path, "alone");
  const second = takeLock(path, "alone", 1000);
  first?.discard();
  const lock = await second;
  expect(tryLock(path, "alone")).toBeUndefined();
  lock.release();
});
