import { InvalidInput } from "../core/errors.ts";
import type { Outcome } from "../core/outcome.ts";
import { explain, isReasonCode, type Language, type ReasonCode, reasonCodes } from "../core/reasons.ts";
import { addEvents, eventsOf } from "../store/events.ts";
import { findIntegration, listIntegrations } from "../store/integrations.ts";
import { intentsOf, searchNow } from "../store/intents.ts";
import { findLinks } from "../store/links.ts";
import { type ListedRecord, listRecords, type RecordFilter, retryRecords } from "../store/records.ts";
import { chosenFlows, type Desk, integrationNamed } from "./desk.ts";
import { type FlowReport, sync } from "./sync.ts";

/** A record as a listing shows it. */
export interface RecordView {
  readonly integration: string;
  readonly flow: string;
  readonly sourceId: string;
  readonly targetId: string | null;
  readonly label: string;
  readonly outcome: Outcome;
  readonly code: ReasonCode | null;
  readonly reason: string | null;
  readonly action: string | null;
  readonly notes: readonly string[];
  readonly retryAt: Date | null;
  readonly updatedAt: Date;
}

export type RecordsRequest = Partial<Pick<RecordFilter, "flow" | "outcome" | "text" | "after">> & {
  readonly integration: string;
  readonly code?: string;
  readonly most?: number;
  readonly language?: Language;
};

const pageSize = 50;

/** Lists records, a page at a time; pass the last one as `after` for the next page. */
export async function records(desk: Desk, request: RecordsRequest): Promise<RecordView[]> {
  const integration = await integrationNamed(desk, request.integration);
  if (request.flow !== undefined) chosenFlows(desk, integration, request.flow);
  if (request.code !== undefined && !isReasonCode(request.code))
    throw new InvalidInput("reason", `reason is ${JSON.stringify(request.code)}; allowed: ${reasonCodes.join(", ")}`);
  const { flow, outcome, text, after, code } = request;
  const rows = await listRecords(desk.store.database, {
    integrationId: integration.id,
    most: request.most ?? pageSize,
    ...(flow === undefined ? {} : { flow }),
    ...(outcome === undefined ? {} : { outcome }),
    ...(text === undefined ? {} : { text }),
    ...(after === undefined ? {} : { after }),
    ...(code === undefined ? {} : { code }),
  });
  return rows.map((row) => view(integration.name, row, request.language ?? "en"));
}

/** A page of records as the command line and the API ask for it: `after` is the `next` of the page before. */
export interface RecordPageRequest {
  readonly integration: string;
  readonly flow?: string | undefined;
  readonly outcome?: Outcome | undefined;
  /** the code of a reason */
  readonly reason?: string | undefined;
  readonly text?: string | undefined;
  readonly after?: string | undefined;
  readonly most: number;
  readonly language: Language;
}

/** Lists a page of records with the place where the next one starts. @throws {InvalidInput} */
export async function recordPage(
  desk: Desk,
  { integration, flow, outcome, reason, text, after, most, language }: RecordPageRequest,
): Promise<{ records: RecordView[]; next: string | null }> {
  const found = await records(desk, {
    integration,
    most: most + 1,
    language,
    ...(flow === undefined ? {} : { flow }),
    ...(outcome === undefined ? {} : { outcome }),
    ...(reason === undefined ? {} : { code: reason }),
    ...(text === undefined ? {} : { text }),
    ...(after === undefined ? {} : { after: placeOf(after) }),
  });
  const page = found.slice(0, most);
  const last = page.at(-1);
  return { records: page, next: found.length > most && last ? `${last.flow}/${last.sourceId}` : null };
}

function placeOf(after: string): { flow: string; sourceId: string } {
  const [, flow, sourceId] = /^([^/]+)\/(.+)$/.exec(after) ?? [];
  if (flow === undefined || sourceId === undefined)
    throw new InvalidInput("after", `after is ${JSON.stringify(after)}; allowed: the "next" of the page before`);
  return { flow, sourceId };
}

