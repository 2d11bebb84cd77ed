import { type Config, readConfig } from "../core/config.ts";
import { InvalidInput } from "../core/errors.ts";
import type { Mizan } from "../main.ts";
import { faultOf } from "../operations/fault.ts";
import { exitCodes } from "./exit-codes.ts";
import { logTo } from "./log-lines.ts";
import { stopSignal } from "./stop-signal.ts";

/** What a command works with. */
export interface Setting {
  readonly mizan: Mizan;
  readonly desk: Mizan["desk"];
  readonly config: Config;
  /** aborts at the first Ctrl-C */
  readonly signal: AbortSignal;
}

/**
 * Opens Mizan for one command and closes it whatever happens.
 * @param work its number, where it gives one, is the exit code
 */
export async function withMizan(work: (setting: Setting) => Promise<unknown>): Promise<void> {
  const config = readConfig(process.env);
  const stop = stopSignal("Stopping at the next record boundary. Press Ctrl-C again to end at once.");
  try {
    const mizan = await openedMizan(config, "error");
    try {
      const code = await work({ mizan, desk: mizan.desk, config, signal: stop.signal });
      process.exitCode = stop.exitCode() ?? (typeof code === "number" ? code : exitCodes.done);
    } finally {
      await mizan.close();
    }
  } catch (error) {
    const code = stop.exitCode();
    if (code === null || faultOf(error).kind === "bug") throw error;
    process.exitCode = code;
  } finally {
    stop.release();
  }
}

/**
 * Opens Mizan with its log on standard error.
 * @param quiet the least level that is shown unless MIZAN_LOG_LEVEL asks for more
 * @throws {InvalidInput} when the database server of MIZAN_DATABASE_URL cannot be used
 */
export async function openedMizan(config: Config, quiet: "info" | "error"): Promise<Mizan> {
  // Loaded only here, so that help and wrong options answer without waiting for it.
  const { openMizan } = await import("../main.ts");
  const level = config.MIZAN_LOG_LEVEL === "debug" ? "debug" : quiet === "info" ? config.MIZAN_LOG_LEVEL : quiet;
  try {
    return await openMizan(config, { log: logTo(level) });
  } catch (error) {
    const { kind, message } = faultOf(error);
    if (kind !== "bug" || config.MIZAN_DATABASE_URL === undefined) throw error;
    throw new InvalidInput("MIZAN_DATABASE_URL", `the database of MIZAN_DATABASE_URL cannot be used: ${message}`);
  }
}
