/**
 * The contract of the HTTP API: what each request may hold and what each answer holds. Times are ISO 8601 in UTC.
 * The routes read requests by these schemas; the tests read every answer by them.
 */
import { z } from "zod";
import { outcomes, triggers } from "../core/outcome.ts";

export const time = z.iso.datetime();
export const count = z.int().min(0);
const options = z.record(z.string(), z.unknown());
export const counts = z.strictObject({
  created: count,
  updated: count,
  unchanged: count,
  skipped: count,
  waiting: count,
  rejected: count,
});
const problem = z.strictObject({ sentence: z.string(), action: z.string() });
const facts = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.string())]));

/** Every error: what is wrong, and what to do where somebody can do something. */
export const fault = z.strictObject({
  /** `invalid-input`, `unauthorised`, `not-found`, a reason such as `credentials-refused`, `retry-later`, `internal` */
  code: z.string(),
  message: z.string(),
  /** the field of the request that is wrong */
  field: z.string().optional(),
  /** what a person must do */
  action: z.string().optional(),
  retryAt: time.optional(),
});
export const errorAnswer = z.strictObject({ error: fault });
export type ErrorAnswer = z.output<typeof errorAnswer>;

/** GET /v1/health; the only route without a key. */
export const healthAnswer = z.strictObject({ status: z.enum(["ok", "database-down"]) });

/** POST /v1/connections: settings and secrets are the vendor's own. One of the same name is renewed. */
export const connectRequest = z.strictObject({
  name: z.string(),
  vendor: z.string(),
  settings: options.default({}),
  secrets: options,
});

const connectionView = z.strictObject({
  name: z.string(),
  vendor: z.string(),
  settings: options,
  problem: problem.nullable(),
  checkedAt: time.nullable(),
});
export const connectedAnswer = z.strictObject({ connection: connectionView, facts });
export const connectionsAnswer = z.strictObject({ connections: z.array(connectionView) });

/** POST /v1/connections/:name/doctor */
export const diagnosisAnswer = z.strictObject({
  connection: z.string(),
  vendor: z.string(),
  works: z.boolean(),
  /** true: a person must act; false with `works` false: it may pass by itself */
  needsPerson: z.boolean(),
  /** what will end although it works now */
  ahead: problem.nullable(),
  problem: problem.nullable(),
  /** what should be done at the vendor all the same, or to get it to work */
  advice: z.array(problem),
  facts,
  privileges: z.array(z.string()),
  budget: z.strictObject({
    perMinute: z.number(),
    dayLimit: z.number().nullable(),
    dayRemaining: z.number().nullable(),
    dayResetsAt: time.nullable(),
    pausedUntil: time.nullable(),
    pauseReason: z.string().nullable(),
  }),
});

/** POST /v1/integrations */
export const integrationRequest = z.strictObject({
  name: z.string(),
  kind: z.string(),
  flavour: z.string().optional(),
  source: z.string(),
  target: z.string(),
  options: options.default({}),
  /** true: made without running, so that it can be planned first */
  paused: z.boolean().optional(),
});

/** PATCH /v1/integrations/:name; an option that is null goes back to its default. */
export const integrationChangeRequest = z.strictObject({
  options: options.optional(),
  flavour: z.string().optional(),
  everyMinutes: z.record(z.string(), z.number()).optional(),
  /** true: products that are counted at a place which changes are counted anew */
  recount: z.boolean().optional(),
});

export const integrationView = z.strictObject({
  name: z.string(),
  kind: z.string(),
  flavour: z.string(),
  source: z.string(),
  target: z.string(),
  paused: z.boolean(),
  options,
  needsPerson: z.array(problem.extend({ connection: z.string() })),
  flows: z.array(
    z.strictObject({
      name: z.string(),
      title: z.string(),
      from: z.string(),
      to: z.string(),
      reads: z.enum(["all", "changed", "referred"]),
      everyMinutes: z.number(),
      /** the interval that the day's calls can carry, where that is longer */
      stretchedMinutes: z.number().nullable(),
      nextRunAt: time.nullable(),
      lastRun: z
        .strictObject({
          id: z.number(),
          state: z.string(),
          startedAt: time,
          endedAt: time.nullable(),
          counts,
          message: z.string().nullable(),
        })
        .nullable(),
      /** why nothing is made by itself in this flow until a person has looked */
      needsPerson: problem.nullable(),
      records: counts.partial(),
    }),
  ),
});
export const integrationsAnswer = z.strictObject({ integrations: z.array(integrationView) });
/** The integration as it is now, and entries that were saved although the vendor does not know them. */
export const settingsAnswer = z.strictObject({ integration: integrationView, warnings: z.array(z.string()) });

/** POST /v1/integrations/:name/sync and …/plan: one flow, or all when left out */
export const flowRequest = z.strictObject({ flow: z.string().optional() });

