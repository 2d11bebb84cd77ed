import { z } from "zod";
import { readInput } from "./invalid-fields.ts";

const port = "a whole number from 0 to 65535";
const frameOrigins = "addresses such as https://s.salla.sa or https://*.salla.sa (http only on this machine)";
/** Nothing that could end the list and begin another part of the policy. */
const frameOrigin = /^(https:\/\/(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)*|http:\/\/(127\.0\.0\.1|localhost))(:\d{1,5})?$/;
const levels = ["debug", "info", "warn", "error"] as const;

/** Everything that the environment can set, read once at the start; `docs/operating/configuration.md` is printed from it. */
export const configSchema = z.object({
  MIZAN_HOME: z
    .string()
    .min(1, "a path of a folder")
    .optional()
    .describe("folder for the embedded database and the secret key; default ~/.mizan"),
  MIZAN_DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, "an address that starts with postgres://")
    .optional()
    .describe("a PostgreSQL server (15 or newer) in place of the embedded one"),
  MIZAN_SECRET_KEY: z
    .string()
    .refine((text) => Buffer.from(text, "base64").length === 32, "32 bytes in base64")
    .optional()
    .describe("the key that seals credentials; default: the file secret.key in MIZAN_HOME, made at the first start"),
  MIZAN_PORT: z
    .string()
    .regex(/^\d{1,5}$/, { error: port, abort: true })
    .transform(Number)
    .pipe(z.number().max(65_535, port))
    .default(8470)
    .describe("port of the API; 0 = any free one"),
  MIZAN_HOST: z
    .string()
    .regex(/^[\w.:%-]+$/, "an address or a name of this machine, such as 127.0.0.1, 0.0.0.0 or ::1")
    .default("127.0.0.1")
    .describe("address that the API listens on"),
  MIZAN_PUBLIC_URL: z
    .string()
    .regex(/^https?:\/\/[^\s/?#@]+(\/[^\s?#]*)?$/, "an address such as https://mizan.example.com")
    .transform((text) => text.replace(/\/+$/, ""))
    .optional()
    .describe("address under which vendors reach the API, for webhooks: that of your proxy, with https"),
  MIZAN_FRAMED_BY: z
    .string()
    .transform((text) => text.split(/[\s,]+/).filter((origin) => origin !== ""))
    .pipe(z.array(z.string().regex(frameOrigin, { error: frameOrigins, abort: true })).min(1, frameOrigins))
    .default(["https://s.salla.sa"])
    .describe("where browsers may show the page for Salla's dashboard in a frame; parted by commas"),
  MIZAN_LOG_LEVEL: z
    .enum(levels, `one of ${levels.join(", ")}`)
    .default("info")
    .describe("how much is written to standard error"),
});

export type Config = z.output<typeof configSchema>;

/** @throws {InvalidInput} naming each wrong variable, its value unless it may hold a secret, and what is allowed. */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  return readInput(configSchema, environment, { secret: ["MIZAN_SECRET_KEY", "MIZAN_DATABASE_URL"] });
}
