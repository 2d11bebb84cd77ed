const offsetFormats = new Map<string, Intl.DateTimeFormat>();

/**
 * A moment in the form that Zoho writes and reads, `2026-06-09T13:15:55-0400`: local time of the organisation with its
 * offset of that moment, no colon, whole seconds (README, "Timestamps").
 * @param instantMs milliseconds since 1970. @param timeZone an IANA name; an unknown one is written as UTC.
 */
export function organisationTime(instantMs: number, timeZone: string): string {
  const offsetMinutes = offsetAt(instantMs, timeZone);
  const local = new Date(instantMs + offsetMinutes * 60_000).toISOString().slice(0, 19);
  const size = Math.abs(offsetMinutes);
  const clock = `${String(Math.floor(size / 60)).padStart(2, "0")}${String(size % 60).padStart(2, "0")}`;
  return `${local}${offsetMinutes < 0 ? "-" : "+"}${clock}`;
}

/** The calendar day `days` before a day `YYYY-MM-DD`. */
export function dayBefore(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) - days * 86_400_000).toISOString().slice(0, 10);
}

function offsetAt(instantMs: number, timeZone: string): number {
  const named = formatFor(timeZone)
    .formatToParts(instantMs)
    .find(({ type }) => type === "timeZoneName")?.value;
  const match = /^GMT(?:([+-])(\d{2}):(\d{2}))?/.exec(named ?? "");
  const [, sign, hours, minutes] = match ?? [];
  const size = Number(hours ?? 0) * 60 + Number(minutes ?? 0);
  return sign === "-" ? -size : size;
}

function formatFor(timeZone: string): Intl.DateTimeFormat {
  const known = offsetFormats.get(timeZone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat("en-US", { timeZone: knownZone(timeZone), timeZoneName: "longOffset" });
  offsetFormats.set(timeZone, format);
  return format;
}

function knownZone(timeZone: string): string {
  try {
    return new Intl.DateTimeFormat("en-US", { timeZone }).resolvedOptions().timeZone;
  } catch {
    return "UTC";
  }
}
