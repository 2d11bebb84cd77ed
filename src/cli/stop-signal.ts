import { exitCodes } from "./exit-codes.ts";
import { say } from "./output.ts";

/** One Ctrl-C reaches a process up to three times: from the terminal, from npm and from our own launcher. */
const sameKeyMs = 500;

/** The wish of a person or the system that this process ends. */
export interface StopSignal {
  readonly signal: AbortSignal;
  /** the exit code that tells of the stop; null while nobody asked */
  exitCode(): number | null;
  /** Gives the signals back. */
  release(): void;
}

/**
 * The first Ctrl-C, SIGTERM or SIGHUP (the terminal was closed) aborts the signal, so that work stops at a record boundary
 * and the database server is released; a second one ends at once.
 */
export function stopSignal(hint: string): StopSignal {
  const controller = new AbortController();
  let asked: { readonly at: number; readonly code: number } | null = null;
  const listen = (code: number) => () => {
    if (asked === null) {
      asked = { at: Date.now(), code };
      if (hint !== "") say(`\n${hint}`);
      controller.abort();
    } else if (Date.now() - asked.at > sameKeyMs) process.exit(code);
  };
  const listeners = [
    ["SIGINT", listen(exitCodes.stopped)],
    ["SIGTERM", listen(exitCodes.terminated)],
    ["SIGHUP", listen(exitCodes.hungUp)],
  ] as const;
  for (const [name, listener] of listeners) process.on(name, listener);
  return {
    signal: controller.signal,
    exitCode: () => asked?.code ?? null,
    release: () => {
      for (const [name, listener] of listeners) process.off(name, listener);
    },
  };
}

/** Resolves when the signal aborts. */
export function whenAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
