import type { Facts } from "../core/connector.ts";
import { clean } from "./output.ts";

/** What a probe found, a line each: `salesordersFilter: "inclusive"` becomes `salesorders filter   inclusive`. */
export function factLines(facts: Facts): string[] {
  const lines = Object.entries(facts).flatMap(([name, value]) =>
    value === null || value === "" ? [] : [[nameWords(name), valueWords(value)] as const],
  );
  const width = Math.max(0, ...lines.map(([name]) => name.length));
  lines.sort(([one], [other]) => (one < other ? -1 : 1));
  return lines.map(([name, value]) => `${name.padEnd(width)}  ${clean(value)}`);
}

function nameWords(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function valueWords(value: NonNullable<Facts[string]>): string {
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "object") return value.join(", ") || "none";
  return String(value);
}
