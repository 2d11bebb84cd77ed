import type { Command } from "commander";
import { readConfig } from "../core/config.ts";
import { say } from "./output.ts";
import { stopSignal, whenAborted } from "./stop-signal.ts";
import { openedMizan } from "./with-mizan.ts";

export function addWorkerCommand(program: Command): void {
  program
    .command("worker")
    .description("run the schedule and queued runs without the HTTP API; any number of them share the work")
    .addHelpText(
      "after",
      `
Example:
  MIZAN_DATABASE_URL=postgres://mizan@db.example/mizan mizan worker

Ctrl-C, SIGTERM or a closed terminal ends it at a record boundary.`,
    )
    .action(async () => {
      const stop = stopSignal("Ending at the next record boundary.");
      const mizan = await openedMizan(readConfig(process.env), "info");
      try {
        const { startWorking } = await import("../main.ts");
        const jobs = await startWorking(mizan);
        say("Working. Ctrl-C ends it.");
        await whenAborted(stop.signal);
        await jobs.stop();
      } finally {
        await mizan.close();
        stop.release();
      }
    });
}
