import type { SyncAnswer } from "../api/contract.ts";
import { type OutcomeCounts, outcomes } from "../core/outcome.ts";
import { broken, indented } from "./broken-lines.ts";
import type { ShopChange } from "./demo-changes.ts";
import { type DemoClient, storyOf } from "./demo-client.ts";
import { exportedAs, type OrderStory } from "./demo-planner.ts";
import type { CallCounts, DemoSandbox, Imported } from "./demo-sandbox.ts";
import { clean, moment, number, say } from "./output.ts";
import { table } from "./table.ts";

/** A sync with its time. */
export interface Synced extends SyncAnswer {
  readonly title: string;
  readonly seconds: number;
}

export function sayImport({ rows, taken, leftOut, items, salesOrders, vendors, purchaseOrders }: Imported): void {
  if (vendors !== undefined && purchaseOrders !== undefined)
    say(
      `The shop has ${number(items)} items, ${number(salesOrders)} sales orders, ${number(vendors)} vendors and ${number(purchaseOrders)} purchase orders.`,
    );
  else say(`The shop has ${number(items)} items and ${number(salesOrders)} orders, from ${number(rows)} rows.`);
  if (rows === taken) return;
  const reasons = Object.entries(leftOut).map(([reason, count]) => `${number(count)} ${reason}`);
  say(`${number(rows - taken)} rows were left out, because Zoho could not hold them: ${reasons.join(", ")}.`);
}

/** What a sync did, flow by flow. */
export function saySync({ title, seconds, flows }: Synced): void {
  const columns = [{ head: "FLOW" }, ...outcomes.map((head) => ({ head: head.toUpperCase(), right: true }))];
  const rows = flows.map(({ flow, counts }) => [
    flow,
    ...outcomes.map((outcome) => (counts[outcome] === 0 ? "·" : number(counts[outcome]))),
  ]);
  say(`\n${title} (${seconds.toFixed(1)} s)`);
  say(indented(table(columns, rows)));
}

/** What became of the buy orders that planners placed in Optiply, and why those that stay there do. */
export function sayOrders(stories: readonly OrderStory[]): void {
  const columns = [
    { head: "BUY ORDER", right: true },
    { head: "SUPPLIER" },
    { head: "LINES", right: true },
    { head: "IN ZOHO BOOKS" },
  ];
  const rows = stories.map((story) => [story.id, story.supplier, String(story.lines), inZohoBooks(story)]);
  say("\nThe buy orders that planners had placed in Optiply");
  say(indented(table(columns, rows)));
  for (const story of stories.filter(({ reason }) => reason !== null)) {
    say(`\nmizan why '${exportedAs(story)}'`);
    for (const sentence of [story.reason, story.action]) if (sentence) say(indented(broken(clean(sentence))));
  }
}

function inZohoBooks({ purchaseOrders: [first, ...others], outcome }: OrderStory): string {
  if (first === undefined) return `no, ${outcome}`;
  return others.length === 0 ? `once, ${first}` : `${others.length + 1} times, ${[first, ...others].join(", ")}`;
}

/** How a purchase order that the merchant closed shows in Optiply. */
export function sayClosed(purchaseOrder: string, { id, completed }: OrderStory): void {
  const there =
    completed === null
      ? `left buy order ${id} open`
      : `completed buy order ${id} in Optiply, as of ${moment(completed)}`;
  say(`\n${broken(`${purchaseOrder} was received, billed and closed in Zoho Books; the next sync ${there}.`)}`);
}

/** What became of each change, as Mizan's API tells it. */
export async function sayChanges(client: DemoClient, changes: readonly ShopChange[]): Promise<void> {
  const rows: string[][] = [];
  for (const { what, flow, sourceId } of changes) {
    const why = await storyOf(client, `demo/${flow}/${sourceId}`);
    const target = why.targetId === null ? "" : ` as ${why.targetId}`;
    rows.push([what, `${why.outcome}${target}${why.reason === null ? "" : `: ${why.reason}`}`]);
  }
  say(`\n${table([{ head: "IN ZOHO BOOKS" }, { head: "IN OPTIPLY" }], rows, process.stderr.columns)}`);
}

/** Where everything is and what to try. `examples` are records as `mizan why` takes them. */
export function sayInvitation(place: {
  url: string;
  home: string;
  sandbox: DemoSandbox;
  examples: readonly string[];
  /** whether the Salla shop was filled and linked */
  withSalla: boolean;
}): void {
  const { url, home, sandbox, examples, withSalla } = place;
  const zoho = sandbox.vendors["zoho-books"];
  say(`
Everything stays up until Ctrl-C.
  Mizan's API           ${url}/v1
  its key               ${home}/api-key
  stand-in Zoho Books   ${zoho.apiUrl}
  stand-in Optiply      ${sandbox.vendors.optiply.apiUrl}
  stand-in Salla        ${sandbox.vendors.salla.apiUrl}
  its orders page       ${sandbox.control}/salla/orders-page${withSalla ? `\n  Mizan inside Salla    ${sandbox.control}/salla/dashboard?lang=en` : ""}
  stand-in Qoyod        ${sandbox.vendors.qoyod.apiUrl}
  play merchant         ${sandbox.control} (sandbox/README.md)

Try, in another terminal:
  export MIZAN_HOME='${home}'
  npm run mizan -- integrations show demo
  npm run mizan -- records demo --outcome rejected
  npm run mizan -- records demo --outcome waiting --language ar
${examples.map((example) => `  npm run mizan -- why '${example}'`).join("\n")}
  curl -s ${sandbox.control}/zoho-books/items -d '{"name":"Mug","sku":"MUG-NEW","rate":9.5}'
  curl -s ${sandbox.control}/import/buy-orders -d '{"count":3}'
  npm run mizan -- plan demo
  npm run mizan -- sync demo
  curl -s -H "Authorization: Bearer $(cat '${home}/api-key')" ${url}/v1/integrations`);
}

/**
 * The result of a demo as issue and scripts know it. `seconds` is filled in at the end.
 * @param demo.buyOrders null where no planner played, because an order file has no vendors
 * @param demo.salla null with an order file, which fills the other shop
 */
export function demoJson(demo: {
  first: Synced;
  second: Synced;
  calls: CallCounts;
  imported: Imported;
  buyOrders: readonly OrderStory[] | null;
  salla: { first: Synced; second: Synced; story: object } | null;
}): string {
  const { calls, imported, buyOrders, salla } = demo;
  return JSON.stringify({
    integrations: [
      { kind: "zoho-books-optiply", flows: flowCounts(demo) },
      ...(salla === null ? [] : [{ kind: "salla-qoyod", flows: flowCounts(salla) }]),
    ],
    calls,
    import: { rows: imported.rows, taken: imported.taken, leftOut: imported.leftOut },
    buyOrders,
    salla: salla?.story ?? null,
    seconds: 0,
    peakRssMb: Math.round(process.resourceUsage().maxRSS / 1024),
  });
}

function flowCounts({ first, second }: { first: Synced; second: Synced }) {
  const none: Partial<OutcomeCounts> = {};
  return first.flows.map(({ flow, counts }) => ({
    name: flow,
    first: counts,
    second: second.flows.find((one) => one.flow === flow)?.counts ?? none,
  }));
}
