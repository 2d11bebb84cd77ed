/** The door of the webhooks over real HTTP (architecture, law 2): what is taken, what is refused, and what follows. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { webhooksAnswer } from "../../src/api/webhook-contract.ts";
import { createApiKey } from "../../src/operations/api-keys.ts";
import { deliveryBounds } from "../../src/operations/receive-delivery.ts";
import { createTokenVault } from "../../src/store/access-tokens.ts";
import { setNeedsPerson } from "../../src/store/connections.ts";
import { inventedPrefix, signatureHeader, signatureOf } from "./made-up-door.ts";
import { type Merchant, makeMerchant, openWebhookStage, startStageJobs, type WebhookStage } from "./webhook-stage.ts";

const hourMs = 3_600_000;
const waiting = { timeout: 120_000, interval: 20 };
/** Stands in bodies, and nowhere else ever. */
const content = "Layla-of-12-Palm-Street";

let stage: WebhookStage;
beforeAll(async () => {
  stage = await openWebhookStage();
});
afterAll(() => stage.close());

test("a delivery is kept and answered before any work, and then read once", async () => {
  const merchant = await makeMerchant(stage);
  const said = Date.now() - 1_000;
  const response = await merchant.post({ at: said, items: ["mug"], customer: content });
  expect([response.status, await response.json()]).toEqual([200, { status: "ok" }]);
  const [kept] = await merchant.deliveries();
  expect(kept).toMatchObject({
    event: "item.updated",
    account: merchant.account,
    hints: [{ resource: "items", id: "mug" }],
    saidAt: new Date(said),
    repeats: 0,
    handledAt: null,
    outcome: null,
  });
  expect(await merchant.record("mug")).toBeNull();

  await startStageJobs(stage);
  await vi.waitFor(() => expect(merchant.shop.created.items).toEqual(["mug"]), waiting);
  await vi.waitFor(async () => expect(await merchant.record("mug")).toMatchObject({ outcome: "created" }), waiting);
  expect((await merchant.deliveries()).map(({ outcome }) => outcome)).toEqual(["announced"]);
  expect(stage.reads.filter((id) => id === "mug")).toHaveLength(1);
  await vi.waitFor(async () => expect((await merchant.runs())[0]?.state).toBe("done"), waiting);
  expect(await merchant.runs()).toMatchObject([{ flow: "items", trigger: "webhook", counts: { created: 1 } }]);
  expect(merchant.shop.listedAt).toEqual([]);
});

test("a delivery that comes 50 times at once is one row and one read", async () => {
  const merchant = await makeMerchant(stage);
  const body = merchant.bodyOf({ items: ["jug"] });
  const answers = await Promise.all(Array.from({ length: 50 }, () => merchant.postRaw(body)));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  expect(await merchant.deliveries()).toMatchObject([{ repeats: 49 }]);
  await startStageJobs(stage);
  await vi.waitFor(() => expect(merchant.shop.created.items).toEqual(["jug"]), waiting);
  // Long after it was handled, it is the same delivery still.
  expect((await merchant.postRaw(body)).status).toBe(200);
  await vi.waitFor(async () => expect((await merchant.runs())[0]?.state).toBe("done"), waiting);
  expect(await merchant.deliveries()).toMatchObject([{ repeats: 50, outcome: "announced" }]);
  expect(stage.reads.filter((id) => id === "jug")).toHaveLength(1);
});

test("events come in any order: what is true is read, and nothing comes of it twice", async () => {
  const merchant = await makeMerchant(stage);
  const at = Date.now();
  const events = ["deleted", "updated", "created"].map((event, place) => ({
    event: `item.${event}`,
    at: at - place * 1_000,
    items: ["cup", `saucer-${place}`],
  }));
  for (const event of events) expect((await merchant.post(event)).status).toBe(200);
  await startStageJobs(stage);
  await vi.waitFor(
    () => expect(merchant.shop.created.items?.toSorted()).toEqual(["cup", "saucer-0", "saucer-1", "saucer-2"]),
    waiting,
  );
  expect(stage.reads.filter((id) => id === "cup")).toHaveLength(1);
});

