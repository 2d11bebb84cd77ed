/** A Salla connection as people make it: what works once is used once, over processes, lost answers and reconnections. */
import { expect, test } from "vitest";
import { connect, doctor } from "../../src/operations/connect.ts";
import { connectionSecrets, findConnection } from "../../src/store/connections.ts";
import type { Fields } from "../conformance/stand-in.ts";
import { openStage, type Stage } from "../stage.ts";

const dayMs = 86_400_000;

async function connectSalla(stage: Stage, secrets: Fields = {}): Promise<void> {
  const { addresses } = stage.shop;
  const { clientId, clientSecret, refreshToken } = addresses.credentials.salla;
  const settings = { ...addresses.vendors.salla };
  const given =
    Object.keys(secrets).length > 0 ? { clientId, clientSecret, ...secrets } : { clientId, clientSecret, refreshToken };
  await connect(stage.mizan.desk, { name: "store", vendor: "salla", settings, secrets: given }, stage.signal);
}

const tokenCalls = async (stage: Stage) =>
  (await stage.calls("salla"))
    .filter(({ path }) => path === "/oauth2/token")
    .reduce((sum, { count }) => sum + count, 0);

async function storedSecrets({ mizan }: Stage): Promise<Fields> {
  const { store, seal } = mizan.desk;
  const connection = await findConnection(store.database, { name: "store" });
  return await connectionSecrets(store.database, seal, connection?.id ?? 0);
}

const look = (stage: Stage, desk = stage.mizan.desk) => doctor(desk, "store", stage.signal);

test("a refresh token that was given is replaced before the connection is saved, and used once by two processes", async () => {
  const stage = await openStage({ integration: false });
  await connectSalla(stage);
  const first = await storedSecrets(stage);
  expect(first.refreshToken).not.toBe(stage.shop.addresses.credentials.salla.refreshToken);
  expect(await tokenCalls(stage)).toBe(1);
  const other = await stage.openAnother();
  // A day ahead of the end the token is renewed, by one of the two.
  stage.clock.jump(13.2 * dayMs);
  await Promise.all([look(stage), look(stage, other.desk), look(stage), look(stage, other.desk)]);
  expect(await tokenCalls(stage)).toBe(2);
  expect((await storedSecrets(stage)).refreshToken).not.toBe(first.refreshToken);
  expect(await look(stage)).toMatchObject({ works: true, ahead: null });
});

test("a lost renewal is not repeated: doctor says until when it works, and then who must act", async () => {
  const stage = await openStage({ integration: false });
  await connectSalla(stage);
  const before = await storedSecrets(stage);
  stage.clock.jump(13.2 * dayMs);
  await stage.shop.fault({ vendor: "salla", kind: "cut-after", path: "/oauth2/token", count: 1 });
  expect(await look(stage)).toMatchObject({ works: true, ahead: null });
  stage.clock.jump(300_000);
  const { works, ahead } = await look(stage);
  expect(works).toBe(true);
  expect(ahead?.sentence).toMatch(/lost; the connection works until \d{4}-/);
  expect(await storedSecrets(stage)).toEqual(before);
  expect(await tokenCalls(stage)).toBe(2);
  stage.clock.jump(dayMs);
  const ended = await look(stage);
  expect(ended).toMatchObject({ works: false, needsPerson: true });
  expect(ended.problem?.action).toContain("mizan connect");
  expect(await tokenCalls(stage)).toBe(2);
});

test("in custom mode a code is exchanged once, and its tokens are used before any renewal", async () => {
  const stage = await openStage({ integration: false });
  const { accountsUrl } = stage.shop.addresses.vendors.salla;
  const { clientId } = stage.shop.addresses.credentials.salla;
  const redirectUri = "https://shop.example/back";
  const scope = "offline_access orders.read products.read branches.read";
  const query = new URLSearchParams({
    client_id: clientId,
    response_type: "code",
    redirect_uri: redirectUri,
    scope,
    state: "abc",
  });
  const consent = await fetch(`${accountsUrl}/oauth2/auth?${query}`, { redirect: "manual" });
  const code = new URL(consent.headers.get("location") ?? "").searchParams.get("code");
  await connectSalla(stage, { code, redirectUri });
  expect(await tokenCalls(stage)).toBe(1);
  expect(Object.keys(await storedSecrets(stage)).sort()).toEqual(["clientId", "clientSecret", "refreshToken"]);
  expect((await look(stage)).works).toBe(true);
  expect(await tokenCalls(stage)).toBe(1);
});

test("in easy mode a connection waits for the app, and says so", async () => {
  const stage = await openStage({ integration: false });
  await connectSalla(stage, { webhookSecret: "whsec-1" });
  const connection = await findConnection(stage.mizan.desk.store.database, { name: "store" });
  expect(connection?.needsPerson).toEqual({ code: "app-not-installed", parameters: { vendor: "Salla" } });
  const found = await look(stage);
  expect(found).toMatchObject({ works: false, needsPerson: true });
  expect(found.problem?.action).toContain("Install the app");
  expect(await tokenCalls(stage)).toBe(0);
});

test("what works once is kept although the account cannot be looked at", async () => {
  const stage = await openStage({ integration: false, switches: { salla: { scopes: "offline_access" } } });
  await expect(connectSalla(stage)).rejects.toMatchObject({ action: { code: "scope-missing" } });
  expect((await storedSecrets(stage)).refreshToken).toMatch(/^ory_rt_/);
  await stage.shop.switches({ salla: { scopes: "offline_access orders.read products.read branches.read" } });
  expect((await look(stage)).works).toBe(true);
  expect(await tokenCalls(stage)).toBe(1);
});
