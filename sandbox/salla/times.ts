import { textOf } from "../wire.ts";

/** Riyadh is three hours ahead of UTC all year. */
const RIYADH_MS = 3 * 3_600_000;
const days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"] as const;
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"] as const;

/** Of products and app events: `2024-03-06 13:50:32`, without a zone. */
export function plainTime(instantMs: number): string {
  return new Date(instantMs + RIYADH_MS).toISOString().slice(0, 19).replace("T", " ");
}

/** Of orders and customers: `{date: "2022-10-17 18:58:07.000000", timezone_type: 3, timezone: "Asia/Riyadh"}`. */
export function zonedTime(instantMs: number): { date: string; timezone_type: number; timezone: string } {
  return { date: `${plainTime(instantMs)}.000000`, timezone_type: 3, timezone: "Asia/Riyadh" };
}

/** Of invoices and of filters: `2021-12-03`. */
export function dayOf(instantMs: number): string {
  return plainTime(instantMs).slice(0, 10);
}

/** Of store events: `Sun Jun 26 2022 12:21:48 GMT+0300`. */
export function eventTime(instantMs: number): string {
  const local = new Date(instantMs + RIYADH_MS);
  const day = String(local.getUTCDate()).padStart(2, "0");
  const date = `${days[local.getUTCDay()]} ${months[local.getUTCMonth()]} ${day} ${local.getUTCFullYear()}`;
  return `${date} ${local.toISOString().slice(11, 19)} GMT+0300`;
}

/**
 * A moment that a merchant gives: `2026-03-01 10:00:00` or `2026-03-01` in Riyadh, or with a zone.
 * @throws RangeError when it is no moment.
 */
export function readMoment(value: unknown, name: string): number {
  const text = textOf(value).replace(" ", "T");
  const local = /^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d)?$/.test(text);
  const full = text.length === 10 ? `${text}T00:00:00` : text;
  const instant = Date.parse(local ? `${full}+03:00` : text);
  if (!Number.isNaN(instant)) return Math.floor(instant / 1000) * 1000;
  throw new RangeError(`${name} ${JSON.stringify(value)} is no time such as 2026-03-01 10:00:00`);
}
