import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Command } from "commander";
import { readConfig } from "../core/config.ts";
import type { Mizan } from "../main.ts";
import { createFirstApiKey } from "../operations/api-keys.ts";
import { say } from "./output.ts";
import { stopSignal, whenAborted } from "./stop-signal.ts";
import { openedMizan } from "./with-mizan.ts";

export function addServeCommand(program: Command): void {
  program
    .command("serve")
    .description("serve the HTTP API, and run the schedule and queued runs, in one process")
    .addHelpText(
      "after",
      `
Examples:
  mizan serve
  MIZAN_PORT=9000 mizan serve

Listens on MIZAN_HOST:MIZAN_PORT (127.0.0.1:8470). The very first start makes an API key and writes
it to the file api-key in MIZAN_HOME. Ctrl-C, SIGTERM or a closed terminal ends it
at a record boundary.`,
    )
    .action(async () => {
      const config = readConfig(process.env);
      const stop = stopSignal("Ending at the next record boundary.");
      const mizan = await openedMizan(config, "info");
      try {
        const { startServing } = await import("../main.ts");
        const serving = await startServing(mizan, { host: config.MIZAN_HOST, port: config.MIZAN_PORT });
        say(`Mizan listens on ${serving.url}`);
        const path = await keepFirstApiKey(mizan);
        if (path === null) say("`mizan api-key <name>` makes a key for the API.");
        else say(`The first API key is in ${path}; \`mizan api-key <name>\` makes others.`);
        await whenAborted(stop.signal);
        await serving.close();
      } finally {
        await mizan.close();
        stop.release();
      }
    });
}

/**
 * Makes the first API key and writes it to a file that only this user can read.
 * @returns the path, or null when there was a key already
 */
export async function keepFirstApiKey(mizan: Mizan): Promise<string | null> {
  const path = join(mizan.home, "api-key");
  const made = await createFirstApiKey(mizan.desk, async (key) => {
    await mkdir(mizan.home, { recursive: true, mode: 0o700 });
    const fresh = `${path}.${process.pid}`;
    await writeFile(fresh, `${key}\n`, { mode: 0o600, flag: "wx" });
    await rename(fresh, path);
  });
  return made ? path : null;
}
