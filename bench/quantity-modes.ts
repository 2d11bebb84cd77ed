/**
 * Whether quantities are better overwritten in the shop or moved by their difference (docs/decisions/0007): the stand-in
 * Salla with its queue of bulk writes, customers who buy whatever it offers, a till and purchases in the books, and a pass
 * every five minutes that reads both sides and writes what differs. Nothing of the engine takes part: all ways obey the
 * same rules about when a unit is written. `npm run bench -- bench/quantity-modes.ts [days] [seed]`
 */
import { keepResult } from "./stage.ts";
import { type Trade, type TradeSettings, tradeFor, ways } from "./traded-days.ts";

const [days = 5, seed = 1] = process.argv.slice(2).map(Number);
/** Between nothing and more than a pass, and more than the longest that a write is waited for. */
const queueDelays = [0, 10_000, 120_000, 600_000];
const salesAnHour = [1, 6, 30];
const troubles = [0, 0.2];
const tillShares = [0, 0.2];

const started = performance.now();
const cells: (Omit<TradeSettings, "days" | "seed"> & Trade)[] = [];
for (const tillShare of tillShares)
  for (const troubledShare of troubles)
    for (const queueMs of queueDelays)
      for (const rate of salesAnHour)
        for (const way of ways) {
          const cell = { way, queueMs, salesAnHour: rate, troubledShare, tillShare };
          cells.push({ ...cell, ...(await tradeFor({ ...cell, days, seed })) });
        }

console.log(
  "| till | in trouble | queue | sales an hour | way | oversold units | of sold | undersold unit-hours | off at a pass | writes |",
);
console.log("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
for (const one of cells)
  console.log(
    `| ${one.tillShare * 100} % | ${one.troubledShare * 100} % | ${one.queueMs / 1000} s | ${one.salesAnHour} | ${one.way} | ${one.oversold} | ${one.sold} | ${one.undersoldHours} | ${one.offAtPass} | ${one.writes} |`,
  );
const sum = (way: string, of: (one: Trade) => number, lost: number) =>
  Math.round(
    cells.filter((one) => one.way === way && one.troubledShare === lost).reduce((all, one) => all + of(one), 0),
  );
await keepResult("quantity-modes", {
  what: `units that a shop sold although nobody had them, over ${days} days of ten products with little stock for each of ${queueDelays.length} delays of Salla's queue and ${salesAnHour.length} rates of sales; with and without a fifth of the calls that write lost, done without an answer or done twice`,
  bar: "none; it decides 0007",
  ...Object.fromEntries(
    ways.flatMap((way) => [
      [`${way}: oversold`, sum(way, ({ oversold }) => oversold, 0)],
      [`${way}: oversold in trouble`, sum(way, ({ oversold }) => oversold, 0.2)],
      [`${way}: undersold unit-hours`, sum(way, ({ undersoldHours }) => undersoldHours, 0)],
      [`${way}: undersold unit-hours in trouble`, sum(way, ({ undersoldHours }) => undersoldHours, 0.2)],
    ]),
  ),
  realSeconds: Math.round((performance.now() - started) / 1000),
  cells,
});
