/**
 * A process of its own that exports, for tests that kill it at any moment. The installation is given in the environment, as for
 * every Mizan: `node export-process.ts work|loop <clock ahead in ms> <integration> <flow> …`. `work` is what `mizan worker`
 * does, `loop` runs the given flows by hand over and over, as an impatient person would.
 */
import { flushCompileCache } from "node:module";
import { readConfig } from "../../src/core/config.ts";
import { openMizan, startWorking } from "../../src/main.ts";
import { sync } from "../../src/operations/sync.ts";
import { systemClock } from "../../src/outbound/system-clock.ts";
import { isConnectionLost } from "../../src/store/connection-lost.ts";

const [mode = "work", aheadMs = "0", integration = "shop", ...flows] = process.argv.slice(2);
const clock = { ...systemClock, now: () => systemClock.now() + Number(aheadMs) };
const mizan = await openMizan(readConfig(process.env), {
  clock,
  random: () => 0,
  log: (level, message, fields) => {
    if (level === "error") process.stderr.write(`${message} ${JSON.stringify(fields)}\n`);
  },
});
process.stdout.write("open\n");
// Now, because a killed process keeps nothing.
flushCompileCache();
if (mode === "work") await startWorking(mizan);
else {
  const signal = new AbortController().signal;
  for (;;) {
    for (const flow of flows) {
      try {
        const reports = await sync(mizan.desk, { integration, flow, signal });
        for (const { state, error } of reports)
          if (state === "failed") process.stderr.write(`${flow}: ${String(error)}\n`);
      } catch (error) {
        // The database was killed just then; the next one brings it back.
        if (!isConnectionLost(error)) throw error;
      }
    }
  }
}