test("the jobs that stand beside the door are woken by it", async () => {
  const merchant = await makeMerchant(stage);
  await startStageJobs(stage);
  await merchant.post({ items: ["bowl"] });
  await vi.waitFor(() => expect(merchant.shop.created.items).toEqual(["bowl"]), waiting);
  await merchant.post({ items: ["dish"] });
  await vi.waitFor(() => expect(merchant.shop.created.items).toEqual(["bowl", "dish"]), waiting);
});

type Attempt = (merchant: Merchant) => Promise<Response>;
const stamp = { customer: content };
const nested = (depth: number) => `{"event":"item.updated","deep":${"[".repeat(depth)}${"]".repeat(depth)}}`;
// biome-ignore format: a table
const refused: [what: string, status: number, why: RegExp | null, attempt: Attempt][] = [
  ["signed with another secret", 404, /not signed/, (one) => one.postRaw(one.bodyOf(stamp), { [signatureHeader]: signatureOf(one.bodyOf(stamp), "a guess") })],
  ["signed over another body", 404, /not signed/, (one) => one.postRaw(one.bodyOf(stamp), { [signatureHeader]: signatureOf(`${one.bodyOf(stamp)} `, one.signingSecret) })],
  ["without a signature", 404, /not signed/, (one) => one.postRaw(one.bodyOf(stamp), { [signatureHeader]: "" })],
  ["with a signature of another length", 404, /not signed/, (one) => one.postRaw(one.bodyOf(stamp), { [signatureHeader]: "0".repeat(4_000) })],
  ["without a byte and unsigned", 404, /not signed/, (one) => one.postRaw("", { [signatureHeader]: "" })],
  ["at an address that is none", 404, null, (one) => one.postRaw(one.bodyOf(stamp), {}, `${stage.url}/v1/webhooks/${"A".repeat(43)}`)],
  ["at an address that nobody could have", 404, null, (one) => one.postRaw(one.bodyOf(stamp), {}, `${stage.url}/v1/webhooks/${encodeURIComponent("' or true --")}`)],
  ["of another account", 404, /another account/, (one) => one.post({ ...stamp, account: "another" })],
  ["from too long ago", 200, /too long ago/, (one) => one.post({ ...stamp, at: Date.now() - 25 * hourMs })],
  ["from the future", 200, /in the future/, (one) => one.post({ ...stamp, at: Date.now() + 5 * hourMs })],
  ["without a byte and signed", 400, /cannot be read/, (one) => one.postRaw("")],
  ["that is not JSON", 400, /cannot be read/, (one) => one.postRaw(`{"event":"${content}"`)],
  ["that is JSON of another kind", 400, /cannot be read/, (one) => one.postRaw(JSON.stringify([content]))],
  ["nested too deep", 400, /cannot be read/, (one) => one.postRaw(nested(100_000))],
  ["that is not UTF-8", 400, /cannot be read/, (one) => one.postRaw(Buffer.from(one.bodyOf({ customer: "Zoë" }), "latin1"))],
  ["in UTF-16", 400, /cannot be read/, (one) => one.postRaw(Buffer.from(one.bodyOf(stamp), "utf16le"))],
  ["whose event is a text", 400, /cannot be read/, (one) => one.post({ event: `order of ${content}` })],
  ["with an id that is a page", 400, /cannot be read/, (one) => one.post({ items: [content.repeat(100)] })],
  ["with an id of control characters", 400, /cannot be read/, (one) => one.post({ items: ["a\u0007b"] })],
  ["with an id of a NUL", 200, null, (one) => one.post({ items: ["a\u0000b"] })],
  ["with too many records", 400, /cannot be read/, (one) => one.post({ items: Array.from({ length: 101 }, (_, at) => `${at}`) })],
  ["with secrets that cannot be used", 400, /cannot be used/, (one) => one.post({ installed: { refreshToken: "" } })],
  ["of another type", 415, null, (one) => one.postRaw(one.bodyOf(stamp), { "content-type": "text/plain" })],
  ["of no type", 415, null, (one) => one.postRaw(one.bodyOf(stamp), { "content-type": "" })],
  ["in another encoding", 415, null, (one) => one.postRaw(one.bodyOf(stamp), { "content-type": "application/json; charset=utf-16" })],
  ["that is packed", 415, null, (one) => one.postRaw(one.bodyOf(stamp), { "content-encoding": "gzip" })],
  ["that is too large", 413, null, (one) => one.post({ ...stamp, filling: "x".repeat(deliveryBounds.bytes) })],
];

