import { existsSync, realpathSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";

/** Where everything of one embedded database lies. All paths are absolute, with symbolic links resolved. */
export interface FolderLayout {
  readonly folder: string;
  /** PostgreSQL's own folder (PGDATA); its unix socket is in there too. */
  readonly cluster: string;
  readonly databaseFile: string;
  /** Held alone while the server is initialised, started or stopped. */
  readonly startLock: string;
  /** Held together by all processes that use the server. */
  readonly useLock: string;
  readonly log: string;
  readonly olderLog: string;
}

/** Everything half-made carries this word, so that it can be told from data and cleared. */
export const partialMark = ".partial";

/** Names the files of a data folder. The folder itself need not exist yet. */
export function layoutOf(folder: string): FolderLayout {
  const real = realPathOf(resolve(folder));
  return {
    folder: real,
    cluster: join(real, "postgres"),
    databaseFile: join(real, "mizan-database.json"),
    startLock: join(real, "starting.lock"),
    useLock: join(real, "in-use.lock"),
    log: join(real, "postgres.log"),
    olderLog: join(real, "postgres.log.1"),
  };
}

/** How a copy of PostgreSQL's program is named, wherever it lies. */
export const programCopyPrefix = "mizan-postgres-";

/** Whether a folder that holds only this name is still as good as empty: what a killed first start left. */
export function isTrace(name: string): boolean {
  return name === "starting.lock" || name.includes(partialMark) || name.startsWith(programCopyPrefix);
}

/** The nearest folder above (or at) the path that exists. */
export function nearestExisting(path: string): string {
  let current = path;
  while (!existsSync(current) && dirname(current) !== current) current = dirname(current);
  return current;
}

// Two spellings of one folder must give one database, also before the folder exists.
function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(realPathOf(parent), basename(path));
  }
}
