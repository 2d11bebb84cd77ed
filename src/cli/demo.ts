import { mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Command } from "commander";
import { readConfig } from "../core/config.ts";
import { InvalidInput } from "../core/errors.ts";
import type { Mizan, Serving } from "../main.ts";
import { checkOrderFiles } from "./check-order-files.ts";
import { changeShop, type ShopChange } from "./demo-changes.ts";
import { type DemoClient, demoClient } from "./demo-client.ts";
import { closePurchaseOrder, exportedAs, type OrderStory, orderStories, placeBuyOrders } from "./demo-planner.ts";
import { demoJson, sayChanges, sayClosed, sayImport, sayInvitation, sayOrders, saySync } from "./demo-report.ts";
import {
  invoicedOrders,
  openSallaApp,
  placeSallaOrders,
  purchaseInQoyod,
  refundInSalla,
  sallaDemo,
  sendAgain,
  setUpSallaDemo,
} from "./demo-salla.ts";
import { type ShownSalla, sayInvoices, sayMoves } from "./demo-salla-report.ts";
import { type DemoSandbox, type Imported, startDemoSandbox } from "./demo-sandbox.ts";
import { setUpDemo, syncDemo } from "./demo-steps.ts";
import { exitCodes } from "./exit-codes.ts";
import { print, say } from "./output.ts";
import { keepFirstApiKey } from "./serve.ts";
import { stopSignal, whenAborted } from "./stop-signal.ts";
import { openedMizan } from "./with-mizan.ts";

export function addDemoCommand(program: Command): void {
  program
    .command("demo")
    .description("show everything on made-up data: stand-in vendors, two shops, syncs, and what came of them")
    .option("--once", "end by itself after the syncs")
    .option("--json", "print the result as one line of JSON")
    .option("--orders <file...>", "order files (CSV or CSV.gz as in Online Retail) in place of the made-up shop")
    .option("--home <folder>", "keep the database in this empty or new folder")
    .addHelpText(
      "after",
      `
Examples:
  mizan demo
  mizan demo --once --json
  mizan demo --once --json --orders 2010-12.csv.gz 2011-01.csv.gz

Everything is made up and stays on this machine. Without --home the database is removed at the end.`,
    )
    .action(async (options: DemoOptions) => {
      process.exitCode = await demo(options);
    });
}

interface DemoOptions {
  readonly once?: true;
  readonly json?: true;
  readonly orders?: readonly string[];
  readonly home?: string;
}

/** Everything of a demo that is to be ended. */
interface Stage {
  readonly home: string;
  readonly sandbox: DemoSandbox;
  readonly mizan: Mizan;
  readonly serving: Serving;
  readonly client: DemoClient;
}

async function demo(options: DemoOptions): Promise<number> {
  await checkOrderFiles(options.orders ?? []);
  const stop = stopSignal("Ending the demo.");
  const folder = await demoHome(options.home);
  let result: string | null = null;
  try {
    await onStage(folder.path, async (stage) => {
      const imported = await fillShop(stage.sandbox, options.orders);
      sayImport(imported);
      await setUpDemo(stage.client, stage.sandbox, options.orders === undefined);
      await stage.sandbox.resetCalls();
      const first = await syncDemo(stage.client, "demo", "First sync");
      saySync(first);
      const second = await syncDemo(stage.client, "demo", "Second sync, nothing changed");
      saySync(second);
      const calls = await stage.sandbox.calls();
      const planned = options.orders === undefined && !stop.signal.aborted;
      const buyOrders = planned ? await showBuyOrders(stage) : null;
      const salla = planned && !stop.signal.aborted ? await showSalla(stage) : null;
      result = demoJson({ first, second, calls, imported, buyOrders, salla });
      if (options.once || stop.signal.aborted) return;
      if (options.json) print(result);
      const waiting = buyOrders?.find(({ outcome }) => outcome === "waiting");
      const examples = [await showChanges(stage), ...(waiting === undefined ? [] : [exportedAs(waiting)])];
      if (salla !== null) {
        await openSallaApp(stage.client, stage.sandbox, stage.serving.url);
        await stage.client.call("POST", `/v1/integrations/${sallaDemo}/resume`);
      }
      sayInvitation({ ...stage, examples, url: stage.serving.url, withSalla: salla !== null });
      await whenAborted(stop.signal);
    });
  } catch (error) {
    if (stop.exitCode() === null) throw error;
  } finally {
    await folder.remove();
    stop.release();
  }
  // Last of all, so that it is the last line whatever the parts had to say.
  if (options.once && options.json && result !== null) print(withSeconds(result));
  return options.once ? (stop.exitCode() ?? exitCodes.done) : exitCodes.done;
}

