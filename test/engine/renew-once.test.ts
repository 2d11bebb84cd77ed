/** Tokens whose renewal works once: one renewal at a time, both halves saved together, nothing sent twice. */
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { AccessToken } from "../../src/core/connector.ts";
import { NeedsPerson, RetryLater } from "../../src/core/errors.ts";
import type { SingleUse, TokenVault } from "../../src/core/ledger.ts";
import { createTokenVault } from "../../src/store/access-tokens.ts";
import { connectionSecrets, saveConnection } from "../../src/store/connections.ts";
import { openStore, type Store } from "../../src/store/open-store.ts";
import { readLostRenewal } from "../../src/store/renew-once.ts";
import { createSeal } from "../../src/store/seal.ts";
import { createTestDatabase, type TestDatabase } from "../test-database.ts";

const dayMs = 86_400_000;
const seal = createSeal(Buffer.alloc(32, 7));
let now = Date.parse("2026-03-01T12:00:00Z");
const clock = { now: () => now, sleep: async () => undefined };

let database: TestDatabase;
let stores: readonly [Store, Store];
let made = 0;
let connection = 0;

beforeAll(async () => {
  database = await createTestDatabase();
  const open = () => openStore({ databaseUrl: database.databaseUrl });
  stores = [await open(), await open()];
});
beforeEach(async () => {
  now = Date.parse("2026-03-01T12:00:00Z");
  made += 1;
  connection = await save(first(), "refresh-0");
});
afterAll(async () => {
  for (const store of stores) await store.close();
  await database.drop();
});

const first = () => stores[0];
/** Another process on the same database, as far as the database can tell. */
const another = () => stores[1];

function save(store: Store, refreshToken: string, token: AccessToken | null = null): Promise<number> {
  const given = { name: `store-${made}`, vendor: "salla", settings: {}, facts: {}, secrets: { refreshToken }, token };
  return store.database.transaction().execute((executor) => saveConnection(executor, seal, given, new Date(now)));
}

const vaultOf = (store: Store): TokenVault => createTokenVault(store.database, seal, clock);
const secrets = () => connectionSecrets(first().database, seal, connection);
const renew = (vault: TokenVault, token: string | null, signIn: (given: SingleUse) => Promise<AccessToken>) =>
  vault.renewOnce(connection, { token, refused: false, vendor: "Salla" }, signIn);

/** A vendor whose refresh tokens work once; a second use kills everything, as Salla does. */
function createAccounts() {
  let living = "refresh-0";
  let renewals = 0;
  const used: string[] = [];
  const signIn = async ({ secrets: given, leaving }: SingleUse): Promise<AccessToken> => {
    await leaving();
    used.push(String(given.refreshToken));
    if (given.refreshToken !== living) throw refused();
    renewals += 1;
    living = `refresh-${renewals}`;
    await new Promise((resolve) => setTimeout(resolve, 20));
    return {
      token: `access-${renewals}`,
      expiresAt: now + 14 * dayMs,
      renewAt: now + 13 * dayMs,
      renewedSecrets: { refreshToken: living },
    };
  };
  return { signIn, used };
}

function refused(): NeedsPerson {
  return new NeedsPerson(
    { code: "credentials-refused", parameters: { vendor: "Salla", message: "" } },
    "invalid_grant",
  );
}

const lostAnswer = async ({ leaving }: SingleUse): Promise<AccessToken> => {
  await leaving();
  throw new RetryLater(new Date(now + 30_000), "no answer", { inDoubt: true });
};

test("twenty calls in two processes make one renewal, and both tokens are saved before anyone has one", async () => {
  const accounts = createAccounts();
  const [one, two] = [vaultOf(first()), vaultOf(another())];
  const seenSaved: unknown[] = [];
  const tokens = await Promise.all(
    Array.from({ length: 20 }, async (_, index) => {
      const { token } = await renew(index % 2 === 0 ? one : two, null, accounts.signIn);
      seenSaved.push((await secrets()).refreshToken);
      return token;
    }),
  );
  expect(new Set(tokens)).toEqual(new Set(["access-1"]));
  expect(new Set(seenSaved)).toEqual(new Set(["refresh-1"]));
  expect(accounts.used).toEqual(["refresh-0"]);
  expect(await one.current(connection)).toEqual({
    token: "access-1",
    expiresAt: now + 14 * dayMs,
    renewAt: now + 13 * dayMs,
  });
  expect(await readLostRenewal(first().database, seal, connection)).toBeNull();
});

test("the secrets are those of the moment: the next renewal uses what the last one gave, in whatever process", async () => {
  const accounts = createAccounts();
  const [one, two] = [vaultOf(first()), vaultOf(another())];
  await renew(one, null, accounts.signIn);
  await renew(two, "access-1", accounts.signIn);
  await renew(one, "access-2", accounts.signIn);
  expect(accounts.used).toEqual(["refresh-0", "refresh-1", "refresh-2"]);
});

