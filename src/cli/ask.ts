import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";

/** Asks a person on the terminal. */
export interface Asker {
  ask(question: string): Promise<string>;
  /** as `ask`, but what is typed is not shown */
  askSecret(question: string): Promise<string>;
  close(): void;
}

/** Questions go to standard error, answers come from standard input. The signal ends a question that is open. */
export function createAsker(signal: AbortSignal): Asker {
  let shown = true;
  const screen = new Writable({
    write: (chunk, _encoding, done) => {
      if (shown) process.stderr.write(chunk);
      done();
    },
  });
  const lines = createInterface({ input: process.stdin, output: screen, terminal: true });
  // In this mode the terminal hands Ctrl-C to readline; the process must hear of it as always.
  lines.on("SIGINT", () => process.kill(process.pid, "SIGINT"));
  return {
    ask: async (question) => (await lines.question(question, { signal })).trim(),
    askSecret: async (question) => {
      process.stderr.write(question);
      shown = false;
      try {
        return (await lines.question("", { signal })).trim();
      } finally {
        shown = true;
        process.stderr.write("\n");
      }
    },
    close: () => lines.close(),
  };
}

/** A question that is answered with yes or no; without a terminal the answer is no. */
export async function askYes(question: string, signal: AbortSignal): Promise<boolean> {
  if (!process.stdin.isTTY) return false;
  const asker = createAsker(signal);
  try {
    return /^y(es)?$/i.test(await asker.ask(`${question} [y/N] `));
  } finally {
    asker.close();
  }
}
