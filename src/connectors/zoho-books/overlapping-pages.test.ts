import { expect, test } from "vitest";
import { pageAfter } from "./overlapping-pages.ts";

test("each page begins inside what was read, reaches beyond it, and costs few calls more than full pages", () => {
  for (const rows of [200, 1_000, 4_000, 20_000, 100_000]) {
    let end = 0;
    let calls = 0;
    while (end < rows) {
      const { page, perPage } = pageAfter(end);
      const start = (page - 1) * perPage;
      expect(perPage).toBeLessThanOrEqual(200);
      expect(start).toBeLessThan(Math.max(end, 1));
      expect(start + perPage).toBeGreaterThan(end);
      end = start + perPage;
      calls += 1;
    }
    expect(calls).toBeLessThanOrEqual(Math.ceil((rows / 200) * 1.1) + 1);
  }
});
