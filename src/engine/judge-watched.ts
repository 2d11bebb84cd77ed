/** Records that are sent once and watched afterwards: who changes them at the source is told so, and nothing is sent (rule Z5). */
import { canonicalJson } from "../core/fingerprint.ts";
import { linkRequests, type Mapped, mapRecord, withLinks } from "../core/mapping.ts";
import { findLinkedTargets, findLinks } from "../store/links.ts";
import type { StoredRecord } from "../store/records.ts";
import { type Settled, settled, targetTitle, type Work } from "./decisions.ts";
import type { FlowRun, SourceRow } from "./flow-run.ts";
import { isGoneThere } from "./is-gone-there.ts";
import { namesThere } from "./names-there.ts";
import { isSurelyRead } from "./surely-read.ts";

/** The watched part of a record, as it is sent when it is made. */
export function watchedPart({ bench, flow, options }: FlowRun, source: SourceRow): Mapped {
  const fields = flow.watch?.fields ?? [];
  if (fields.length === 0) return {};
  const context = {
    settings: options as never,
    creating: true,
    before: null,
    madeThere: false,
    now: bench.clock.now(),
  };
  const { mapped } = mapRecord(flow.rows as never, source, context);
  return Object.fromEntries(fields.map((field) => [field, mapped[field]]));
}

/**
 * When a record changed last. What is watched has parts that change by themselves, such as the lines of an order, and a
 * list names such a change only while it is new: so the moment never goes back behind the one that was seen.
 */
export function changeOf(run: FlowRun, source: SourceRow, stored: StoredRecord | null): number {
  const changedAt = run.source.changedAt(source as never);
  if (run.flow.watch === undefined || changedAt === 0) return changedAt;
  return Math.max(changedAt, stored?.sourceChangedAt?.getTime() ?? 0);
}

/**
 * Whether a known record must be read in full: it moved since it was looked at, or was looked at so soon after its last
 * change that a further part of the same change may have been missed.
 */
export function isToBeWatched(run: FlowRun, { link, stored, changedAt }: Work): boolean {
  if (run.flow.watch === undefined || link === null || link.madeThere || stored === null) return false;
  if (changedAt === 0) return false;
  return stored.sourceChangedAt?.getTime() !== changedAt || !isSurelyRead(run, stored.updatedAt, changedAt);
}

/**
 * What a watched record comes to when it moved: null where it is as it was sent, or as the flow that runs the other way
 * has written it since (law 6: a version that we wrote is no change of others).
 * @throws {RecordRejected} where it can no longer be mapped.
 */
export async function judgeWatched(
  run: FlowRun,
  work: Work,
  source: SourceRow,
  asked: boolean,
): Promise<Settled | null> {
  const { watch } = run.flow;
  const { link } = work;
  // No list of Zoho Books tells what was deleted, so it is asked for when a person asks; not while something of it is left
  // to be written, when a copy of the vendor may not know it yet.
  const looks = asked || work.stored?.reason?.code === "gone-but-linked";
  const isWhole = link !== null && !link.madeThere && link.fingerprint !== "";
  if (watch !== undefined && looks && isWhole && (await isGoneThere(run, link.targetId))) {
    const [vendor, other] = [targetTitle(run), run.bench.vendorTitle(run.flow.from.vendor)];
    return settled(work, "waiting", { code: "gone-but-linked", parameters: { vendor, other, id: work.sourceId } });
  }
  const sent = link?.written?.watched as Mapped | undefined;
  if (watch === undefined || link === null || sent === undefined) return null;
  const present = watchedPart(run, source);
  if (canonicalJson(present) === canonicalJson(sent)) return null;
  const { database } = run.bench.store;
  const written =
    run.counterpart === null ? null : (await findLinks(database, run.counterpart, [link.targetId])).get(link.targetId);
  if (written?.written && watch.holds(await withSourceIds(run, present), written.written)) return null;
  const parameters = {
    vendor: run.bench.vendorTitle(run.flow.from.vendor),
    other: targetTitle(run),
    id: (await namesThere(run, [link]))(link),
  };
  return settled(work, "waiting", { code: watch.code, parameters });
}

/** The references as ids of the other vendor; one that is not linked is the empty text. */
async function withSourceIds(run: FlowRun, mapped: Mapped): Promise<Mapped> {
  const ids = new Map<string, string>();
  const byFlow = Map.groupBy(linkRequests(mapped), ({ flow }) => flow);
  for (const [flow, requests] of byFlow) {
    const key = { ...run.key, flow };
    const found = await findLinkedTargets(
      run.bench.store.database,
      key,
      requests.map(({ id }) => id),
    );
    for (const [targetId, sourceId] of found) ids.set(`${flow} ${targetId}`, sourceId);
  }
  return withLinks(mapped, ({ flow, id }) => ids.get(`${flow} ${id}`) ?? "");
}