function view(integration: string, row: ListedRecord, language: Language): RecordView {
  const reason = row.reason === null ? null : explain(row.reason, language);
  return {
    integration,
    flow: row.flow,
    sourceId: row.sourceId,
    targetId: row.targetId,
    label: row.label,
    outcome: row.outcome,
    code: row.reason?.code ?? null,
    reason: reason?.sentence ?? null,
    action: reason?.action ?? null,
    notes: row.notes.map((note) => explain(note, language).sentence),
    retryAt: row.retryAt,
    updatedAt: row.updatedAt,
  };
}

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
    found.push(...rows.map((row) => view(integration.name, row, language)));
  }
  return found;
}

/** The timeline and the reason of one record. @throws {InvalidInput} when none or several fit, naming them. */
export async function why(desk: Desk, reference: string, language: Language = "en"): Promise<Why> {
  const all = await findByHand(desk, reference, language);
  // An order that travelled both ways is found in both flows; the one that it is the source of tells more.
  const own = all.filter(({ sourceId }) => sourceId === reference);
  const found = own.length === 1 ? own : all;
  const [record] = found;
  if (record === undefined)
    throw new InvalidInput(
      "record",
      `there is no record ${JSON.stringify(reference)}; give a source id, a target id, a label such as an order number, or integration/flow/source id`,
    );
  if (found.length > 1)
    throw new InvalidInput(
      "record",
      `${JSON.stringify(reference)} fits ${found.length} records: ${found.map((one) => `${one.integration}/${one.flow}/${one.sourceId}`).join(", ")}`,
    );
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

/** What is watched of a record stands among what was written, where it belongs. */
function writtenWords(written: Readonly<Record<string, unknown>> | null): Readonly<Record<string, unknown>> | null {
  if (written === null) return null;
  const { watched, ...others } = written;
  return watched !== null && typeof watched === "object" ? { ...watched, ...others } : others;
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

/** Which records are to be tried again: one by hand, or all of an outcome or reason. */
export interface RetryRequest {
  readonly integration?: string | undefined;
  readonly record?: string | undefined;
  readonly flow?: string | undefined;
  readonly outcome?: Outcome | undefined;
  /** the code of a reason */
  readonly reason?: string | undefined;
  readonly signal: AbortSignal;
}

/** Has records read and judged anew, and runs the due ones now. @throws {InvalidInput} */
export async function retry(desk: Desk, request: RetryRequest): Promise<{ marked: number; flows: FlowReport[] }> {
  const now = new Date(desk.clock.now());
  const one = request.record === undefined ? null : await why(desk, request.record);
  const name = one?.integration ?? request.integration;
  if (name === undefined)
    throw new InvalidInput("integration", "name a record, or an integration with --outcome or --reason");
  const integration = await integrationNamed(desk, name);
  const { reason: code } = request;
  if (code !== undefined && !isReasonCode(code))
    throw new InvalidInput("reason", `reason is ${JSON.stringify(code)}; allowed: ${reasonCodes.join(", ")}`);
  const flow = one?.flow ?? request.flow;
  const marked = await desk.store.database.transaction().execute(async (executor) => {
    const counts = await retryRecords(
      executor,
      {
        integrationId: integration.id,
        outcomes:
          one === null
            ? [request.outcome ?? "waiting", ...(request.outcome === undefined ? (["rejected"] as const) : [])]
            : ["created", "updated", "unchanged", "skipped", "waiting", "rejected"],
        ...(flow === undefined ? {} : { flow }),
        ...(one === null ? {} : { sourceIds: [one.sourceId] }),
        ...(code === undefined ? {} : { codes: [code] }),
      },
      now,
    );
    for (const name of counts.keys()) await searchNow(executor, { integrationId: integration.id, flow: name }, now);
    if (one !== null)
      await addEvents(executor, { integrationId: integration.id, flow: one.flow }, null, [
        { sourceId: one.sourceId, at: now, kind: "retried", detail: { by: "hand" } },
      ]);
    return counts;
  });
  const flows: FlowReport[] = [];
  for (const name of chosenFlows(desk, integration, undefined).map((each) => each.name)) {
    if (marked.has(name))
      flows.push(
        ...(await sync(desk, { integration: integration.name, flow: name, scope: "due", signal: request.signal })),
      );
  }
  return { marked: [...marked.values()].reduce((sum, count) => sum + count, 0), flows };
}
