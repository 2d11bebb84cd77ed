import { expect, test } from "vitest";
import { readInstant } from "../../core/conversions.ts";
import { dayBefore, organisationTime } from "./organisation-time.ts";

test("an instant is written with the organisation's offset of that moment", () => {
  const winter = Date.parse("2026-01-15T12:00:00Z");
  const summer = Date.parse("2026-07-15T12:00:00Z");
  expect(organisationTime(winter, "America/New_York")).toBe("2026-01-15T07:00:00-0500");
  expect(organisationTime(summer, "America/New_York")).toBe("2026-07-15T08:00:00-0400");
  expect(organisationTime(winter, "Asia/Kolkata")).toBe("2026-01-15T17:30:00+0530");
  expect(organisationTime(winter, "UTC")).toBe("2026-01-15T12:00:00+0000");
  expect(organisationTime(winter, "Nowhere/Land")).toBe("2026-01-15T12:00:00+0000");
});

test("every written instant reads back as itself, over a whole year with its changes of clock", () => {
  const start = Date.parse("2026-01-01T00:00:00Z");
  for (let hour = 0; hour < 366 * 24; hour += 1) {
    const instant = start + hour * 3_600_000;
    expect(readInstant(organisationTime(instant, "Europe/Amsterdam"))).toBe(instant);
  }
});

test("a day before crosses months", () => {
  expect(dayBefore("2026-03-01", 1)).toBe("2026-02-28");
});
