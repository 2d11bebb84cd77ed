import type { SyncAnswer, WhyAnswer } from "../api/contract.ts";
import { type OutcomeCounts, outcomes } from "../core/outcome.ts";
import type { ShopChange } from "./demo-changes.ts";
import type { DemoClient } from "./demo-client.ts";
import type { CallCounts, DemoSandbox, Imported } from "./demo-sandbox.ts";
import { number, say } from "./output.ts";
import { table } from "./table.ts";

/** A sync with its time. */
export interface Synced extends SyncAnswer {
  readonly title: string;
  readonly seconds: number;
}

export function sayImport({ rows, taken, leftOut, items, salesOrders }: Imported): void {
  say(`The shop has ${number(items)} items and ${number(salesOrders)} orders, from ${number(rows)} rows.`);
  if (rows === taken) return;
  const reasons = Object.entries(leftOut).map(([reason, count]) => `${number(count)} ${reason}`);
  say(`${number(rows - taken)} rows were left out, because Zoho could not hold them: ${reasons.join(", ")}.`);
}

/** What the syncs did, as one table. */
export function saySyncs(syncs: readonly Synced[]): void {
  const columns = [
    { head: "" },
    { head: "FLOW" },
    ...outcomes.map((head) => ({ head: head.toUpperCase(), right: true })),
  ];
  const rows = syncs.flatMap(({ title, seconds, flows }) =>
    flows.map(({ flow, counts }, index) => [
      index === 0 ? `${title} (${seconds.toFixed(1)} s)` : "",
      flow,
      ...outcomes.map((outcome) => (counts[outcome] === 0 ? "·" : number(counts[outcome]))),
    ]),
  );
  say(`\n${table(columns, rows)}`);
}

/** What became of each change, as Mizan's API tells it. */
export async function sayChanges(client: DemoClient, changes: readonly ShopChange[]): Promise<void> {
  const rows: string[][] = [];
  for (const { what, flow, sourceId } of changes) {
    const record = encodeURIComponent(`demo/${flow}/${sourceId}`);
    const why = await client.call<WhyAnswer>("GET", `/v1/records/why?record=${record}`);
    const target = why.targetId === null ? "" : ` as ${why.targetId}`;
    rows.push([what, `${why.outcome}${target}${why.reason === null ? "" : `: ${why.reason}`}`]);
  }
  say(`\n${table([{ head: "IN THE SHOP" }, { head: "IN OPTIPLY" }], rows, process.stderr.columns)}`);
}

/** Where everything is and what to try. `example` is a record as `mizan why` takes it. */
export function sayInvitation(place: { url: string; home: string; sandbox: DemoSandbox; example: string }): void {
  const { url, home, sandbox, example } = place;
  const zoho = sandbox.vendors["zoho-books"];
  say(`
Everything stays up until Ctrl-C.
  Mizan's API           ${url}/v1
  its key               ${home}/api-key
  stand-in Zoho Books   ${zoho.apiUrl}
  stand-in Optiply      ${sandbox.vendors.optiply.apiUrl}
  play merchant         ${sandbox.control} (sandbox/README.md)

Try, in another terminal:
  export MIZAN_HOME='${home}'
  npm run mizan -- integrations show demo
  npm run mizan -- records demo --outcome rejected
  npm run mizan -- records demo --outcome waiting --language ar
  npm run mizan -- why '${example}'
  curl -s ${sandbox.control}/zoho-books/items -d '{"name":"Mug","sku":"MUG-NEW","rate":9.5}'
  npm run mizan -- plan demo
  npm run mizan -- sync demo
  curl -s -H "Authorization: Bearer $(cat '${home}/api-key')" ${url}/v1/integrations`);
}

/** The result of a demo as issue and scripts know it. `seconds` is filled in at the end. */
export function demoJson(demo: { first: Synced; second: Synced; calls: CallCounts; imported: Imported }): string {
  const { first, second, calls, imported } = demo;
  const none: Partial<OutcomeCounts> = {};
  const flows = first.flows.map(({ flow, counts }) => ({
    name: flow,
    first: counts,
    second: second.flows.find((one) => one.flow === flow)?.counts ?? none,
  }));
  return JSON.stringify({
    integrations: [{ kind: "zoho-books-optiply", flows }],
    calls,
    import: { rows: imported.rows, taken: imported.taken, leftOut: imported.leftOut },
    seconds: 0,
    peakRssMb: Math.round(process.resourceUsage().maxRSS / 1024),
  });
}
