import { clearDeliveries, nextDueAt } from "../store/webhooks.ts";
import type { Bell } from "./bell.ts";
import { bounds } from "./bounds.ts";
import type { RunSetting } from "./do-run.ts";
import { takeDeliveries } from "./take-deliveries.ts";

/**
 * Takes up webhooks until it is stopped: at once when the bell rings, and what other processes kept, or left when they
 * died, about every second. Now and then it clears old ones away.
 */
export async function keepTaking(setting: RunSetting, bell: Bell, stopping: AbortSignal): Promise<void> {
  const { clock, random, log, store } = setting.bench;
  const { database } = store;
  let clearedAt = Number.NEGATIVE_INFINITY;
  while (!stopping.aborted) {
    let pauseMs = bounds.pollMs * (0.5 + random());
    const began = clock.now();
    try {
      if (clock.now() - clearedAt >= bounds.deliveriesClearedMs) {
        await clear(setting);
        clearedAt = clock.now();
      }
      // At rest this is the only thing that is asked.
      if (isDue(await nextDueAt(database), clock.now())) {
        await takeDeliveries(setting, "changes", 1);
        await takeDeliveries(setting, "hints", bounds.deliveriesTogether);
        const next = await nextDueAt(database);
        if (next !== null) pauseMs = Math.min(pauseMs, Math.max(0, next.getTime() - clock.now()));
      }
    } catch (error) {
      log("warn", "webhooks could not be looked for", { error: String(error) });
    }
    const tookMs = clock.now() - began;
    await bell.wait(pauseMs);
    // Several of one moment are taken up together; the more the machine has to do, the more of them.
    const gatherMs = Math.min(Math.max(bounds.gatherMs, tookMs), bounds.longestGatherMs);
    await clock.sleep(gatherMs, stopping).catch(() => undefined);
  }
}

function isDue(next: Date | null, now: number): boolean {
  return next !== null && next.getTime() <= now;
}

async function clear({ bench }: RunSetting): Promise<void> {
  await clearDeliveries(bench.store.database, {
    receivedBefore: new Date(bench.clock.now() - bounds.deliveryKeptMs),
    mostOfConnection: bounds.deliveriesKept,
  });
}
