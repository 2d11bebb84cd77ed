import { expect, test } from "vitest";
import { lookedAt } from "./flow-words.ts";

const none = { created: 0, updated: 0, unchanged: 0, skipped: 0, waiting: 0, rejected: 0 };

test.each([
  [1, [{ counts: { ...none, waiting: 1 } }], "1 record was looked at again."],
  [4, [{ counts: { ...none, rejected: 3 } }, { counts: { ...none, created: 1 } }], "4 records were looked at again."],
  [2, [{ counts: { ...none, rejected: 2, updated: 2 } }], "2 records were looked at again, and 2 whose time had come."],
  [2, [], "2 records were looked at again."],
])("a retry of %d tells those that came along", (marked, flows, words) => {
  expect(lookedAt(marked, flows)).toBe(words);
});
