import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { createRateBound } from "../operations/rate-bound.ts";
import { deliveryBounds, type Reception, receiveDelivery } from "../operations/receive-delivery.ts";
import type { Api } from "./api.ts";

/** The prefix of the addresses that vendors post to; nothing but a POST is open there. */
export const webhookPath = "/v1/webhooks/";

/** A vendor that is sent away because too many came asks again after so long. */
const againSeconds = 60;

const answers = {
  kept: [200, { status: "ok" }],
  repeated: [200, { status: "ok" }],
  // Answered like the others, so that it is not sent again.
  stale: [200, { status: "ok" }],
  // One answer for every reason, which tells nothing to who guesses addresses or signatures.
  refused: [404, { error: { code: "not-found", message: "there is nothing here" } }],
  malformed: [400, { error: { code: "invalid-input", message: "the body cannot be read" } }],
  "too-many": [429, { error: { code: "too-many", message: "send it again later" } }],
} as const satisfies Record<Reception, readonly [number, object]>;

/**
 * What vendors post (architecture, law 2): checked over the raw bytes, kept, answered, and handled afterwards by the
 * jobs. Open to the world; the token in the address and the vendor's signature are the keys.
 */
export function webhookRoutes({ desk, jobs }: Api): Hono {
  const rate = createRateBound({ most: deliveryBounds.perWindow, windowMs: deliveryBounds.windowMs }, desk.clock);
  const tooLarge = { error: { code: "too-large", message: "the body is too large" } };
  return new Hono().post(
    "/:token",
    async (c, next) => {
      if (isPlainJson(c)) return next();
      return c.json({ error: { code: "not-json", message: "allowed: application/json in UTF-8" } }, 415);
    },
    bodyLimit({ maxSize: deliveryBounds.bytes, onError: (c) => c.json(tooLarge, 413) }),
    async (c) => {
      const body = Buffer.from(await c.req.arrayBuffer());
      const delivery = { headers: c.req.header(), body };
      try {
        const reception = await receiveDelivery(desk, rate, c.req.param("token"), delivery);
        if (reception === "kept") jobs.takeUp();
        if (reception === "too-many") c.header("retry-after", String(againSeconds));
        const [status, answer] = answers[reception];
        return c.json(answer, status);
      } catch (error) {
        // Not left to the others: they name the path, which is the secret of this one. The vendor sends it again.
        desk.log("error", "a webhook could not be kept", { bytes: body.length, error: nameOf(error) });
        return c.json({ error: { code: "retry-later", message: "send it again later" } }, 503);
      }
    },
  );
}

/** An error's message may repeat a value of the statement that failed; its name and code do not. */
function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  return "code" in error ? `${error.name} ${String(error.code)}` : error.name;
}

function isPlainJson(c: Context): boolean {
  const type = c.req.header("content-type") ?? "";
  const encoding = c.req.header("content-encoding") ?? "identity";
  const [, charset = "utf-8"] = /charset="?([\w-]+)/i.exec(type) ?? [];
  return /^application\/json\s*(;|$)/i.test(type) && /^utf-?8$/i.test(charset) && encoding.toLowerCase() === "identity";
}
