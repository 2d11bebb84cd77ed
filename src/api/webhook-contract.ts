/** The contract of the routes that show the webhooks of a connection to who holds a key. */
import { z } from "zod";
import { count, time } from "./contract.ts";

/** GET /v1/connections/:name/webhooks and POST …/webhooks/rotate */
export const webhooksQuery = z.strictObject({ most: z.coerce.number().int().min(1).max(1000).default(20) });

export const webhooksAnswer = z.strictObject({
  connection: z.string(),
  vendor: z.string(),
  path: z.string(),
  /** null where MIZAN_PUBLIC_URL is not set */
  url: z.string().nullable(),
  madeAt: time,
  /** the last delivery there that was not taken */
  refused: z.strictObject({ at: time, why: z.string() }).nullable(),
  /** newest first */
  deliveries: z.array(
    z.strictObject({
      event: z.string(),
      account: z.string(),
      hints: z.array(z.strictObject({ resource: z.string(), id: z.string() })),
      saidAt: time.nullable(),
      receivedAt: time,
      repeats: count,
      /** null: not handled yet */
      handledAt: time.nullable(),
      outcome: z.enum(["announced", "kept", "unconcerned", "authorised", "revoked", "overtaken", "failed"]).nullable(),
    }),
  ),
});

/** POST /v1/connections/:name/webhooks/register */
export const registeredAnswer = z.strictObject({
  connection: z.string(),
  url: z.string(),
  events: z.array(z.string()),
  /** other addresses of a Mizan that the account still posts to */
  others: z.array(z.string()),
});
