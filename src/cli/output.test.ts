import { expect, test } from "vitest";
import { explain } from "../core/reasons.ts";
import { clean } from "./output.ts";
import { textWidth } from "./table.ts";

test("an Arabic reason keeps the isolates around its values, which take no room in a table", () => {
  const { sentence } = explain({ code: "field-missing", parameters: { field: "name", vendor: "Zoho Books" } }, "ar");
  expect(sentence).toContain("\u2068name\u2069");
  expect(clean(sentence)).toBe(sentence);
  expect(textWidth("\u2068name\u2069")).toBe(4);
});

test.each([
  ["an override", "a\u202eb", "a\ufffdb"],
  ["an isolate that turns round", "a\u2067b\u2069", "a\ufffdb\ufffd"],
  ["an isolate that stays open", "a\u2068b", "a\ufffdb"],
  ["an isolate that is closed before it is opened", "a\u2069b\u2068", "a\ufffdb\ufffd"],
  ["an escape sequence", "a\u001b[2Jb", "a\ufffd[2Jb"],
  ["a line break", "a\nb", "a b"],
])("%s in a vendor's text does nothing on a terminal", (_, text, safe) => {
  expect(clean(text)).toBe(safe);
});
