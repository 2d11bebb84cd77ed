import type { RunsAnswer, SyncAnswer } from "../api/contract.ts";
import type { DemoClient } from "./demo-client.ts";
import type { Synced } from "./demo-report.ts";
import type { DemoSandbox } from "./demo-sandbox.ts";
import { createProgress } from "./progress.ts";

/** Budgets far above what the stand-ins can answer: the demo shows Mizan's own pace. */
export const unboundCalls = 100_000;
const unbound = { perMinute: unboundCalls, minuteMs: 59_999 };
const pollMs = 500;
const aYearMs = 365 * 86_400_000;
const beforeAllOrders = "2000-01-01";

/** Makes the connections and the integration through Mizan's own API, paused so that the syncs come when they are asked for. */
export async function setUpDemo(client: DemoClient, sandbox: DemoSandbox, madeUp: boolean): Promise<void> {
  const { vendors, credentials } = sandbox;
  const { organizationId, ...zohoSecrets } = credentials["zoho-books"];
  const { accountId: _, couplingId, ...optiplySecrets } = credentials.optiply;
  await client.call("POST", "/v1/connections", {
    name: "books",
    vendor: "zoho-books",
    settings: { organizationId, ...vendors["zoho-books"], ...unbound, concurrency: 8 },
    secrets: zohoSecrets,
  });
  await client.call("POST", "/v1/connections", {
    name: "optiply",
    vendor: "optiply",
    settings: { couplingId, ...vendors.optiply, ...unbound, concurrency: 16 },
    secrets: optiplySecrets,
  });
  // The made-up shop has an order that is older than a year, to show that it is left out.
  const ordersSince = madeUp ? new Date(Date.now() - aYearMs).toISOString().slice(0, 10) : beforeAllOrders;
  await client.call("POST", "/v1/integrations", {
    name: "demo",
    kind: "zoho-books-optiply",
    // An order file tells of sales only.
    flavour: madeUp ? "full" : "simple",
    source: "books",
    target: "optiply",
    options: { ordersSince },
    paused: true,
  });
}

/**
 * Has Mizan sync through its API and shows the progress that its runs report.
 * @param flow one flow; all when left out
 */
export async function syncDemo(client: DemoClient, integration: string, title: string, flow?: string): Promise<Synced> {
  const startedAt = performance.now();
  const progress = createProgress();
  const over = new AbortController();
  const watching = watchRuns(client, integration, progress.update, over.signal);
  try {
    const { flows } = await client.call<SyncAnswer>("POST", `/v1/integrations/${integration}/sync?wait=true`, { flow });
    const failed = flows.find(({ fault }) => fault !== null);
    if (failed?.fault) throw new Error(`${title}: ${failed.flow}: ${failed.fault.message}`);
    return { title, flows, seconds: (performance.now() - startedAt) / 1000 };
  } finally {
    over.abort();
    await watching;
    progress.end();
  }
}

async function watchRuns(
  client: DemoClient,
  integration: string,
  update: ReturnType<typeof createProgress>["update"],
  over: AbortSignal,
): Promise<void> {
  while (!over.aborted) {
    await new Promise((resolve) => {
      const timer = setTimeout(resolve, pollMs);
      over.addEventListener("abort", () => resolve(clearTimeout(timer)), { once: true });
    });
    if (over.aborted) return;
    const { runs } = await client.call<RunsAnswer>("GET", `/v1/runs?integration=${integration}&most=1`);
    const [newest] = runs;
    if (newest?.state === "running") update(newest.flow, newest.counts, newest.calls, null);
  }
}
