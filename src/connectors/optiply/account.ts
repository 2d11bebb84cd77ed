import { later } from "../../core/clock.ts";
import type { Door, Facts } from "../../core/connector.ts";
import { NeedsPerson, RetryLater } from "../../core/errors.ts";
import { listRows, type ResourceObject } from "./documents.ts";
import type { OptiplySettings } from "./settings.ts";

const failedMs = 60_000;

/** The query that every write carries: the webshop, and the coupling where it is known. */
export type WriteQuery = () => Promise<Readonly<Record<string, string>>>;

/** Makes the write query once per session; the webshop is asked for where neither settings nor facts name it. */
export function writeQuery(door: Door, settings: OptiplySettings, facts: Facts): WriteQuery {
  let accountId: Promise<string> | undefined;
  return async () => {
    // A failed look-up is not remembered, so that the next write asks again.
    accountId ??= findAccountId(door, settings, facts).catch((error: unknown) => {
      accountId = undefined;
      throw error;
    });
    const { couplingId } = settings;
    return { accountId: await accountId, ...(couplingId === undefined ? {} : { couplingId }) };
  };
}

async function findAccountId(door: Door, settings: OptiplySettings, facts: Facts): Promise<string> {
  if (settings.accountId !== undefined) return settings.accountId;
  if (typeof facts.accountId === "string") return facts.accountId;
  return chooseAccount(door, await readAccounts(door), settings);
}

/** The webshops that the credentials see; in practice one. */
export async function readAccounts(door: Door): Promise<readonly ResourceObject[]> {
  for await (const rows of listRows(door, "accounts", {})) return rows;
  return [];
}

/** @throws {NeedsPerson} field-invalid, where the choice is not clear. */
export function chooseAccount(door: Door, accounts: readonly ResourceObject[], { accountId }: OptiplySettings): string {
  const [first, ...others] = accounts;
  if (first === undefined)
    throw new RetryLater(later(door.clock, failedMs), "Optiply shows no account to these credentials");
  const chosen = accountId === undefined && others.length === 0 ? first : accounts.find(({ id }) => id === accountId);
  if (chosen !== undefined) return chosen.id;
  const allowed = accounts.map(({ id, attributes }) => `${id} (${String(attributes.name ?? "")})`).join(", ");
  const value = accountId === undefined ? "not set" : JSON.stringify(accountId);
  // What a person corrects is the connection, not a record at the vendor.
  const parameters = { vendor: "the settings of the connection", field: "accountId", value, allowed };
  throw new NeedsPerson(
    { code: "field-invalid", parameters },
    `accountId is ${value}; allowed, because the credentials see them: ${allowed}`,
  );
}