test("a delivery that must be refused is, without a word of it anywhere", async () => {
  const merchant = await makeMerchant(stage);
  for (const [what, status, why, attempt] of refused) {
    await stage.store.pool.query("update webhook_address set refused_at = null, refusal = null");
    const response = await attempt(merchant);
    const answer = await response.text();
    expect(response.status, what).toBe(status);
    expect(answer.includes(content), what).toBe(false);
    const { rows } = await stage.store.pool.query("select refusal from webhook_address where connection_id = $1", [
      merchant.connectionId,
    ]);
    const [{ refusal }] = rows as [{ refusal: string | null }];
    if (why === null) expect(refusal, what).toBeNull();
    else expect(refusal, what).toMatch(why);
  }
  // A NUL comes out as the replacement character, as in all that vendors say; nothing else of these was kept.
  const kept = await merchant.deliveries();
  expect(kept.map(({ hints }) => hints[0]?.id)).toEqual(["a\uFFFDb"]);
  expect(stage.logged.some((line) => line.includes("a webhook was not taken"))).toBe(true);
});

test("who forges learns nothing: an address that is none, a wrong signature and another account answer alike", async () => {
  const merchant = await makeMerchant(stage);
  const answers = await Promise.all([
    merchant.postRaw(merchant.bodyOf({}), {}, `${stage.url}/v1/webhooks/${"B".repeat(43)}`),
    merchant.postRaw(merchant.bodyOf({}), { [signatureHeader]: "0".repeat(64) }),
    merchant.post({ account: "another" }),
  ]);
  const texts = await Promise.all(answers.map(async (one) => `${one.status} ${await one.text()}`));
  expect(new Set(texts).size).toBe(1);
});

test("while an integration is paused what is announced is kept, and it is read when it goes on", async () => {
  const merchant = await makeMerchant(stage);
  await merchant.pause(true);
  await merchant.post({ items: ["tray"] });
  const jobs = await startStageJobs(stage);
  await vi.waitFor(async () => expect(await merchant.deliveries()).toMatchObject([{ outcome: "kept" }]), waiting);
  const reason = { code: "announced", parameters: { vendor: "made-up" } };
  expect(await merchant.record("tray")).toMatchObject({ outcome: "waiting", reason });
  expect(await merchant.runs()).toEqual([]);
  await merchant.pause(false);
  await jobs.runNow({ ...merchant.key, scope: "full", trigger: "manual" });
  await vi.waitFor(() => expect(merchant.shop.created.items).toEqual(["tray"]), waiting);
});

test("of an id that the vendor does not have, no record stays", async () => {
  const merchant = await makeMerchant(stage);
  await merchant.post({ items: [`${inventedPrefix}-1`, "plate", `${inventedPrefix}-2`] });
  await startStageJobs(stage);
  await vi.waitFor(async () => expect((await merchant.runs())[0]?.state).toBe("done"), waiting);
  expect(merchant.shop.created.items).toEqual(["plate"]);
  expect(stage.reads).toContain(`${inventedPrefix}-2`);
  const left = await stage.store.pool.query(
    "select source_id from record where integration_id = $1 union all select source_id from event where integration_id = $1",
    [merchant.id],
  );
  expect(new Set(left.rows.map((row: { source_id: string }) => row.source_id))).toEqual(new Set(["plate"]));
});

test("what no flow reads is answered and nothing follows from it", async () => {
  const merchant = await makeMerchant(stage);
  await merchant.post({ event: "customer.login", items: [] });
  await startStageJobs(stage);
  await vi.waitFor(
    async () => expect(await merchant.deliveries()).toMatchObject([{ outcome: "unconcerned" }]),
    waiting,
  );
  expect(await merchant.runs()).toEqual([]);
});

