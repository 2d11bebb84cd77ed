import { InvalidInput } from "../core/errors.ts";
import type { Outcome } from "../core/outcome.ts";
import { explain, isReasonCode, type Language, type ReasonCode, reasonCodes } from "../core/reasons.ts";
import { type ListedRecord, listRecords, type RecordFilter } from "../store/records.ts";
import { chosenFlows, type Desk, integrationNamed } from "./desk.ts";

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

/** Records of a page, where nobody says how many. */
export const pageSize = 50;

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
  return rows.map((row) => recordView(integration.name, row, request.language ?? "en"));
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

/** A record as people see it. */
export function recordView(integration: string, row: ListedRecord, language: Language): RecordView {
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
