import { expect, test } from "vitest";
import {
  decimalText,
  moneyText,
  optionalFlag,
  optionalId,
  optionalList,
  optionalMoney,
  optionalText,
} from "./fields.ts";
import { readMoment, saudiDay } from "./moments.ts";
import { e164 } from "./phone.ts";

test.each([
  [{ date: "2022-10-17 18:58:07.000000", timezone_type: 3, timezone: "Asia/Riyadh" }, "2022-10-17T15:58:07.000Z"],
  [{ date: "2022-10-17 18:58:07.120000", timezone_type: 1, timezone: "+02:00" }, "2022-10-17T16:58:07.120Z"],
  [{ date: "2026-07-01 12:00:00", timezone_type: 3, timezone: "Europe/Berlin" }, "2026-07-01T10:00:00.000Z"],
  [{ date: "2026-03-29 03:30:00", timezone: "Europe/Berlin" }, "2026-03-29T01:30:00.000Z"],
  [{ date: "2026-07-01 12:00:00", timezone: "Nowhere/At All" }, "2026-07-01T09:00:00.000Z"],
  ["2024-03-06 13:50:32", "2024-03-06T10:50:32.000Z"],
  ["2021-12-03", "2021-12-02T21:00:00.000Z"],
  ["Sun Jun 26 2022 12:21:48 GMT+0300", "2022-06-26T09:21:48.000Z"],
  ["Sun Jun 26 2022 12:21:48 GMT+0300 (Arabian Standard Time)", "2022-06-26T09:21:48.000Z"],
  ["2022-06-26T12:21:48+0300", "2022-06-26T09:21:48.000Z"],
])("%j is the moment %s", (value, expected) => {
  expect(new Date(readMoment(value) ?? Number.NaN).toISOString()).toBe(expected);
});

test.each([
  null,
  "",
  "soon",
  "2022-02-30 10:00:00",
  { date: 5 },
  {},
  [],
  "Sun Foo 26 2022 12:21:48 GMT+0300",
  1_634_819_484,
])("%j is no moment", (value) => {
  expect(readMoment(value)).toBeNull();
});

test("a Saudi day begins three hours before UTC's", () => {
  expect(saudiDay(Date.parse("2026-01-05T21:30:00Z"))).toBe("2026-01-06");
  expect(saudiDay(Date.parse("2026-01-05T20:30:00Z"), 1)).toBe("2026-01-04");
});

test.each([
  ["501724227", "+966", "+966501724227"],
  ["0501724227", "966", "+966501724227"],
  ["966501724227", "+966", "+966501724227"],
  ["+966501724227", "", "+966501724227"],
  ["00966 50 172-4227", "", "+966501724227"],
  ["966501724227", "", "+966501724227"],
  ["0501724227", "", "+966501724227"],
  ["٠٥٠١٧٢٤٢٢٧", "", "+966501724227"],
  ["1234567", "+20", "+201234567"],
  ["501724227", "+971", "+971501724227"],
])("the number %s with the code %j is %s", (mobile, code, expected) => {
  expect(e164(mobile, code)).toBe(expected);
});

test.each([
  ["", ""],
  ["", "+966"],
  ["12345", ""],
  ["+12345", ""],
  ["1234567890123456", "+966"],
  ["call me", "+966"],
  ["201234567890", ""],
])("of %j with %j nothing can be told", (mobile, code) => {
  expect(e164(mobile, code)).toBeNull();
});

test("amounts stay exact, as numbers and as texts", () => {
  expect(
    ["1000.00", 60.22, "0.1", 0, "-3.5", "12345678901234567890.12"].map((value) => decimalText.parse(value)),
  ).toEqual(["1000", "60.22", "0.1", "0", "-3.5", "12345678901234567890.12"]);
  for (const wrong of ["", "1,000", "ten", "1e5", null, {}, Number.NaN])
    expect(decimalText.safeParse(wrong).success).toBe(false);
  expect(moneyText.parse({ amount: "1.50", currency: "SAR" })).toEqual({ amount: "1.5", currency: "SAR" });
  expect(moneyText.parse(1.5)).toEqual({ amount: "1.5", currency: "" });
});

test("nothing comes in five forms", () => {
  for (const none of [null, undefined, "", [], {}]) {
    expect(optionalMoney.parse(none)).toBeNull();
    expect(optionalId.parse(none)).toBeNull();
    expect(optionalFlag.parse(none)).toBeNull();
  }
  for (const none of [null, undefined, "", {}, []]) {
    expect(optionalText.parse(none)).toBe("");
    expect(optionalList(optionalId).parse(none)).toEqual([]);
  }
  expect([true, "1", 1, false, "0", 0].map((flag) => optionalFlag.parse(flag))).toEqual([
    true,
    true,
    true,
    false,
    false,
    false,
  ]);
});