test("an authorisation brings new secrets over the old ones, and what waited for it goes on", async () => {
  const merchant = await makeMerchant(stage);
  const vault = createTokenVault(stage.store.database, stage.desk.seal, stage.desk.clock);
  const token = { token: "token-of-the-old-days", expiresAt: Date.now() + hourMs };
  await vault.renew(merchant.connectionId, null, async () => token);
  const parameters = { vendor: "Made-up", message: "401" };
  await setNeedsPerson(stage.store.database, merchant.connectionId, { code: "credentials-refused", parameters });
  await merchant.post({ event: "app.authorised", items: [], installed: { refreshToken: "sent-refresh-token" } });
  await startStageJobs(stage);
  await vi.waitFor(async () => expect((await merchant.connection())?.needsPerson).toBeNull(), waiting);
  expect(await merchant.secrets()).toEqual({
    signingSecret: merchant.signingSecret,
    refreshToken: "sent-refresh-token",
  });
  expect(await vault.current(merchant.connectionId)).toBeNull();
  expect(await merchant.deliveries()).toMatchObject([{ event: "app.authorised", outcome: "authorised" }]);
  await vi.waitFor(async () => {
    const done = (await merchant.runs()).filter(({ state }) => state === "done").map(({ flow }) => flow);
    expect(done.toSorted()).toEqual(["items", "letters", "orders", "parcels"]);
  }, waiting);
  expect((await merchant.runs()).map(({ trigger }) => trigger)).toEqual(Array(4).fill("webhook"));
});

test("a revocation makes the connection wait for a person; of two changes the later one holds, whichever comes first", async () => {
  const merchant = await makeMerchant(stage);
  const at = Date.now();
  const revoked = { event: "app.uninstalled", items: [], uninstalled: true };
  const authorised = (refreshToken: string) => ({ event: "app.authorised", items: [], installed: { refreshToken } });
  const settled = async (count: number) => {
    await vi.waitFor(async () => {
      const all = await merchant.deliveries();
      expect(all.filter(({ handledAt }) => handledAt !== null)).toHaveLength(count);
    }, waiting);
    return (await merchant.deliveries())[0]?.outcome;
  };
  await startStageJobs(stage);
  await merchant.post({ ...revoked, at: at - 9_000 });
  expect(await settled(1)).toBe("revoked");
  const needsPerson = { code: "access-revoked", parameters: { vendor: "made-up", event: "app.uninstalled" } };
  expect(await merchant.connection()).toMatchObject({ needsPerson });

  await merchant.post({ ...authorised("the-newest"), at: at - 1_000 });
  expect(await settled(2)).toBe("authorised");
  await merchant.post({ ...authorised("an-older-one"), at: at - 5_000 });
  expect(await settled(3)).toBe("overtaken");
  await merchant.post({ ...revoked, at: at - 6_000 });
  expect(await settled(4)).toBe("overtaken");
  expect(await merchant.secrets()).toMatchObject({ refreshToken: "the-newest" });
  expect((await merchant.connection())?.needsPerson).toBeNull();
});

test("new secrets wait until a renewal of the token that is under way has ended", async () => {
  const merchant = await makeMerchant(stage);
  const vault = createTokenVault(stage.store.database, stage.desk.seal, stage.desk.clock);
  const answered = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  onTestFinished(() => answered.resolve());
  const renewal = vault.renew(merchant.connectionId, null, async () => {
    begun.resolve();
    await answered.promise;
    return { token: "token-that-came-late", expiresAt: Date.now() + hourMs };
  });
  await begun.promise;
  await merchant.post({ event: "app.authorised", items: [], installed: { refreshToken: "after-the-renewal" } });
  // What else comes is not held up by it.
  await merchant.post({ items: ["ladle"] });
  await startStageJobs(stage);
  await vi.waitFor(() => expect(merchant.shop.created.items).toEqual(["ladle"]), waiting);
  expect(await merchant.secrets()).not.toMatchObject({ refreshToken: "after-the-renewal" });
  answered.resolve();
  await renewal;
  await vi.waitFor(async () => expect(await merchant.secrets()).toMatchObject({ refreshToken: "after-the-renewal" }), {
    ...waiting,
    interval: 100,
  });
  expect(await vault.current(merchant.connectionId)).toBeNull();
});

test("too many that wait are sent away until they are handled, and those of others are taken", async () => {
  const [flooding, other] = [await makeMerchant(stage), await makeMerchant(stage)];
  await stage.store.pool.query(
    `insert into webhook_delivery (connection_id, digest, account, event, hints, received_at, due_at)
     select $1, 'flood ' || n, 'a', 'e', '[]', now(), 'infinity' from generate_series(1, $2::int) as n`,
    [flooding.connectionId, deliveryBounds.open],
  );
  const sentAway = await flooding.post();
  expect([sentAway.status, sentAway.headers.get("retry-after")]).toEqual([429, "60"]);
  expect((await other.post()).status).toBe(200);
  await stage.store.pool.query("delete from webhook_delivery where connection_id = $1", [flooding.connectionId]);
  expect((await flooding.post()).status).toBe(200);
});

