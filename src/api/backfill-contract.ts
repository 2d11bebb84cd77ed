/** The part of the contract that is about history. Days are YYYY-MM-DD. */
import { z } from "zod";
import { count, counts, time } from "./contract.ts";

/** POST /v1/integrations/:name/backfills: without `start` only the forecast */
export const backfillRequest = z.strictObject({
  flow: z.string().optional(),
  since: z.string(),
  start: z.boolean().default(false),
});
/** PATCH /v1/integrations/:name/backfills */
export const backfillChangeRequest = z.strictObject({
  flow: z.string().optional(),
  verb: z.enum(["pause", "resume", "cancel"], "one of pause, resume, cancel"),
});
const flowForecast = z.strictObject({
  flow: z.string(),
  since: z.iso.date(),
  until: z.iso.date(),
  records: count,
  toSend: count,
  calls: z.record(z.string(), count),
});
const forecast = z.strictObject({
  integration: z.string(),
  since: z.iso.date(),
  flows: z.array(flowForecast),
  connections: z.array(
    z.strictObject({
      connection: z.string(),
      vendor: z.string(),
      calls: count,
      perMinute: z.number(),
      perDay: z.number().nullable(),
      reserve: z.number(),
      regular: z.number(),
      spareToday: z.number().nullable(),
      /** until it is done, the rest until the vendor's next day included; null = never */
      minutes: count.nullable(),
      days: z.number().nullable(),
      stretched: z.array(z.strictObject({ flow: z.string(), everyMinutes: z.number(), carriedMinutes: z.number() })),
    }),
  ),
  records: count,
  minutes: count.nullable(),
  days: z.number().nullable(),
});
const backfillView = z.strictObject({
  id: z.number(),
  integration: z.string(),
  flow: z.string(),
  since: z.iso.date(),
  /** the last day that is not done yet */
  until: z.iso.date(),
  state: z.enum(["running", "paused", "done", "cancelled"]),
  /** of a running one: a run is at it, it rests until `resumesAt`, or it waits for one */
  activity: z.enum(["working", "resting", "waiting"]).nullable(),
  forecast: flowForecast,
  counts,
  calls: z.record(z.string(), count),
  message: z.string().nullable(),
  resumesAt: time.nullable(),
  createdAt: time,
  updatedAt: time,
});
export const backfillsAnswer = z.strictObject({ backfills: z.array(backfillView) });
export const startedBackfillAnswer = backfillsAnswer.extend({ forecast });
