/** History with the real command: a forecast, a run that is stopped, paused and resumed, and what is refused. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Ended, type Machine, newMachine, until } from "./mizan-command.ts";

/** One order on each day of the year before `ordersSince`. */
const days = 365;
let machine: Machine;

beforeAll(async () => {
  machine = await newMachine();
  const fields = { name: "Mug", sku: "MUG", rate: 9.5, track_inventory: true, available_for_sale_stock: 12 };
  const item = await machine.control<{ item_id: string }>("POST", "/zoho-books/items", fields);
  const orders = Array.from({ length: days }, (_, day) => ({
    date: new Date(Date.parse("2019-01-01") + day * 86_400_000).toISOString().slice(0, 10),
    order_status: "closed",
    invoiced_status: "invoiced",
    line_items: [{ item_id: item.item_id, quantity: 1, rate: 9.5 }],
  }));
  await machine.control("POST", "/zoho-books/salesorders", orders);
  await machine.setUp();
  done(await machine.mizan(["sync", "shop"]));
  expect(await ordersThere()).toEqual([]);
});
afterAll(async () => await machine.remove());

function done(ended: Ended): Ended {
  expect(ended, ended.stderr).toMatchObject({ code: 0 });
  return ended;
}
const backfill = (...words: string[]) => machine.mizan(["backfill", "shop", ...words]);
// biome-ignore lint/suspicious/noExplicitAny: the shapes are what the test looks at
const json = async (...words: string[]): Promise<any> => JSON.parse(done(await backfill(...words, "--json")).stdout);

/** The days of the orders in Optiply, each as often as it is there. */
async function ordersThere(): Promise<string[]> {
  const rows = await machine.control<{ placed: string }[]>("GET", "/optiply/sellOrders");
  return rows.map(({ placed }) => placed.slice(0, 10));
}

/** Every day from the first one to the end of 2019 is there once, and no other. */
async function expectHistory(first: string): Promise<void> {
  const there = await ordersThere();
  expect(new Set(there).size).toBe(there.length);
  expect(there.toSorted()[0]).toBe(first);
  expect(there).toHaveLength(Math.round((Date.parse("2020-01-01") - Date.parse(first)) / 86_400_000));
}

const slow = (latencyMs: number) => machine.control("PATCH", "/switches", { optiply: { latencyMs } });

test("without --yes it only says what it takes", async () => {
  const said = done(await backfill("--since", "2019-11-01"));
  expect(said.stdout).toMatch(/^FLOW +FROM +TO +RECORDS +TO BE SENT\nsell-orders +2019-11-01 +2019-12-31 +61 +61\n/);
  expect(said.stdout).toMatch(/\nZoho Books \(books\): \d+ calls, at most [\d,]+ a minute\n/);
  expect(said.stdout).toMatch(/\nOptiply \(optiply\): 61 calls[\s\S]*\nIn all about a minute\.\n$/);
  expect(said.stderr).toBe("Nothing was begun; --yes begins it without asking.\n");
  const asJson = done(await backfill("sell-orders", "--since", "2019-11-01", "--json"));
  expect(JSON.parse(asJson.stdout)).toMatchObject({
    forecast: { integration: "shop", since: "2019-11-01", records: 61, flows: [{ flow: "sell-orders", toSend: 61 }] },
  });
  expect(asJson.stderr).toBe("Nothing was begun; --yes begins it without asking.\n");
  const listed = done(await backfill());
  expect(listed.stdout).toBe("");
  expect(listed.stderr).toContain("No backfills yet");
  expect(await json()).toEqual({ backfills: [] });
  expect(await ordersThere()).toEqual([]);
});

test("where the day's calls do not carry it, it says when it can be done", async () => {
  const limit = (headerDailyLimit: number) =>
    machine.control("PATCH", "/switches", { "zoho-books": { headerDailyLimit } });
  await limit(600);
  const { stdout } = done(await backfill("--since", "2019-01-01"));
  expect(stdout).toMatch(
    /\nIn all about (a|[\d.]+) (minute|minutes|hours|days), because it rests until the day's calls are counted anew\.\n$/,
  );
  const { forecast } = await json("--since", "2019-01-01");
  const { budget } = JSON.parse(done(await machine.mizan(["doctor", "books", "--json"])).stdout);
  expect(forecast.minutes).toBeGreaterThan((Date.parse(budget.dayResetsAt) - Date.now()) / 60_000);
  expect(Math.abs(forecast.days - forecast.minutes / 1_440)).toBeLessThan(0.1);
  await limit(10_000);
  done(await machine.mizan(["doctor", "books"]));
});