test("what was answered is taken up by others when the process is killed before the work", async () => {
  const merchant = await makeMerchant(stage);
  const { child, url } = await startDoor();
  const response = await merchant.postRaw(merchant.bodyOf({ items: ["kettle"] }), {}, url + merchant.path);
  expect(response.status).toBe(200);
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(await merchant.deliveries()).toMatchObject([{ handledAt: null }]);
  await startStageJobs(stage);
  await vi.waitFor(() => expect(merchant.shop.created.items).toEqual(["kettle"]), waiting);
});

test("who holds a key sees the address and what came, and replaces it", async () => {
  const merchant = await makeMerchant(stage);
  const key = await createApiKey(stage.desk, "webhooks");
  const show = async (method: string, path: string) => {
    const headers = { authorization: `Bearer ${key}` };
    const response = await fetch(`${stage.url}/v1/connections/${merchant.name}/webhooks${path}`, { method, headers });
    expect(response.status).toBe(200);
    return webhooksAnswer.parse(await response.json());
  };
  await merchant.post({ event: "item.first" });
  await merchant.post({ event: "item.second" });
  await merchant.postRaw("{}", { [signatureHeader]: "wrong" });
  const shown = await show("GET", "?most=1");
  expect(shown).toMatchObject({
    connection: merchant.name,
    vendor: "made-up",
    url: `https://mizan.example.com${merchant.path}`,
    deliveries: [{ event: "item.second" }],
    refused: { why: "it was not signed with the secret of this connection" },
  });
  const rotated = await show("POST", "/rotate");
  expect(rotated.path).toMatch(/^\/v1\/webhooks\/[\w-]{43}$/);
  expect(rotated).toMatchObject({ refused: null, deliveries: [{ event: "item.second" }, { event: "item.first" }] });
  expect((await merchant.post({ event: "item.third" })).status).toBe(404);
  expect((await merchant.postRaw(merchant.bodyOf({}), {}, stage.url + rotated.path)).status).toBe(200);
  expect((await show("GET", "")).path).toBe(rotated.path);
});

test("neither secrets nor what was said stand in logs or in the files of the database", async () => {
  const merchant = await makeMerchant(stage);
  const sent = "refresh-token-sent-by-the-vendor";
  const secretAddress = merchant.path.split("/").at(-1) ?? "";
  await merchant.post({ event: "item.seen", ...stamp });
  await merchant.post({ event: "app.authorised", installed: { refreshToken: sent }, ...stamp });
  await merchant.postRaw(`{"event":"item.updated","x":"${content}`, {});
  await stage.store.pool.query("checkpoint");
  const files = filesOf(stage.folder);
  const everything = [...files.map((file) => readFileSync(file)), Buffer.from(stage.logged.join("\n"))];
  const holds = (text: string) => everything.some((bytes) => bytes.includes(text));
  // The search finds what is there.
  expect(files.length).toBeGreaterThan(100);
  expect(holds("item.seen")).toBe(true);
  for (const secret of [content, sent, merchant.signingSecret, secretAddress, signatureOf("", merchant.signingSecret)])
    expect(holds(secret), `${secret.length} characters`).toBe(false);
  await startStageJobs(stage);
  await vi.waitFor(async () => expect(await merchant.secrets()).toMatchObject({ refreshToken: sent }), waiting);
  const { rows } = await stage.store.pool.query(
    "select from webhook_delivery where change is not null and handled_at is not null",
  );
  expect(rows).toEqual([]);
});

/** A door in a process of its own. */
async function startDoor(): Promise<{ child: ChildProcess; url: string }> {
  const child = fork(join(import.meta.dirname, "door-process.ts"), [JSON.stringify(stage.location), stage.vendor.url]);
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  const early = once(child, "exit").then(() => Promise.reject(new Error("the process ended before it listened")));
  const [url] = (await Promise.race([once(child, "message"), early])) as [string];
  early.catch(() => undefined);
  return { child, url };
}

function filesOf(folder: string): string[] {
  const all = readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => join(folder, name));
  return all.filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true);
}