/** Puts the parts up, plays, and takes them down again in the opposite order. */
async function onStage(home: string, play: (stage: Stage) => Promise<void>): Promise<void> {
  await using parts = new AsyncDisposableStack();
  const sandbox = parts.adopt(await startDemoSandbox(), (one) => one.stop());
  // Always the embedded database of the folder: a demo never touches a server that the environment names.
  const { MIZAN_PORT = "0", MIZAN_HOST, MIZAN_LOG_LEVEL } = process.env;
  const own = { MIZAN_HOME: home, MIZAN_FRAMED_BY: new URL(sandbox.control).origin };
  const config = readConfig({ MIZAN_PORT, MIZAN_HOST, MIZAN_LOG_LEVEL, ...own });
  const mizan = parts.adopt(await openedMizan(config, "error"), (one) => one.close());
  const { startServing } = await import("../main.ts");
  const address = { host: config.MIZAN_HOST, port: config.MIZAN_PORT };
  const serving = parts.adopt(await startServing(mizan, address), (one) => one.close());
  const keyFile = await keepFirstApiKey(mizan);
  if (keyFile === null) throw new InvalidInput("home", `${home} holds API keys already; give an empty or new folder`);
  const key = (await readFile(keyFile, "utf8")).trim();
  await play({ home, sandbox, mizan, serving, client: demoClient(serving.url, key) });
}

function fillShop(sandbox: DemoSandbox, orders: readonly string[] | undefined): Promise<Imported> {
  if (orders === undefined) return sandbox.importMadeUpShop();
  say(`Importing ${orders.length === 1 ? "an order file" : `${orders.length} order files`} …`);
  return sandbox.importOnlineRetail(orders.map((path) => resolve(path)));
}

/** Plays planner and then merchant, with a sync after each, and shows how orders travel both ways. */
async function showBuyOrders({ client, sandbox }: Stage): Promise<OrderStory[]> {
  const placed = await placeBuyOrders(sandbox);
  saySync(await syncDemo(client, "demo", "Third sync, after planners placed buy orders in Optiply"));
  sayOrders(await orderStories(client, sandbox, placed));
  const [first] = placed;
  if (first === undefined) return [];
  const purchaseOrder = await closePurchaseOrder(sandbox, first);
  await syncDemo(client, "demo", "Fourth sync, of the purchase orders", "buy-orders");
  const stories = await orderStories(client, sandbox, placed);
  const closed = stories.find(({ id }) => id === first.id);
  if (closed !== undefined) sayClosed(purchaseOrder, closed);
  return stories;
}

/** The other integration: a Salla shop whose completed orders become invoices in Qoyod, while both keep one stock. */
async function showSalla({ client, sandbox }: Stage): Promise<ShownSalla> {
  await setUpSallaDemo(client, sandbox);
  const placed = await placeSallaOrders(sandbox);
  const first = await syncDemo(client, sallaDemo, "Salla and Qoyod: first sync of a shop with a dozen orders");
  saySync(first);
  const orders = await invoicedOrders(client, sandbox, placed);
  sayInvoices(orders);
  const purchase = await purchaseInQoyod(client, sandbox);
  const invoiced = orders.find(({ invoices }) => invoices.length > 0);
  if (invoiced === undefined) throw new Error("no order of the Salla shop was invoiced");
  const refund = await refundInSalla(client, sandbox, invoiced);
  const { sentAgain, synced } = await sendAgain(client, sandbox, invoiced);
  const story = { orders, purchase, refund, sentAgain };
  sayMoves(story);
  return { first, second: synced, story };
}

/** Plays merchant, syncs once more, lets the schedule go on from there and shows what became of each change. @returns one of the records */
async function showChanges({ client, sandbox }: Stage): Promise<string> {
  const changes: readonly ShopChange[] = await changeShop(sandbox);
  const synced = await syncDemo(client, "demo", "Fifth sync, after the changes below");
  await client.call("POST", "/v1/integrations/demo/resume");
  saySync(synced);
  await sayChanges(client, changes);
  const last = changes.at(-1);
  return last === undefined ? "" : `demo/${last.flow}/${last.sourceId}`;
}

/** The time is that of the whole demo, so it is filled in when everything is down. */
function withSeconds(json: string): string {
  const document = JSON.parse(json) as object;
  return JSON.stringify({ ...document, seconds: Math.round(performance.now() / 100) / 10 });
}

async function demoHome(given: string | undefined): Promise<{ path: string; remove(): Promise<void> }> {
  if (given === undefined) {
    const path = await mkdtemp(join(tmpdir(), "mizan-demo-"));
    return { path, remove: () => rm(path, { recursive: true, force: true, maxRetries: 3 }) };
  }
  const path = resolve(given);
  await mkdir(path, { recursive: true, mode: 0o700 });
  const [inside] = await readdir(path);
  if (inside !== undefined) throw new InvalidInput("home", `${path} is not empty; give an empty or new folder`);
  return { path, remove: async () => undefined };
}
