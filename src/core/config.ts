import { z } from "zod";
import { InvalidInput } from "./errors.ts";

/** Everything that the environment can set, read once at the start; `docs/operating/configuration.md` is printed from it. */
export const configSchema = z.object({
  MIZAN_HOME: z
    .string()
    .min(1)
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
  MIZAN_PORT: z.coerce.number().int().min(0).max(65_535).default(8470).describe("port of the API; 0 = any free one"),
  MIZAN_HOST: z.string().min(1).default("127.0.0.1").describe("address that the API listens on"),
  MIZAN_LOG_LEVEL: z
    .enum(["debug", "info", "warn", "error"])
    .default("info")
    .describe("how much is written to standard error"),
});

export type Config = z.output<typeof configSchema>;

/** @throws {InvalidInput} naming the variable, its value's fault and what is allowed. */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const parsed = configSchema.safeParse(environment);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const name = String(issue?.path[0] ?? "environment");
  throw new InvalidInput(name, `${name}: ${issue?.message ?? "invalid"}`);
}
