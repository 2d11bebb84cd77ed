import { expect, test } from "vitest";
import { systemClock } from "./system-clock.ts";

test("sleeps at least as long as asked", async () => {
  const before = systemClock.now();
  await systemClock.sleep(20);
  expect(systemClock.now() - before).toBeGreaterThanOrEqual(20);
});

test("an abort ends the sleep with its reason, and a sleep of a month does not end at once", async () => {
  const abort = new AbortController();
  const reason = new Error("enough");
  const sleep = systemClock.sleep(31 * 86_400_000, abort.signal);
  const first = await Promise.race([sleep.then(() => "slept"), systemClock.sleep(20).then(() => "still asleep")]);
  expect(first).toBe("still asleep");
  abort.abort(reason);
  await expect(sleep).rejects.toBe(reason);
  await expect(systemClock.sleep(1_000, abort.signal)).rejects.toBe(reason);
});
