/** What a run works through: what is due, what the source lists, and what follows from it. */
import { type DueRecord, dueByChange, dueRecords, hasOpenWork } from "../store/due-records.ts";
import { recoverIntents } from "../store/intents.ts";
import { adoptLinked } from "./adopt-linked.ts";
import { bounds } from "./bounds.ts";
import { checkChosen } from "./check-chosen.ts";
import { type FlowRun, stopHere } from "./flow-run.ts";
import { processIds } from "./process-rows.ts";
import { readPass } from "./read-pass.ts";
import { settleDoubtful } from "./settle-doubtful.ts";
import { aloneWithStock } from "./stock/alone-with-stock.ts";
import { offerStock } from "./stock/offer-stock.ts";
import { offerWork } from "./stock/offer-work.ts";
import { takeUpAnnounced } from "./take-up-announced.ts";

/** What is due, and for a whole run what the source lists. */
export async function workThrough(run: FlowRun, scope: "full" | "due"): Promise<void> {
  const offers = offerWork(run);
  if (offers !== null) return offerStock(offers, scope);
  if (run.flow.stock?.role === "takes") await settleReferred(run);
  await takeUpAnnounced(run);
  await processDueAlone(run);
  if (scope === "full" && run.flow.reads !== "referred") {
    await adoptLinked(run);
    await readPass(run);
  }
  await settleDoubtful(run);
  await processDueAlone(run);
  await followUp(run);
}

/** What orders refer to is settled first: doubtful writes, and what waits for its time. */
async function settleReferred(run: FlowRun): Promise<void> {
  const followers = run.flow.followedBy ?? [];
  const names = run.referred.filter((flow) => !followers.includes(flow));
  const now = new Date(run.bench.clock.now());
  // Mostly there is nothing, and one question tells it of all of them.
  if (!(await hasOpenWork(run.bench.store.database, run.key.integrationId, names, now))) return;
  for (const name of names) await goOn(run.sibling(name));
}

async function goOn(run: FlowRun | null): Promise<void> {
  if (run === null) return;
  await recoverIntents(run.bench.store.database, run.key, new Date(run.bench.clock.now()), run.longestWorkMs);
  await settleDoubtful(run);
  await processDueAlone(run);
}

/** A follower with what this run has read already, where it reads the same records. */
function withRecent(run: FlowRun, name: string): FlowRun | null {
  const follower = run.sibling(name);
  if (follower === null || follower.flow.from.resource !== run.flow.from.resource) return follower;
  const read: FlowRun["source"]["read"] = async (ids) => {
    const known = ids.flatMap((id) => {
      const record = run.recent.get(id);
      return record === undefined ? [] : [[id, { kind: "found" as const, record }] as const];
    });
    const others = ids.filter((id) => !run.recent.has(id));
    return new Map([...known, ...(others.length === 0 ? [] : await follower.source.read(others))]);
  };
  return { ...follower, source: { ...follower.source, read } };
}

/** Flows over the same records go on with what this run has linked, such as the payments of its invoices. */
async function followUp(run: FlowRun): Promise<void> {
  for (const name of run.flow.followedBy ?? []) await goOn(withRecent(run, name));
}

/** A rehearsal: reads what a run would read, and moves and writes nothing. */
export async function rehearse(run: FlowRun): Promise<void> {
  await checkChosen(run);
  // Quantities are decided in the moment they are written: nothing of them can be approved before.
  if (run.flow.stock?.role === "offers") return;
  await takeUpAnnounced(run);
  await processDue(run);
  if (run.flow.reads === "referred") return;
  await adoptLinked(run);
  await readPass(run);
}

/** Counts that are due are made while nobody else works on the stock, as those are that an order brings along. */
async function processDueAlone(run: FlowRun): Promise<void> {
  const work = () => processDue(run);
  await (run.flow.stock?.role === "counts" ? aloneWithStock(run, work) : work());
}

/** Takes up records whose time has come: released by a parent, retried by a person, waiting long enough. */
async function processDue(run: FlowRun): Promise<void> {
  const now = new Date(run.bench.clock.now());
  // Whoever waits for stock is served in the order of completion (product.md, 1).
  const dueOf = run.flow.stock?.role === "takes" ? dueByChange : dueRecords;
  // From one to the next and not "whatever is due": a rehearsal leaves them due, and so does a write that stays in doubt.
  let after: DueRecord | null = null;
  for (;;) {
    stopHere(run);
    const due: DueRecord[] = await dueOf(run.bench.store.database, run.key, now, { after, most: bounds.duePage });
    if (due.length > 0)
      await processIds(
        run,
        due.map(({ sourceId }) => sourceId),
        { referred: false, asked: true },
      );
    if (due.length < bounds.duePage) return;
    after = due.at(-1) ?? null;
  }
}
