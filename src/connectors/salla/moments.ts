/** Where a Salla date names no zone, or one that is unknown: Salla is a Saudi platform (salla.md 4.1). */
const usualZone = "Asia/Riyadh";
const minuteMs = 60_000;

const offsetFormats = new Map<string, Intl.DateTimeFormat>();

/**
 * Reads a date in any of the forms that Salla sends (salla.md 4.1, 6.2):
 * - `{"date": "2022-10-17 18:58:07.000000", "timezone_type": 3, "timezone": "Asia/Riyadh"}` in orders and customers;
 * - `"2024-03-06 13:50:32"` and `"2021-12-03"` without a zone, taken as Saudi time, in products, app events and invoices;
 * - `"Sun Jun 26 2022 12:21:48 GMT+0300"` in events of the store, and timestamps with their offset.
 * @returns milliseconds since 1970 UTC, or null where it is no date.
 */
export function readMoment(value: unknown): number | null {
  if (value !== null && typeof value === "object" && "date" in value && typeof value.date === "string") {
    const zone = "timezone" in value && typeof value.timezone === "string" ? value.timezone : usualZone;
    return readLocal(value.date, zone);
  }
  if (typeof value !== "string") return null;
  return readLocal(value, usualZone) ?? readScript(value) ?? readZoned(value);
}

/** The calendar day in Saudi Arabia, `YYYY-MM-DD`, `days` before a moment: what `from_date` and `to_date` mean. */
export function saudiDay(instantMs: number, days = 0): string {
  const local = instantMs + offsetMinutes(usualZone, instantMs) * minuteMs - days * 86_400_000;
  return new Date(local).toISOString().slice(0, 10);
}

function readLocal(text: string, zone: string): number | null {
  const match = /^(\d{4}-\d{2}-\d{2})(?:[ T](\d{2}:\d{2}:\d{2})(?:\.(\d{1,3})\d{0,6})?)?$/.exec(text.trim());
  if (match === null) return null;
  const [, day = "", time = "00:00:00", fraction = "0"] = match;
  const asUtc = Date.parse(`${day}T${time}.${fraction.padEnd(3, "0")}Z`);
  // A day that does not exist is moved on by Date.parse or refused by it, depending on the engine.
  if (Number.isNaN(asUtc) || !new Date(asUtc).toISOString().startsWith(day)) return null;
  const guess = asUtc - offsetMinutes(zone, asUtc) * minuteMs;
  return asUtc - offsetMinutes(zone, guess) * minuteMs;
}

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** As JavaScript writes a date. It is read by hand, because what an engine accepts besides is its own affair. */
function readScript(text: string): number | null {
  const pattern =
    /^[A-Z][a-z]{2} ([A-Z][a-z]{2}) (\d{2}) (\d{4}) (\d{2}:\d{2}:\d{2}) GMT([+-]\d{2})(\d{2})(?: \(.*\))?$/;
  const [, month = "", day, year, time, hours, minutes] = pattern.exec(text.trim()) ?? [];
  const number = months.indexOf(month) + 1;
  if (number === 0) return null;
  return readZoned(`${year}-${String(number).padStart(2, "0")}-${day}T${time}${hours}:${minutes}`);
}

function readZoned(text: string): number | null {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:?\d{2})$/.test(text)) return null;
  const instant = Date.parse(text.replace(/([+-]\d{2})(\d{2})$/, "$1:$2"));
  return Number.isNaN(instant) ? null : instant;
}

/** How far a zone is ahead of UTC at a moment; a zone may be an IANA name or an offset such as `+03:00`. */
function offsetMinutes(zone: string, instantMs: number): number {
  const fixed = /^([+-])(\d{2}):?(\d{2})$/.exec(zone);
  if (fixed !== null) return signed(fixed[1], fixed[2], fixed[3]);
  const named = formatFor(zone)
    .formatToParts(instantMs)
    .find(({ type }) => type === "timeZoneName")?.value;
  const [, sign, hours, minutes] = /^GMT(?:([+-])(\d{2}):(\d{2}))?/.exec(named ?? "") ?? [];
  return signed(sign, hours, minutes);
}

function signed(sign: string | undefined, hours = "0", minutes = "0"): number {
  const size = Number(hours) * 60 + Number(minutes);
  return sign === "-" ? -size : size;
}

/** Zones remembered at most; Salla's answers name a handful. */
const zonesMax = 100;

function formatFor(zone: string): Intl.DateTimeFormat {
  const known = offsetFormats.get(zone);
  if (known !== undefined) return known;
  if (offsetFormats.size >= zonesMax) offsetFormats.clear();
  const format = new Intl.DateTimeFormat("en-US", { timeZone: knownZone(zone), timeZoneName: "longOffset" });
  offsetFormats.set(zone, format);
  return format;
}

function knownZone(zone: string): string {
  try {
    return new Intl.DateTimeFormat("en-US", { timeZone: zone }).resolvedOptions().timeZone;
  } catch {
    return usualZone;
  }
}
