import type { Config } from "../core/config.ts";
import type { MizanOptions } from "../main.ts";
import { clean, say } from "./output.ts";

type Log = NonNullable<MizanOptions["log"]>;

const levels = ["debug", "info", "warn", "error"] as const;

/** Writes the log to standard error, a line each: time, level, message and fields as name=value. */
export function logTo(least: Config["MIZAN_LOG_LEVEL"]): Log {
  return (level, message, fields = {}) => {
    if (levels.indexOf(level) < levels.indexOf(least)) return;
    const said = Object.entries(fields).map(([name, value]) => `${name}=${fieldWords(value)}`);
    say(clean([new Date().toISOString(), level.padEnd(5), message, ...said].join(" ")));
  };
}

function fieldWords(value: unknown): string {
  if (value instanceof Error) return JSON.stringify(value.stack ?? value.message);
  return typeof value === "string" && /^[\w.:/@-]+$/.test(value) ? value : JSON.stringify(value);
}
