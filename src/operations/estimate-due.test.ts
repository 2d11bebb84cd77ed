import { expect, test } from "vitest";
import type { RangeCount } from "../core/resources.ts";
import { estimateDue } from "./estimate-due.ts";

const pageSize = 200;

/** A list of which some places are due; pages are met as doubling meets them, and the last one. */
function listOf(rows: number, isDue: (place: number) => boolean) {
  const asked: number[] = [];
  const part = (page: number) => {
    const from = (page - 1) * pageSize;
    const to = Math.min(rows, from + pageSize);
    return { from, to, rows: Array.from({ length: to - from }, (_, index) => from + index) };
  };
  const pages = Math.ceil(rows / pageSize);
  const met = [1, 2, 4, 8, 16, 32, 64, 128, 256].filter((page) => page < pages);
  const counted: RangeCount<number> = {
    rows,
    parts: [...met, pages].map(part),
    listCalls: pages,
    partAt: async (place) => {
      asked.push(place);
      return part(Math.floor(place / pageSize) + 1);
    },
  };
  return { asked, estimate: () => estimateDue(counted, async (some) => some.filter(isDue).length) };
}

test.each([0.1, 0.25, 0.395, 0.5, 0.7, 0.9])("50,000 orders of which the newest %d are in", async (done) => {
  const { asked, estimate } = listOf(50_000, (place) => place >= 50_000 * done);
  const due = 50_000 * (1 - done);
  expect(Math.abs((await estimate()) - due)).toBeLessThanOrEqual(0.05 * due);
  expect(asked.length).toBeLessThanOrEqual(20);
});

test("what is done in the middle is found too", async () => {
  const { estimate } = listOf(4_000, (place) => place < 1_700 || place >= 2_900);
  expect(await estimate()).toBe(2_800);
});

test("where every page agrees, a few more are looked at, and none when all were met", async () => {
  const fresh = listOf(5_000, () => true);
  expect(await fresh.estimate()).toBe(5_000);
  expect(fresh.asked.length).toBeLessThanOrEqual(3);
  const short = listOf(390, (place) => place % 3 > 0);
  expect([await short.estimate(), short.asked]).toEqual([260, []]);
  expect(await listOf(150, () => false).estimate()).toBe(0);
});
