/** A desk whose made-up vendor posts webhooks, signed over the raw body. */
import { createHmac, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import type { Connector, Session } from "../../src/core/connector.ts";
import type { WebhookCheck } from "../../src/core/webhook.ts";
import { madeUpBench } from "../../src/jobs/fixtures/made-up-bench.ts";
import type { Desk } from "../../src/operations/desk.ts";
import { parseJson } from "../../src/outbound/parse-json.ts";
import type { Store } from "../../src/store/open-store.ts";
import { createSeal } from "../../src/store/seal.ts";

const settingsSchema = z.object({ shop: z.string(), account: z.string(), longestWorkMs: z.number() });
const secretsSchema = z.object({ signingSecret: z.string().min(1), refreshToken: z.string().min(1) });
type Settings = z.output<typeof settingsSchema>;
type Secrets = z.output<typeof secretsSchema>;

const bodySchema = z.object({
  event: z.string(),
  account: z.coerce.string(),
  /** milliseconds since 1970 */
  at: z.number().nullable().default(null),
  items: z.array(z.coerce.string()).default([]),
  installed: z.object({ refreshToken: z.string() }).optional(),
  uninstalled: z.literal(true).optional(),
});

export const signatureHeader = "x-made-up-signature";

/** The vendor's signature of a raw body. */
export function signatureOf(body: string | Buffer, secret: string): string {
  return createHmac("sha256", secret).update(body).digest("hex");
}

const webhooks: WebhookCheck<Settings, Secrets> = {
  verify: ({ headers, body }, { secrets }) => {
    const given = Buffer.from(headers[signatureHeader] ?? "", "utf8");
    const wanted = Buffer.from(signatureOf(body, secrets.signingSecret), "utf8");
    return given.length === wanted.length && timingSafeEqual(given, wanted);
  },
  read: (body) => {
    const { data } = bodySchema.safeParse(body);
    if (data === undefined) return null;
    const { event, account, at, items, installed, uninstalled } = data;
    const notice = { event, account, at, hints: items.map((id) => ({ resource: "items", id })) };
    if (installed !== undefined) return { ...notice, connection: { kind: "authorised", secrets: installed } };
    return uninstalled ? { ...notice, connection: { kind: "revoked" } } : notice;
  },
};

const connector = {
  vendor: "made-up",
  title: "Made-up",
  settings: settingsSchema,
  secrets: secretsSchema,
  privileges: [],
  accountOf: ({ account }: Settings) => account,
  webhooks,
} as Partial<Connector<Settings, Secrets>> as unknown as Connector;

/** A desk, and what its vendor was asked to read. */
export interface MadeUpDoor {
  readonly desk: Desk;
  /** the ids of every record that was read in full, in order */
  readonly reads: readonly string[];
}

/** Ids of this beginning do not exist at the vendor. */
export const inventedPrefix = "invented";

/** The same seal in every process. Logs go to `say`. */
export function madeUpDoor(
  store: Store,
  vendorUrl: string,
  process: string,
  say: (line: string) => void = () => undefined,
): MadeUpDoor {
  const bench = madeUpBench(store, vendorUrl, process, say);
  const reads: string[] = [];
  const desk: Desk = {
    ...bench,
    seal: createSeal(Buffer.alloc(32, 9)),
    connectors: new Map([[connector.vendor, connector]]),
    publicUrl: "https://mizan.example.com",
    parseJson,
    framedBy: [],
    visitorOf: () => Promise.reject(new Error("no page is shown here")),
    exchange: () => Promise.reject(new Error("nothing is exchanged here")),
    openTrial: () => Promise.reject(new Error("nothing is tried here")),
    openSession: async (connection, options) => {
      const opened = await bench.openSession(connection, options);
      return { ...opened, session: countingReads(opened.session, reads) };
    },
  };
  return { desk, reads };
}

function countingReads(session: Session, reads: string[]): Session {
  const { items } = session.sources;
  if (items === undefined) throw new Error("the made-up vendor has items");
  const read: typeof items.read = async (ids) => {
    reads.push(...ids);
    const found = new Map(await items.read(ids));
    for (const id of ids) if (id.startsWith(inventedPrefix)) found.set(id, { kind: "missing" });
    return found;
  };
  return { ...session, sources: { ...session.sources, items: { ...items, read } } };
}
