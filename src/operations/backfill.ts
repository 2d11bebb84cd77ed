/** History on request: a forecast first, then a run of days that can be paused, resumed and ended. */
import { InvalidInput } from "../core/errors.ts";
import type { OutcomeCounts } from "../core/outcome.ts";
import { type RunReport, runFlow } from "../engine/run-flow.ts";
import {
  addBackfill,
  type Backfill,
  type BackfillState,
  findOpenBackfill,
  listBackfills,
  updateBackfill,
} from "../store/backfills.ts";
import { chosenFlows, type Desk, integrationNamed } from "./desk.ts";
import { type BackfillRequest, type FlowForecast, type Forecast, forecast } from "./forecast.ts";

/** A backfill as people see it. */
export interface BackfillView {
  readonly id: number;
  readonly integration: string;
  readonly flow: string;
  readonly since: string;
  /** the last day that is not done yet */
  readonly until: string;
  readonly state: BackfillState;
  /** of one whose state is `running`: a run is at it, it rests until `resumesAt`, or it waits for one; else null */
  readonly activity: "working" | "resting" | "waiting" | null;
  readonly forecast: FlowForecast;
  readonly counts: OutcomeCounts;
  readonly calls: Readonly<Record<string, number>>;
  readonly message: string | null;
  readonly resumesAt: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/**
 * Stores the backfills of a forecast; `serve` and `worker` do them, and `runBackfill` does one here.
 * @param said the forecast that was made for this request already; made now where it is missing
 * @returns those that were begun. @throws {InvalidInput} when one of a flow is open already.
 */
export async function startBackfill(
  desk: Desk,
  request: BackfillRequest,
  said?: Forecast,
): Promise<{ forecast: Forecast; backfills: BackfillView[] }> {
  const integration = await integrationNamed(desk, request.integration);
  const forecasted = said ?? (await forecast(desk, request));
  const now = new Date(desk.clock.now());
  const begun = new Set<number>();
  await desk.store.database.transaction().execute(async (executor) => {
    for (const { flow, since, until, ...figures } of forecasted.flows) {
      const key = { integrationId: integration.id, flow };
      const forecast = { flow, since, until, ...figures };
      const id = await addBackfill(executor, key, { since, until, forecast }, now);
      if (id === null)
        throw new InvalidInput(
          "flow",
          `a backfill of ${integration.name} ${flow} is open already; resume or cancel it first`,
        );
      begun.add(id);
    }
  });
  const open = await backfills(desk, { integration: integration.name, open: true });
  return { forecast: forecasted, backfills: open.filter(({ id }) => begun.has(id)) };
}

/** Backfills of an integration, newest first. */
export async function backfills(desk: Desk, request: { integration: string; open?: boolean }): Promise<BackfillView[]> {
  const { id, name } = await integrationNamed(desk, request.integration);
  const found = await listBackfills(desk.store.database, { integrationId: id, open: request.open ?? false, most: 100 });
  return found.map((one) => view(desk, name, one));
}

const changes = {
  pause: { from: "running", state: "paused" },
  /** what rests is running too, and goes on at once */
  resume: { from: null, state: "running" },
  cancel: { from: null, state: "cancelled" },
} as const;

export type BackfillVerb = keyof typeof changes;

/** Pauses, resumes or ends the open backfills of an integration, or of one flow. @throws {InvalidInput} when there is none. */
export async function changeBackfill(
  desk: Desk,
  request: { integration: string; flow?: string | undefined; verb: BackfillVerb },
): Promise<BackfillView[]> {
  const integration = await integrationNamed(desk, request.integration);
  const { from, state } = changes[request.verb];
  const now = new Date(desk.clock.now());
  // By what is stored, so that one whose flow was taken out of the flavour can be ended too.
  const all = await listBackfills(desk.store.database, { integrationId: integration.id, open: true, most: 100 });
  const changed: string[] = [];
  for (const open of all) {
    if ((request.flow ?? open.flow) !== open.flow || (from !== null && open.state !== from)) continue;
    await updateBackfill(desk.store.database, open.id, { state, message: null, resumesAt: null }, now);
    changed.push(open.flow);
  }
  if (changed.length === 0)
    throw new InvalidInput(
      "flow",
      `there is no ${from ?? "open"} backfill of ${[integration.name, request.flow].filter(Boolean).join(" ")} to ${request.verb}`,
    );
  const views = await backfills(desk, { integration: integration.name });
  return views
    .filter(({ flow }) => changed.includes(flow))
    .filter((one, at, rest) => rest.findIndex(({ flow }) => flow === one.flow) === at);
}

/** How one run of a backfill ended; the report's `retryAt` says when it can go on. */
export interface BackfillReport extends RunReport {
  readonly backfill: BackfillView | null;
}

/** Goes on with the open backfill of a flow in this process, until it is done, paused, or the day's calls are needed elsewhere. */
export async function runBackfill(
  desk: Desk,
  request: {
    readonly integration: string;
    readonly flow: string;
    readonly signal: AbortSignal;
    readonly onProgress?: (counts: OutcomeCounts, calls: Readonly<Record<string, number>>) => void;
  },
): Promise<BackfillReport> {
  const integration = await integrationNamed(desk, request.integration);
  const [flow] = chosenFlows(desk, integration, request.flow);
  const key = { integrationId: integration.id, flow: request.flow };
  const open = await findOpenBackfill(desk.store.database, key);
  if (flow === undefined || open === null || open.state !== "running")
    throw new InvalidInput("flow", `there is no running backfill of ${integration.name} ${request.flow}`);
  const { onProgress } = request;
  const report = await runFlow(desk, {
    integration,
    flow,
    trigger: "backfill",
    scope: { backfill: open },
    signal: request.signal,
    ...(onProgress ? { onProgress: ({ counts, calls }) => onProgress(counts, calls) } : {}),
  });
  const [latest] = await listBackfills(desk.store.database, { ...key, most: 1 });
  return { ...report, backfill: latest === undefined ? null : view(desk, integration.name, latest) };
}

function view(
  { clock }: Desk,
  integration: string,
  { integrationId: _, forecast, heldUntil, ...backfill }: Backfill,
): BackfillView {
  const activity = activityOf({ ...backfill, heldUntil }, clock.now());
  return { integration, ...backfill, activity, forecast: forecast as unknown as FlowForecast };
}

function activityOf(
  { state, heldUntil, resumesAt }: Pick<Backfill, "state" | "heldUntil" | "resumesAt">,
  now: number,
): BackfillView["activity"] {
  if (state !== "running") return null;
  if (heldUntil !== null && heldUntil.getTime() > now) return "working";
  return resumesAt !== null && resumesAt.getTime() > now ? "resting" : "waiting";
}