export const queuedAnswer = z.strictObject({
  queued: z.array(z.strictObject({ flow: z.string(), queued: z.boolean() })),
});

export const flowResult = z.strictObject({
  flow: z.string(),
  state: z.enum(["done", "stopped", "failed", "abandoned", "held", "running"]),
  runId: z.number().nullable(),
  counts,
  calls: z.record(z.string(), count),
  message: z.string().nullable(),
  fault: fault.extend({ kind: z.string() }).nullable(),
  retryAt: time.nullable(),
  searchAt: time.nullable(),
  heldBy: z.strictObject({ runId: z.number(), process: z.string(), startedAt: time }).nullable(),
  refused: z.array(z.strictObject({ sourceId: z.string(), label: z.string() })),
});
/** POST …/sync?wait=true */
export const syncAnswer = z.strictObject({ flows: z.array(flowResult) });
export type SyncAnswer = z.output<typeof syncAnswer>;

export const planAnswer = z.strictObject({
  plan: z.number(),
  integration: z.string(),
  flows: z.array(
    z.strictObject({
      flow: z.string(),
      /** deletions and replacements count as updated too */
      counts,
      /** deleted and not made anew */
      deletions: count,
      /** deleted and made anew in one go */
      replacements: count,
      /** the sum of the documents' amounts; the currency is empty where the vendor does not tell it */
      totals: z.array(z.strictObject({ currency: z.string(), amount: z.string() })),
      /** deletions first; a replacement is a `delete` with the fields of the new record */
      first: z.array(
        z.strictObject({
          kind: z.string(),
          replacement: z.boolean(),
          sourceId: z.string(),
          label: z.string(),
          /** a reference is `{linked, sourceId or targetId, label?}` */
          fields: options,
        }),
      ),
    }),
  ),
});
/** POST /v1/plans/:id/apply */
export const applyAnswer = z.strictObject({ plan: z.number(), flows: z.array(flowResult) });

/** GET /v1/runs */
export const runsQuery = z.strictObject({
  integration: z.string().optional(),
  flow: z.string().optional(),
  most: z.coerce.number().int().min(1).max(1000).default(20),
});
export const runsAnswer = z.strictObject({
  runs: z.array(
    z.strictObject({
      id: z.number(),
      integration: z.string(),
      flow: z.string(),
      trigger: z.enum(triggers),
      process: z.string(),
      state: z.string(),
      counts,
      calls: z.record(z.string(), count),
      message: z.string().nullable(),
      startedAt: time,
      endedAt: time.nullable(),
    }),
  ),
});
export type RunsAnswer = z.output<typeof runsAnswer>;

const language = z.enum(["en", "ar"]).default("en");

/** GET /v1/records: `after` is the `next` of the page before. */
export const recordsQuery = z.strictObject({
  integration: z.string(),
  flow: z.string().optional(),
  outcome: z.enum(outcomes).optional(),
  reason: z.string().optional(),
  text: z.string().optional(),
  after: z.string().optional(),
  most: z.coerce.number().int().min(1).max(1000).default(50),
  language,
});
const recordView = z.strictObject({
  integration: z.string(),
  flow: z.string(),
  sourceId: z.string(),
  targetId: z.string().nullable(),
  label: z.string(),
  outcome: z.enum(outcomes),
  code: z.string().nullable(),
  reason: z.string().nullable(),
  action: z.string().nullable(),
  notes: z.array(z.string()),
  retryAt: time.nullable(),
  updatedAt: time,
});
export const recordsAnswer = z.strictObject({ records: z.array(recordView), next: z.string().nullable() });
export type RecordsAnswer = z.output<typeof recordsAnswer>;

/** GET /v1/records/why */
export const whyQuery = z.strictObject({ record: z.string().min(1), language });
export const whyAnswer = z.strictObject({
  stories: z.array(
    recordView.extend({
      firstSeenAt: time,
      attempts: count,
      written: options.nullable(),
      timeline: z.array(z.strictObject({ at: time, what: z.string(), run: z.number().nullable() })),
    }),
  ),
});
export type WhyAnswer = z.output<typeof whyAnswer>;

/** POST /v1/records/dismiss: a linked record whose difference a person has seen and leaves; answers one story, as `why` tells it */
export const dismissRequest = z.strictObject({ record: z.string() });

/** POST /v1/records/retry: one record, or those of an integration with an outcome or a reason */
export const retryRequest = z.strictObject({
  integration: z.string().optional(),
  record: z.string().optional(),
  flow: z.string().optional(),
  outcome: z.enum(outcomes).optional(),
  reason: z.string().optional(),
});
export const retryAnswer = z.strictObject({ marked: count, flows: z.array(flowResult) });
