import type { Fault } from "../operations/fault.ts";

/** Data goes to standard output, so that it can be piped. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** One JSON document, for `--json`. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, process.stdout.isTTY ? 2 : 0));
}

/** Words for people go to standard error, so that they never mix with data. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** An error for people, or as one JSON document where data was asked for as JSON. */
export function sayFault({ kind, ...fault }: Fault, json: boolean): void {
  if (json) printJson({ error: fault });
  say(`mizan: ${kind === "bug" ? "a fault in Mizan: " : ""}${clean(withMoments(fault.message))}`);
  if (fault.action !== undefined) say(`  ${clean(withMoments(fault.action))}`);
  if (fault.retryAt !== undefined) say(`  Try again after ${moment(fault.retryAt)}.`);
}

/** A moment as people read it: in their own time zone, which is named, as in `+02:00` or `UTC`; a dash where there is none. */
export function moment(at: Date | string | null): string {
  if (at === null) return "–";
  const date = new Date(at);
  const two = (number: number) => String(number).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const ahead = -date.getTimezoneOffset();
  const [hours, minutes] = [Math.trunc(Math.abs(ahead) / 60), Math.abs(ahead) % 60];
  const zone = ahead === 0 ? "UTC" : `${ahead < 0 ? "-" : "+"}${two(hours)}:${two(minutes)}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())} ${zone}`;
}

/** Words of Mizan in which a moment stands as machines write it (`2026-03-01T09:00:00.000Z`), with that as `moment` has it. */
export function withMoments(text: string): string {
  return text.replace(/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, (found) => moment(found));
}

/** A number with its thousands parted. */
export function number(value: number): string {
  return value.toLocaleString("en-US");
}

/**
 * Text of a vendor, safe for a terminal: control characters and those that turn the writing direction round could
 * otherwise rewrite what is on the screen. Isolates that are closed again stay: Arabic reasons have them around names
 * and numbers, and they turn nothing round outside themselves.
 */
export function clean(text: string): string {
  const safe = text.replace(/[\p{Cc}\u202a-\u202e\u2066\u2067]/gu, (found) => (/\s/.test(found) ? " " : "\ufffd"));
  return closesIsolates(safe) ? safe : safe.replace(/[\u2068\u2069]/g, "\ufffd");
}

function closesIsolates(text: string): boolean {
  let open = 0;
  for (const [mark] of text.matchAll(/[\u2068\u2069]/g)) {
    open += mark === "\u2068" ? 1 : -1;
    if (open < 0) return false;
  }
  return open === 0;
}
