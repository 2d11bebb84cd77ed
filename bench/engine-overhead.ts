/**
 * Engine against a bare loop that makes the same HTTP calls and remembers nothing; the vendors answer at once.
 * `npm run bench -- bench/engine-overhead.ts [rounds] [items] [orders]`; the two take turns, the ratio is taken pair by pair.
 */
import { sync } from "../src/operations/sync.ts";
import { bareSync } from "./bare-loop.ts";
import { keepResult, median, openStage, startSandboxProcess } from "./stage.ts";

const [rounds = 5, items = 1000, orders = 2000] = process.argv.slice(2).map(Number);
const sandbox = await startSandboxProcess();
const pairs: { engine: number; bare: number; records: number }[] = [];
for (let round = 0; round <= rounds; round += 1) {
  const shop = { seed: 7, items, orders };
  await sandbox.post("/reset", {});
  await sandbox.post("/import/made-up-shop", shop);
  const mizan = await openStage(sandbox);
  const engine = await timed(async () => {
    const reports = await sync(mizan.desk, { integration: "shop", signal: new AbortController().signal });
    return reports.reduce((sum, { counts }) => sum + Object.values(counts).reduce((all, one) => all + one, 0), 0);
  });
  await mizan.end();
  await sandbox.post("/reset", {});
  await sandbox.post("/import/made-up-shop", shop);
  const bare = await timed(() => bareSync(sandbox));
  // The first round warms both up.
  if (round > 0)
    pairs.push({ engine: engine.records / engine.seconds, bare: bare.records / bare.seconds, records: engine.records });
  console.log(
    `round ${round}: engine ${engine.seconds.toFixed(2)} s for ${engine.records}, bare ${bare.seconds.toFixed(2)} s for ${bare.records}`,
  );
}
await sandbox.stop();
await keepResult("engine-overhead", {
  what: "records per second, engine and bare loop in turns",
  bar: "ratio at least 0.8",
  items,
  orders,
  medianRatio: Number(median(pairs.map(({ engine, bare }) => engine / bare)).toFixed(3)),
  pairs,
});

async function timed(work: () => Promise<number>): Promise<{ records: number; seconds: number }> {
  const started = performance.now();
  const records = await work();
  return { records, seconds: (performance.now() - started) / 1000 };
}
