import { spawn } from "node:child_process";
import type { ServerOwner } from "./server-owner.ts";

/** How a finished program ended. */
export interface ProgramResult {
  readonly code: number | null;
  /** Its last output, both streams together, bounded. */
  readonly output: string;
}

const outputCharsKept = 16_384;

/** Runs one of PostgreSQL's programs to its end. Rejects only when it cannot be started at all. */
export function runProgram(
  path: string,
  args: readonly string[],
  options: { owner: ServerOwner | undefined; cwd: string; input?: string },
): Promise<ProgramResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(path, args, {
      ...options.owner,
      cwd: options.cwd,
      env: cleanEnvironment(),
      stdio: ["pipe", "pipe", "pipe"],
      windowsHide: true,
    });
    let output = "";
    const collect = (chunk: string) => {
      output = (output + chunk).slice(-outputCharsKept);
    };
    child.stdout.setEncoding("utf8").on("data", collect);
    child.stderr.setEncoding("utf8").on("data", collect);
    // A program that ends before it has read its input breaks the pipe; its exit code tells the story better.
    child.stdin.on("error", () => undefined);
    child.stdin.end(options.input ?? "");
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, output: output.trim() }));
  });
}

/**
 * The environment of PostgreSQL's programs. Ours holds secrets, and PGDATA, PGPORT or LC_ALL of the caller would change
 * the database, so nothing of it is handed on but what the system itself needs.
 */
export function cleanEnvironment(): NodeJS.ProcessEnv {
  const { PATH, SystemRoot, TEMP } = process.env;
  return {
    LC_ALL: "C",
    TZ: "UTC",
    ...(PATH === undefined ? {} : { PATH }),
    ...(SystemRoot === undefined ? {} : { SystemRoot }),
    ...(TEMP === undefined ? {} : { TEMP }),
  };
}

/**
 * How the cluster is named to PostgreSQL's programs, which are started inside it. Their user may be unable to walk down
 * to the folder (a clone under /root, mode 0700), but Linux opens /proc/self/cwd without walking. Elsewhere the plain path.
 */
export function clusterArgument(cluster: string): string {
  return process.platform === "linux" ? "/proc/self/cwd" : cluster;
}
