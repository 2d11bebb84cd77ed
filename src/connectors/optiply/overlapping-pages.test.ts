import { expect, test } from "vitest";
import { pageAfter } from "./overlapping-pages.ts";

test("a page begins inside the one before, at a multiple of its limit, and nearly all of it is new", () => {
  expect(pageAfter(0)).toEqual({ limit: 100, offset: 0 });
  expect(pageAfter(100)).toEqual({ limit: 99, offset: 99 });
  for (let end = 1; end < 5_000; end += 1) {
    const { limit, offset } = pageAfter(end);
    expect(offset % limit).toBe(0);
    expect(offset).toBeLessThan(end);
    expect(limit).toBeLessThanOrEqual(100);
    if (end >= 100) expect(offset + limit - end).toBeGreaterThan(50);
  }
});
