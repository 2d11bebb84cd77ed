const QUARTER_MS = 900_000;
const MINUTE_MS = 60_000;
const MAX_CACHED_OFFSETS = 20_000;

const formats = new Map<string, Intl.DateTimeFormat>();
const offsets = new Map<string, number>();

/** Zoho's form everywhere: `2026-06-09T13:15:55-0400`, the organisation's own offset of that moment, no colon. */
export function zohoTime(instantMs: number, zone: string): string {
  const offset = offsetMinutes(instantMs, zone);
  const local = new Date(instantMs + offset * MINUTE_MS).toISOString().slice(0, 19);
  const size = Math.abs(offset);
  const hours = String(Math.floor(size / 60)).padStart(2, "0");
  return `${local}${offset < 0 ? "-" : "+"}${hours}${String(size % 60).padStart(2, "0")}`;
}

/** Reads the form of {@link zohoTime}; undefined for any other (a colon in the offset, a `Z`, a space for a `+`). */
export function parseZohoTime(text: string): number | undefined {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)([+-])(\d\d)(\d\d)$/.exec(text);
  if (match === null) return undefined;
  const [, local, sign, hours, minutes] = match;
  const instant = Date.parse(`${local}Z`);
  if (Number.isNaN(instant)) return undefined;
  const offset = (Number(hours) * 60 + Number(minutes)) * (sign === "-" ? -1 : 1);
  return instant - offset * MINUTE_MS;
}

/** The calendar day `2026-06-09` at that moment in that zone. */
export function localDay(instantMs: number, zone: string): string {
  return zohoTime(instantMs, zone).slice(0, 10);
}

/** The moment of a wall clock reading `2026-06-09T13:15:55` in that zone; undefined when it is no date. */
export function instantOfLocal(local: string, zone: string): number | undefined {
  const asUtc = Date.parse(`${local}Z`);
  if (Number.isNaN(asUtc)) return undefined;
  // The offset is looked up twice because the first guess may lie on the other side of a clock change.
  const guess = asUtc - offsetMinutes(asUtc, zone) * MINUTE_MS;
  return asUtc - offsetMinutes(guess, zone) * MINUTE_MS;
}

/** The next midnight of the organisation, when Zoho's daily counter starts again (seen in recordings). */
export function nextMidnight(instantMs: number, zone: string): number {
  const today = Date.parse(`${localDay(instantMs, zone)}T00:00:00Z`);
  const tomorrow = new Date(today + 24 * 60 * MINUTE_MS).toISOString().slice(0, 19);
  return instantOfLocal(tomorrow, zone) ?? instantMs;
}

/** True when the runtime knows the zone. */
export function isTimeZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat("en-US", { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

/** Offsets change on quarter hours only, so one look-up serves every moment of a quarter. */
function offsetMinutes(instantMs: number, zone: string): number {
  const quarter = Math.floor(instantMs / QUARTER_MS);
  const key = `${zone} ${quarter}`;
  const known = offsets.get(key);
  if (known !== undefined) return known;
  if (offsets.size >= MAX_CACHED_OFFSETS) offsets.clear();
  const offset = computeOffset(quarter * QUARTER_MS, zone);
  offsets.set(key, offset);
  return offset;
}

function computeOffset(instantMs: number, zone: string): number {
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
    });
    formats.set(zone, format);
  }
  const parts = Object.fromEntries(format.formatToParts(instantMs).map(({ type, value }) => [type, value]));
  const local = Date.parse(`${parts.year}-${parts.month}-${parts.day}T${parts.hour}:${parts.minute}:${parts.second}Z`);
  return Math.round((local - instantMs) / MINUTE_MS);
}