test("with --yes it brings the orders in, and the listing shows it", async () => {
  const ended = done(await backfill("--since", "2019-12-01", "--yes"));
  expect(ended.stdout).toMatch(/sell-orders +2019-12-01 +2019-12-31 +31 +31\n/);
  expect(ended.stderr).toMatch(/(^|\n)sell-orders +created 31\n$/);
  await expectHistory("2019-12-01");
  expect(done(await backfill()).stdout).toMatch(
    /^FLOW +SINCE +LEFT UNTIL +STATE +RECORDS +GOES ON\nsell-orders +2019-12-01 +– +done +created 31 of about 31 +–\n$/,
  );

  // What is there already is not sent again.
  const { flows, backfills } = await json("sell-orders", "--since", "2019-11-16", "--yes");
  expect(flows).toMatchObject([{ flow: "sell-orders", state: "done", counts: { created: 15 }, fault: null }]);
  expect(backfills).toMatchObject([{ flow: "sell-orders", since: "2019-11-16", state: "done", message: null }]);
  await expectHistory("2019-11-16");
  expect((await json("sell-orders")).backfills).toHaveLength(2);
});

test("with --background it is left to serve, which waits while it or the integration is paused", async () => {
  const begun = done(await backfill("--since", "2019-11-01", "--yes", "--background"));
  expect(begun.stderr).toContain("Begun. shop is paused: after `mizan integrations resume shop`");
  const again = await backfill("--since", "2019-10-01", "--yes");
  expect(again.code).toBe(2);
  expect(again.stderr).toContain("a backfill of shop sell-orders is open already; resume or cancel it first");
  expect(done(await backfill("--pause")).stdout).toMatch(
    /sell-orders +2019-11-01 +2019-12-31 +paused +none of about 61/,
  );
  expect((await backfill("--pause")).stderr).toContain("there is no running backfill of shop to pause");

  done(await machine.mizan(["integrations", "resume", "shop"]));
  const { child, ended } = machine.start(["serve"]);
  const state = async () => (await json()).backfills[0].state as string;
  // The regular runs of the schedule show that the workers are up; the backfill is paused and none of theirs.
  const ran = async () => {
    const { stdout } = await machine.mizan(["runs", "shop", "--json"]);
    return (JSON.parse(stdout) as { runs: { trigger: string; state: string }[] }).runs;
  };
  await until(ran, (runs) => runs.some((run) => run.trigger === "schedule" && run.state === "done"));
  expect(await state()).toBe("paused");
  expect(await json("--resume", "--background")).toMatchObject({ backfills: [{ state: "running" }] });
  // What a run did is added when it is over, a moment after its last day is done.
  const counted = async () => [await state(), (await json()).backfills[0].counts.created] as const;
  const [, created] = await until(counted, ([one, count]) => one === "done" && count > 0);
  expect(created).toBe(15);
  child.kill("SIGTERM");
  done(await ended);
  await expectHistory("2019-11-01");
  done(await machine.mizan(["integrations", "pause", "shop"]));
});

test("Ctrl-C stops it at a record boundary and says what is left; --resume goes on from there", async () => {
  const before = (await ordersThere()).length;
  await slow(500);
  const { child, ended } = machine.start(["backfill", "shop", "--since", "2019-06-15", "--yes"]);
  await until(ordersThere, (there) => there.length >= before + 10);
  expect((await json("sell-orders")).backfills[0]).toMatchObject({ state: "running", activity: "working" });
  child.kill("SIGINT");
  const { code, stderr } = await ended;
  expect(code, stderr).toBe(130);
  expect(stderr).toMatch(
    /\nsell-orders: the days from 2019-06-15 to 2019-\d\d-\d\d are left; `mizan serve` goes on with it, or `mizan backfill shop sell-orders --resume`\.\n/,
  );
  const there = (await ordersThere()).length;
  expect(there).toBeLessThan(200);
  expect(await json("sell-orders")).toMatchObject({
    backfills: [{ state: "running", activity: "waiting", message: null }, { activity: null }, {}, {}],
  });
  const listed = done(await backfill());
  expect(listed.stdout).toMatch(/sell-orders +2019-06-15 +2019-\d\d-\d\d +waits +created \d+/);
  expect(listed.stderr).toMatch(
    /are left; `mizan serve` goes on with it, or `mizan backfill shop sell-orders --resume`\.\n$/,
  );
  await slow(0);
  const rest = done(await backfill("--resume"));
  expect(rest.stderr).toMatch(new RegExp(`(^|\\n)sell-orders +created ${200 - there}`));
  await expectHistory("2019-06-15");
});

