/**
 * The vendor of `bench/webhooks.ts`, as a process of its own: posts signed deliveries at a fixed pace, whether or not the
 * ones before were answered, and answers what is read and written. `fork` it, and send it one `Load`.
 */
import { randomUUID } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { startMadeUpVendor } from "../src/jobs/fixtures/made-up-vendor.ts";
import { signatureHeader, signatureOf } from "../test/webhooks/made-up-door.ts";

/** What is to be posted. */
export interface Load {
  readonly url: string;
  readonly targets: readonly { readonly path: string; readonly account: string; readonly secret: string }[];
  readonly perSecond: number;
  readonly seconds: number;
  /** posted before, and not counted */
  readonly warmUp: number;
}

/** What came of it: of each delivery, the milliseconds from the moment it was due to its whole answer. */
export interface LoadResult {
  readonly milliseconds: readonly number[];
  /** how many answers had each status; 0 = none came */
  readonly statuses: Readonly<Record<string, number>>;
}

const vendor = await startMadeUpVendor();
process.once("message", (load: Load) => {
  void run(load).then(async (result) => {
    process.send?.(result);
    await vendor.close();
    process.disconnect();
  });
});
process.send?.(vendor.url);

async function run(load: Load): Promise<LoadResult> {
  const statuses: Record<string, number> = {};
  const milliseconds: number[] = [];
  for (let number = 0; number < load.warmUp; number += 1) await post(load, number);
  const began = performance.now();
  const posted: Promise<void>[] = [];
  for (let number = 0; number < load.perSecond * load.seconds; number += 1) {
    const dueAt = began + (number * 1_000) / load.perSecond;
    const early = dueAt - performance.now();
    if (early > 0) await setTimeout(early);
    // A timer may fire a little early: the delivery counts from when it left, if that was before its time.
    const from = Math.min(dueAt, performance.now());
    posted.push(
      post(load, number).then((status) => {
        milliseconds.push(performance.now() - from);
        statuses[status] = (statuses[status] ?? 0) + 1;
      }),
    );
  }
  await Promise.all(posted);
  return { milliseconds, statuses };
}

async function post({ url, targets }: Load, number: number): Promise<number> {
  const target = targets[number % targets.length];
  if (target === undefined) return 0;
  const { path, account, secret } = target;
  // As large as an order of a dozen lines.
  const lines = Array.from({ length: 12 }, (_, line) => ({
    sku: `MU-${line}`,
    name: "Made-up mug",
    note: "x".repeat(400),
  }));
  const body = JSON.stringify({ event: "item.updated", account, at: Date.now(), items: [randomUUID()], lines });
  const headers = { "content-type": "application/json", [signatureHeader]: signatureOf(body, secret) };
  try {
    const response = await fetch(url + path, { method: "POST", body, headers });
    await response.arrayBuffer();
    return response.status;
  } catch {
    return 0;
  }
}
