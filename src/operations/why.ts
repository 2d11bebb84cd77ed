import { InvalidInput } from "../core/errors.ts";
import { explain, isReasonCode, type Language, type ReasonCode } from "../core/reasons.ts";
import { eventsOf } from "../store/events.ts";
import { findIntegration, listIntegrations } from "../store/integrations.ts";
import { intentsOf } from "../store/intents.ts";
import { findLinks } from "../store/links.ts";
import { listRecords } from "../store/records.ts";
import { type Desk, integrationNamed } from "./desk.ts";
import { pageSize, type RecordView, records, recordView } from "./records.ts";

/** Stories that are told at once. */
const storiesMax = 10;

/** Everything that is known of one record. */
export interface Why extends RecordView {
  readonly firstSeenAt: Date;
  readonly attempts: number;
  /** the mapped record as it was last written, for flows that update */
  readonly written: Readonly<Record<string, unknown>> | null;
  readonly timeline: readonly { readonly at: Date; readonly what: string; readonly run: number | null }[];
}

/**
 * Finds records by what a person has at hand: `integration/flow/source id`, a source id, a target id, or a label such
 * as an order number.
 */
export async function findByHand(desk: Desk, reference: string, language: Language = "en"): Promise<RecordView[]> {
  const [name, flow, ...rest] = reference.split("/");
  if (name !== undefined && flow !== undefined && rest.length > 0) {
    const integration = await findIntegration(desk.store.database, { name });
    if (integration !== null)
      return (await records(desk, { integration: name, flow, text: rest.join("/"), language })).filter(
        (one) => one.sourceId === rest.join("/"),
      );
  }
  const found: RecordView[] = [];
  for (const integration of await listIntegrations(desk.store.database)) {
    const rows = await listRecords(desk.store.database, {
      integrationId: integration.id,
      text: reference,
      exact: true,
      most: pageSize,
    });
    found.push(...rows.map((row) => recordView(integration.name, row, language)));
  }
  return found;
}

/**
 * The timeline and the reason of every record that a reference fits: the SKU of an item is also that of its supplier
 * products, and an order has its number in every integration it is part of.
 * @throws {InvalidInput} when none fits, or more than `storiesMax`, naming the first of them
 */
export async function stories(desk: Desk, reference: string, language: Language = "en"): Promise<Why[]> {
  const found = await recordsOf(desk, reference, language);
  if (found.length > storiesMax) throw severalFit(reference, found);
  return await Promise.all(found.map((record) => storyOf(desk, record, language)));
}

/** The timeline and the reason of one record. @throws {InvalidInput} when none or several fit, naming them. */
export async function why(desk: Desk, reference: string, language: Language = "en"): Promise<Why> {
  const found = await recordsOf(desk, reference, language);
  const [record] = found;
  if (record === undefined || found.length > 1) throw severalFit(reference, found);
  return await storyOf(desk, record, language);
}

async function recordsOf(desk: Desk, reference: string, language: Language): Promise<readonly RecordView[]> {
  const all = await findByHand(desk, reference, language);
  // An order that travelled both ways is found in both flows; the one that it is the source of tells more.
  const own = all.filter(({ sourceId }) => sourceId === reference);
  const found = own.length === 1 ? own : withoutFollowers(desk, all);
  if (found.length === 0)
    throw new InvalidInput(
      "record",
      `there is no record ${JSON.stringify(reference)}; give a source id, a target id, a label such as an order number, or integration/flow/source id`,
    );
  return found;
}

function severalFit(reference: string, found: readonly RecordView[]): InvalidInput {
  const names = found.slice(0, storiesMax).map((one) => `${one.integration}/${one.flow}/${one.sourceId}`);
  const more = found.length > names.length ? ", …" : "";
  return new InvalidInput(
    "record",
    `${JSON.stringify(reference)} fits ${found.length} records; name one of them: ${names.join(", ")}${more}`,
  );
}

async function storyOf(desk: Desk, record: RecordView, language: Language): Promise<Why> {
  const integration = await integrationNamed(desk, record.integration);
  const key = { integrationId: integration.id, flow: record.flow };
  const { database } = desk.store;
  const [links, intents, events] = await Promise.all([
    findLinks(database, key, [record.sourceId]),
    intentsOf(database, key, record.sourceId),
    eventsOf(database, key, record.sourceId, 200),
  ]);
  const [stored] = await listRecords(database, {
    integrationId: integration.id,
    flow: record.flow,
    text: record.sourceId,
    exact: true,
    most: 1,
  });
  const timeline = [
    ...events.map((event) => ({ at: event.at, what: eventWords(event, language), run: event.runId })),
    ...intents.flatMap((intent) => [
      ...(intent.sentAt === null
        ? []
        : [{ at: intent.sentAt, what: `${intent.kind} intended and sent`, run: intent.runId }]),
      { at: intent.updatedAt, what: intentWords(intent), run: intent.runId },
    ]),
  ].sort((a, b) => a.at.getTime() - b.at.getTime());
  return {
    ...record,
    firstSeenAt: stored?.firstSeenAt ?? record.updatedAt,
    attempts: stored?.attempts ?? 0,
    written: writtenWords(links.get(record.sourceId)?.written ?? null),
    timeline,
  };
}

/** A payment has the number of its order, whose record tells more; it is found by its flow. */
function withoutFollowers(desk: Desk, found: readonly RecordView[]): readonly RecordView[] {
  const flows = [...desk.kinds.values()].flatMap((kind) => kind.flows);
  const follows = (one: RecordView, other: RecordView) =>
    one.integration === other.integration &&
    one.sourceId === other.sourceId &&
    flows.some(({ name, followedBy }) => name === other.flow && followedBy?.includes(one.flow) === true);
  return found.filter((one) => !found.some((other) => follows(one, other)));
}

/** What is watched of a record stands among what was written, where it belongs; what is kept for later is left out. */
function writtenWords(written: Readonly<Record<string, unknown>> | null): Readonly<Record<string, unknown>> | null {
  if (written === null) return null;
  const { watched, kept: _kept, goods_before: _goods, ...others } = written;
  const told = watched !== null && typeof watched === "object" ? { ...watched, ...others } : others;
  return Object.keys(told).length === 0 ? null : told;
}

function intentWords(intent: Awaited<ReturnType<typeof intentsOf>>[number]): string {
  const target = intent.targetId === null ? "" : ` as ${intent.targetId}`;
  // A create that has an id was done, and no longer stands because its record was deleted since.
  if (intent.kind === "create" && intent.state === "failed" && intent.targetId !== null)
    return `create confirmed${target}; ${intent.message ?? ""}`;
  const message = intent.message === null ? "" : `: ${intent.message}`;
  return `${intent.kind} ${intent.state}${target}${message}`;
}

function eventWords(event: { kind: string; detail: Readonly<Record<string, unknown>> }, language: Language): string {
  const { reason, ...detail } = event.detail;
  if (reason !== null && typeof reason === "object" && "code" in reason && isReasonCode(String(reason.code))) {
    const { parameters } = reason as { parameters?: Record<string, string> };
    return `${event.kind}: ${explain({ code: reason.code as ReasonCode, parameters: parameters ?? {} }, language).sentence}`;
  }
  const said = Object.entries(detail).map(
    ([name, value]) => `${name} ${Array.isArray(value) ? value.join(", ") : String(value)}`,
  );
  return said.length === 0 ? event.kind : `${event.kind}: ${said.join("; ")}`;
}
