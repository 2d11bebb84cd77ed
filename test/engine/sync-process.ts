/**
 * A process of its own that syncs once and says what came of it; tests kill it at any moment. The installation is given
 * in the environment, as for every Mizan.
 */
import { readConfig } from "../../src/core/config.ts";
import { openMizan } from "../../src/main.ts";
import { sync } from "../../src/operations/sync.ts";

const [integration = "shop"] = process.argv.slice(2);
const mizan = await openMizan(readConfig(process.env));
process.stdout.write("open\n");
const reports = await sync(mizan.desk, { integration, signal: new AbortController().signal, settle: true });
process.stdout.write(
  `${JSON.stringify(reports.map(({ flow, state, counts, message }) => ({ flow, state, counts, message })))}\n`,
);
await mizan.close();