test("a pause from another terminal ends the run without a failure; a cancelled one keeps what came in", async () => {
  await slow(1_000);
  const { ended } = machine.start(["backfill", "shop", "--since", "2019-01-01", "--yes", "--json"]);
  await until(ordersThere, (there) => there.length > 200);
  expect(done(await backfill("--pause")).stdout).toMatch(/ paused /);
  await slow(0);
  const paused = done(await ended);
  const { flows, backfills } = JSON.parse(paused.stdout);
  expect(flows).toMatchObject([{ flow: "sell-orders", state: "stopped" }]);
  expect(backfills).toMatchObject([{ state: "paused", since: "2019-01-01" }]);
  const there = (await ordersThere()).length;
  expect(there).toBe(200 + flows[0].counts.created);
  expect(there).toBeLessThan(days);

  const cancelled = done(await backfill("sell-orders", "--cancel"));
  expect(cancelled.stdout).toMatch(/sell-orders +2019-01-01 +2019-\d\d-\d\d +cancelled +created \d+/);
  const resumed = await backfill("--resume");
  expect(resumed.code).toBe(2);
  expect(resumed.stderr).toContain("there is no open backfill of shop to resume");
  expect(await ordersThere()).toHaveLength(there);
  const last = await json("--since", "2019-01-01", "--yes");
  expect(last.flows).toMatchObject([{ state: "done", counts: { created: days - there } }]);
  await expectHistory("2019-01-01");
});

test("of the full flavour one flow is begun beside another that is paused", async () => {
  done(await machine.mizan(["integrations", "set", "shop", "ordersSince=2020-01-01", "--flavour", "full"]));
  const both = await json("--since", "2018-12-01");
  expect(both.forecast.flows.map(({ flow }: { flow: string }) => flow)).toEqual(["sell-orders", "buy-orders"]);
  await json("buy-orders", "--since", "2018-12-01", "--yes", "--background");
  await json("--pause");
  const { flows, backfills } = await json("sell-orders", "--since", "2018-12-01", "--yes");
  expect(flows).toMatchObject([{ flow: "sell-orders", state: "done" }]);
  expect(backfills).toMatchObject([{ flow: "sell-orders", state: "done" }]);
  expect((await json("buy-orders")).backfills).toMatchObject([{ flow: "buy-orders", state: "paused" }]);
  expect((await json("--resume")).backfills).toMatchObject([{ flow: "buy-orders", state: "done" }]);
});

// biome-ignore format: a table
const refused: [name: string, words: string[], message: RegExp][] = [
  ["a day that flows by itself", ["shop", "--since", "2020-01-01"], /since is 2020-01-01; allowed: a day before ordersSince \(2020-01-01\)/],
  ["a day written otherwise", ["shop", "--since", "01.02.2019"], /since is "01.02.2019"; allowed: a day YYYY-MM-DD/],
  ["a day that is none", ["shop", "--since", "2019-02-30"], /since is "2019-02-30"; allowed: a day YYYY-MM-DD/],
  ["a flow without history", ["shop", "products", "--since", "2019-01-01"], /products has no history to bring in; allowed: sell-orders/],
  ["an unknown flow", ["shop", "returns", "--since", "2019-01-01"], /shop has no flow "returns"; it has: products/],
  ["an unknown flow in the listing", ["shop", "returns"], /shop has no flow "returns"; it has: products/],
  ["an unknown integration", ["store", "--since", "2019-01-01"], /there is no integration "store"; there are: shop/],
  ["a pause of nothing", ["shop", "--pause"], /there is no running backfill of shop to pause/],
  ["an end of nothing", ["shop", "sell-orders", "--cancel"], /there is no open backfill of shop sell-orders to cancel/],
  ["two wishes at once", ["shop", "--pause", "--cancel"], /one of --pause, --resume and --cancel, not --pause and --cancel/],
  ["a beginning and a pause", ["shop", "--since", "2019-01-01", "--pause"], /--since begins a backfill; it does not go with --pause/],
  ["a beginning without a day", ["shop", "--yes"], /since is missing; allowed: --since YYYY-MM-DD/],
];

test.for(refused)("%s is refused with exit code 2", async ([, words, message]) => {
  const { code, stdout, stderr } = await machine.mizan(["backfill", ...words, "--json"]);
  expect(stderr).toMatch(message);
  expect(code, stderr).toBe(2);
  expect(JSON.parse(stdout).error).toMatchObject({ code: "invalid-input", message: expect.stringMatching(message) });
});
