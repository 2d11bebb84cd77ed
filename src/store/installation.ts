import { randomUUID } from "node:crypto";
import { InvalidInput } from "../core/errors.ts";
import { jsonText } from "./json-text.ts";
import type { Executor } from "./schema.ts";
import type { Seal } from "./seal.ts";

const knownText = "mizan";

/**
 * Writes the installation's row at the first start, and checks at every later one that the secret key belongs to this
 * database, before anything is read or written with it.
 * @throws {InvalidInput} when the key is another one.
 */
export async function checkInstallation(executor: Executor, seal: Seal): Promise<void> {
  await executor
    .insertInto("installation")
    .values({ id: randomUUID(), key_check: seal.seal(knownText), created_at: new Date() })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const { key_check } = await executor.selectFrom("installation").select("key_check").executeTakeFirstOrThrow();
  try {
    if (seal.open(key_check) === knownText) return;
  } catch {
    // Falls through to the refusal: a key that does not open the known text is not this database's key.
  }
  throw new InvalidInput(
    "MIZAN_SECRET_KEY",
    "The secret key is not the one this database was made with. Put back the key (MIZAN_SECRET_KEY, or secret.key in MIZAN_HOME); if it is lost, `mizan reset-key` goes on with the present one. Nothing was changed.",
  );
}

/**
 * Goes on with another secret key because the old one is lost: cursors, links and records stay; what was sealed with the
 * old key is unreadable, so every connection asks to be connected again.
 */
export async function takeNewKey(executor: Executor, seal: Seal): Promise<void> {
  const reason = {
    code: "credentials-refused",
    parameters: { vendor: "The vendor", message: "the secret key was lost" },
  };
  await executor
    .updateTable("installation")
    .set({ key_check: seal.seal(knownText) })
    .execute();
  await executor.deleteFrom("access_token").execute();
  // An address that cannot be shown any more could not be told from a forgotten one; `mizan webhooks` makes another.
  await executor.deleteFrom("webhook_address").execute();
  await executor.updateTable("webhook_delivery").set({ change: null }).where("change", "is not", null).execute();
  await executor
    .updateTable("connection")
    .set({ secrets: seal.seal("{}"), needs_person: jsonText(reason) })
    .execute();
}