test("before a renewal leaves it is noted in a row of its own", async () => {
  const seen: unknown[] = [];
  await renew(vaultOf(first()), null, async ({ leaving }) => {
    const look = async () => (await readLostRenewal(another().database, seal, connection))?.startedAt ?? null;
    seen.push(await look());
    await leaving();
    seen.push(await look());
    return { token: "access-1", expiresAt: now + dayMs, renewedSecrets: { refreshToken: "refresh-1" } };
  });
  expect(seen).toEqual([null, new Date(now)]);
});

test("a renewal that is lost in the middle of the token's life is never repeated; the token works until its end", async () => {
  const accounts = createAccounts();
  const [one, two] = [vaultOf(first()), vaultOf(another())];
  const { token, expiresAt } = await renew(one, null, accounts.signIn);
  now += 13.5 * dayMs;
  expect(await renew(one, token, lostAnswer)).toEqual({ token, expiresAt, renewAt: expiresAt });
  expect(await renew(two, token, accounts.signIn)).toEqual({ token, expiresAt, renewAt: expiresAt });
  expect(await readLostRenewal(first().database, seal, connection)).toEqual({
    startedAt: new Date(now),
    worksUntil: new Date(expiresAt),
  });
  now = expiresAt + 1;
  const action = { code: "renewal-lost", parameters: { vendor: "Salla" } };
  await expect(renew(two, token, accounts.signIn)).rejects.toMatchObject({ action });
  expect(accounts.used).toEqual(["refresh-0"]);
});

test("a token that the vendor refuses is not what is left", async () => {
  const accounts = createAccounts();
  const vault = vaultOf(first());
  const { token } = await renew(vault, null, accounts.signIn);
  await renew(vault, token, lostAnswer);
  const again = vault.renewOnce(connection, { token, refused: true, vendor: "Salla" }, accounts.signIn);
  await expect(again).rejects.toMatchObject({ action: { code: "renewal-lost" } });
  expect(accounts.used).toEqual(["refresh-0"]);
});

test("with no token left a lost answer needs a person at once, and one who connects again is not held up by it", async () => {
  const accounts = createAccounts();
  const vault = vaultOf(first());
  await expect(renew(vault, null, lostAnswer)).rejects.toMatchObject({ action: { code: "renewal-lost" } });
  await expect(renew(vault, null, accounts.signIn)).rejects.toMatchObject({ action: { code: "renewal-lost" } });
  await save(first(), "refresh-new");
  const fresh = await renew(vault, null, async ({ secrets: given, leaving }) => {
    await leaving();
    return {
      token: `access of ${given.refreshToken}`,
      expiresAt: now + dayMs,
      renewedSecrets: { refreshToken: "next" },
    };
  });
  expect(fresh.token).toBe("access of refresh-new");
});

test("a process that dies between leaving and saving has lost its renewal", async () => {
  const store = another();
  const left = Promise.withResolvers<void>();
  const death = Promise.withResolvers<never>();
  const dying = renew(vaultOf(store), null, async ({ leaving }) => {
    await leaving();
    left.resolve();
    return await death.promise;
  });
  const ended = expect(dying).rejects.toThrow();
  await left.promise;
  // The database drops what a dead process held; its note is committed.
  await first().pool.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and state = 'idle in transaction'",
  );
  death.reject(new Error("the process is dead"));
  await ended;
  const accounts = createAccounts();
  await expect(renew(vaultOf(first()), null, accounts.signIn)).rejects.toMatchObject({
    action: { code: "renewal-lost" },
  });
  expect(accounts.used).toEqual([]);
});

test.each([
  ["a clear refusal", refused()],
  ["an answer that it was not taken", new RetryLater(new Date(0), "too many")],
  ["a request that never left", new Error("a mistake of ours")],
])("%s leaves no note: the secrets are as they were", async (name, error) => {
  const accounts = createAccounts();
  const vault = vaultOf(first());
  const failing = renew(vault, null, async ({ leaving }) => {
    if (!name.includes("never left")) await leaving();
    throw error;
  });
  await expect(failing).rejects.toBe(error);
  expect((await renew(vault, null, accounts.signIn)).token).toBe("access-1");
});

test("a renewal ahead of the end that cannot be had for now leaves the token in use, and is tried again", async () => {
  const accounts = createAccounts();
  const vault = vaultOf(first());
  const { token, expiresAt } = await renew(vault, null, accounts.signIn);
  now += 13.5 * dayMs;
  const down = async () => {
    throw new RetryLater(new Date(now + 30_000), "connect ECONNREFUSED");
  };
  expect(await renew(vault, token, down)).toEqual({ token, expiresAt, renewAt: now + 600_000 });
  expect((await renew(vault, token, accounts.signIn)).token).toBe("access-2");
});

test("who connects again while a renewal is under way has the last word", async () => {
  const vault = vaultOf(first());
  const left = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<void>();
  const renewing = renew(vault, null, async ({ leaving }) => {
    await leaving();
    left.resolve();
    await answer.promise;
    return { token: "old", expiresAt: now + dayMs, renewedSecrets: { refreshToken: "of the old ones" } };
  });
  await left.promise;
  const saving = save(another(), "refresh-new", { token: "new", expiresAt: now + dayMs });
  answer.resolve();
  await Promise.all([renewing, saving]);
  expect(await secrets()).toEqual({ refreshToken: "refresh-new" });
  expect((await vault.current(connection))?.token).toBe("new");
});
