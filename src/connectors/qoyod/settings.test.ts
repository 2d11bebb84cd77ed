import { expect, test } from "vitest";
import { readInput } from "../../core/invalid-fields.ts";
import { apiUrl, budgetLimits, qoyodSecrets, qoyodSettings } from "./settings.ts";

test("without any setting, calls stay below Qoyod's limit at its present address", () => {
  const settings = readInput(qoyodSettings, {});
  expect(apiUrl(settings)).toBe("https://api.qoyod.com/2.0");
  expect(budgetLimits(settings)).toEqual({
    perMinute: 240,
    perDay: null,
    concurrency: 4,
    dayReserve: 0,
    minuteMs: 60_000,
  });
  expect(settings.longestWorkMs).toBe(180_000);
});

test.each([
  [{ apiUrl: "http://api.qoyod.com/2.0" }, "apiUrl is"],
  [{ apiUrl: "qoyod" }, "apiUrl is"],
  [{ perMinute: 301 }, "at most 300, the limit of Qoyod"],
  [{ perPage: 1 }, "perPage is 1"],
  [{ perPage: 501 }, "perPage is 501"],
  [{ organisation: "7" }, "organisation is not known"],
])("%j is refused by name", (given, words) => {
  expect(() => readInput(qoyodSettings, given)).toThrow(words);
});

test("plain http is for this machine alone, where a minute may be short", () => {
  const settings = readInput(qoyodSettings, { apiUrl: "http://127.0.0.1:9/2.0/", perMinute: 900, minuteMs: 1_000 });
  expect(apiUrl(settings)).toBe("http://127.0.0.1:9/2.0");
});

test.each([{}, { apiKey: "" }, { apiKey: "short" }, { apiKey: "two words here" }, { apiKey: "line\r\nbreak-in-it" }])(
  "a key that cannot be one is refused, and not repeated: %j",
  (given) => {
    expect(() => readInput(qoyodSecrets, given, { secret: true })).toThrow(/^apiKey .*made and saved in Qoyod/);
  },
);

test("a key is taken without the spaces around it", () => {
  expect(readInput(qoyodSecrets, { apiKey: " made-up-key-1234 \n" })).toEqual({ apiKey: "made-up-key-1234" });
});
