import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { z } from "zod";
import type { BudgetLimits } from "../core/budget.ts";
import type { Clock } from "../core/clock.ts";
import type { CallRequest, Connector, Judgement, RawAnswer } from "../core/connector.ts";
import { NeedsPerson, RetryLater } from "../core/errors.ts";
import type { BudgetLedger } from "../core/ledger.ts";
import { memoryLedger, memoryVault } from "./kept-in-memory.test-parts.ts";
import type { CallReport } from "./log.ts";
import { type OpenDoorOptions, openDoor } from "./open-door.ts";
import { systemClock } from "./system-clock.ts";
import { createTransport, defaultTimeouts } from "./transport.ts";

const secrets = { client: "client-7d1f", password: "p@ss wörd/+&42", refresh: "1000.refresh.token" };
type Settings = { readonly origin: string; readonly hosts: readonly string[] };

const open: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

/** A vendor that does with the n-th request what the test says. */
async function startVendor(answer: (request: IncomingMessage, response: ServerResponse, count: number) => void) {
  const seen: { method: string; url: string; headers: IncomingMessage["headers"]; body: string }[] = [];
  let tokens = 0;
  const server: Server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("end", () => {
      if (request.url?.startsWith("/token")) {
        tokens += 1;
        response.end(JSON.stringify({ access_token: `access-token-${tokens}`, expires_in: 3_600 }));
        return;
      }
      seen.push({ method: request.method ?? "", url: request.url ?? "", headers: request.headers, body });
      answer(request, response, seen.length);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  open.push({
    close: () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  });
  const { port } = server.address() as AddressInfo;
  return { origin: `http://127.0.0.1:${port}`, seen, server, signIns: () => tokens };
}

const connector: Connector<Settings, typeof secrets> = {
  vendor: "stand-in",
  title: "Stand-in",
  settings: z.object({ origin: z.string(), hosts: z.array(z.string()) }),
  secrets: z.object({ client: z.string(), password: z.string(), refresh: z.string() }),
  privileges: [],
  limits: () => ({ perMinute: 1_000, perDay: null, concurrency: 5, dayReserve: 0, minuteMs: 60_000 }),
  apiUrl: (settings) => `${settings.origin}/api/v3/`,
  allowedHosts: (settings) => settings.hosts,
  headers: (token) => ({ Authorization: `Bearer ${token}` }),
  query: () => ({ organization_id: "60" }),
  async signIn(context, send) {
    const basic = { user: "client", password: context.secrets.client };
    const form = { grant_type: "refresh_token", refresh_token: context.secrets.refresh };
    const answer = await send({ url: `${context.settings.origin}/token`, form, basic });
    const { access_token, expires_in } = z
      .object({ access_token: z.string(), expires_in: z.number() })
      .parse(answer.body);
    return { token: access_token, expiresAt: context.clock.now() + expires_in * 1_000 };
  },
  judge(answer: RawAnswer, _request, now): Judgement {
    if (answer.status === 200) return { kind: "ok", body: answer.body };
    if (answer.status === 401) return { kind: "token-expired", message: `token refused: ${answer.text}` };
    if (answer.status === 404) return { kind: "missing", message: answer.text };
    if (answer.status === 429) {
      return { kind: "limited", reason: "concurrency", until: now + Number(answer.headers["retry-after"]) * 1_000 };
    }
    if (answer.status === 403) {
      const parameters = { vendor: "Stand-in", message: answer.text };
      return { kind: "needs-person", action: { code: "credentials-refused", parameters }, message: answer.text };
    }
    return answer.status < 500 && answer.body !== undefined
      ? { kind: "refused", message: answer.text }
      : { kind: "broken", message: `answered ${answer.status} ${answer.text}` };
  },
  observe: (answer) => {
    const remaining = answer.headers["x-rate-limit-remaining"];
    return remaining === undefined
      ? {}
      : { dayLimit: 1_000, dayRemaining: Number(remaining), dayResetsAt: Date.now() + 3_600_000 };
  },
  open: () => {
    throw new Error("not part of these tests");
  },
};

/** Sleeps a twentieth of what it is asked for, so that a test of all repeats ends soon. */
const hastyClock: Clock = {
  now: Date.now,
  sleep: (milliseconds, signal) => systemClock.sleep(milliseconds / 20, signal),
};

type Overrides = Partial<OpenDoorOptions<Settings, typeof secrets>> & { readonly limits?: Partial<BudgetLimits> };

function door(origin: string, { limits, ...overrides }: Overrides = {}) {
  const lines: string[] = [];
  const calls: CallReport[] = [];
  const given = { ...connector.limits({ origin, hosts: [] }), ...limits };
  const opened = openDoor({
    connectionId: 1,
    connector: { ...connector, limits: () => given },
    settings: { origin, hosts: ["127.0.0.1"] },
    secrets,
    ledger: memoryLedger(),
    vault: memoryVault(),
    clock: systemClock,
    // The shortest backoff: half of 250 ms, doubled each time.
    random: () => 0,
    process: "test",
    log: (level, message, fields) => lines.push(`${level} ${message} ${JSON.stringify(fields)}`),
    purpose: "flow",
    signal: new AbortController().signal,
    onCall: (report) => calls.push(report),
    ...overrides,
  });
  open.push(opened);
  return { ...opened, lines, calls };
}

const read: CallRequest = { method: "GET", path: "/items", query: { page: "1" }, repeat: "safe" };
const create: CallRequest = { method: "POST", path: "/items", body: { name: "Dates" }, repeat: "never" };

function json(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}) {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(typeof body === "string" ? body : JSON.stringify(body));
}

test("a call carries address, query, token and name, and its answer keeps long ids", async () => {
  const vendor = await startVendor((_, response) => json(response, 200, '{"id":4600000000012345678,"rate":12.50}'));
  const { call, calls } = door(vendor.origin);
  const result = await call(read);
  expect(result).toMatchObject({ kind: "ok", status: 200, body: { id: "4600000000012345678", rate: 12.5 } });
  expect(vendor.seen[0]).toMatchObject({
    method: "GET",
    url: "/api/v3/items?organization_id=60&page=1",
    headers: { authorization: "Bearer access-token-1", "user-agent": expect.stringMatching(/^Mizan\/\d/) },
  });
  expect(calls.map(({ method, path, status, attempt }) => [method, path, status, attempt])).toEqual([
    ["POST", "/token", 200, 1],
    ["GET", "/items", 200, 1],
  ]);
});

test("a create sends its body as JSON, and refusals and absences come back as they are", async () => {
  const vendor = await startVendor((_, response, count) => json(response, count === 1 ? 422 : 404, "{}"));
  const { call } = door(vendor.origin);
  expect(await call(create)).toEqual({ kind: "refused", message: "{}" });
  expect(vendor.seen[0]).toMatchObject({ body: '{"name":"Dates"}', headers: { "content-type": "application/json" } });
  expect(await call(read)).toEqual({ kind: "missing", message: "{}" });
});

test.each([
  ["a server error", (response: ServerResponse) => json(response, 502, "bad gateway")],
  ["malformed JSON", (response: ServerResponse) => json(response, 201, '{"id":')],
  ["a cut connection", (response: ServerResponse) => response.destroy()],
  [
    "an answer cut in the middle",
    (response: ServerResponse) => {
      response.writeHead(200, { "content-length": "100" });
      response.write('{"id":1', () => response.destroy());
    },
  ],
  ["a redirect", (response: ServerResponse) => json(response, 307, "", { location: "/elsewhere" })],
])("%s: a safe call is repeated, a create is in doubt", async (_name, misbehave) => {
  const vendor = await startVendor((_, response, count) => {
    if (count % 2 === 1) misbehave(response);
    else json(response, 200, { count });
  });
  const { call } = door(vendor.origin);
  expect(await call(read)).toMatchObject({ kind: "ok", body: { count: 2 } });
  expect(await call(create)).toMatchObject({ kind: "in-doubt" });
  expect(vendor.seen).toHaveLength(3);
});

test("a redirect is named and never followed", async () => {
  const elsewhere = await startVendor((_, response) => json(response, 200, {}));
  const location = `${elsewhere.origin}/steal`;
  const vendor = await startVendor((_, response) => json(response, 302, "", { location }));
  const { call } = door(vendor.origin);
  const message = `Stand-in: answered 302 to ${location}; redirects are not followed`;
  expect(await call(create)).toEqual({ kind: "in-doubt", message });
  expect(elsewhere.seen).toHaveLength(0);
});

test("no answer in time: a create is in doubt, a safe call ends with RetryLater after its repeats", async () => {
  const vendor = await startVendor(() => undefined);
  const slowHead = createTransport({ ...defaultTimeouts, headersMs: 50 });
  const slowWhole = createTransport({ ...defaultTimeouts, wholeMs: 50 });
  open.push(slowHead, slowWhole);
  const creating = door(vendor.origin, { transport: slowHead.send }).call(create);
  expect(await creating).toMatchObject({ kind: "in-doubt", message: expect.stringContaining("Headers Timeout") });
  vendor.seen.length = 0;
  const reading = door(vendor.origin, { transport: slowWhole.send, clock: hastyClock }).call(read);
  await expect(reading).rejects.toThrow("Stand-in: no complete answer within 50 ms");
  await expect(reading).rejects.toBeInstanceOf(RetryLater);
  expect(vendor.seen).toHaveLength(5);
});

test("a create that cannot have left is repeated, and ends with RetryLater", async () => {
  const vendor = await startVendor((_, response) => json(response, 200, {}));
  const vault = memoryVault();
  await vault.renew(1, null, async () => ({ token: "given-token", expiresAt: Date.now() + 3_600_000 }));
  await new Promise((resolve) => vendor.server.close(resolve));
  const { call, calls } = door(vendor.origin, { vault, clock: hastyClock });
  await expect(call(create)).rejects.toThrow(/ECONNREFUSED/);
  expect(calls.map(({ status, attempt }) => [status, attempt])).toEqual([1, 2, 3, 4, 5].map((n) => [null, n]));
});

test("an answer larger than the bound is not read to its end", async () => {
  const piece = Buffer.alloc(1024 * 1024, "1");
  let written = 0;
  const vendor = await startVendor((_, response) => {
    const write = () => {
      if (response.destroyed || written === 200) return;
      written += 1;
      response.write(piece, write);
    };
    write();
  });
  const result = await door(vendor.origin).call(create);
  expect(result).toMatchObject({ kind: "in-doubt", message: expect.stringContaining("larger than 33554432 bytes") });
  expect(written).toBeLessThan(200);
});

test("an expired token is renewed once, for many calls at once, and for a create too", async () => {
  const vendor = await startVendor((request, response) => {
    if (request.headers.authorization === "Bearer access-token-1") json(response, 401, "expired");
    else json(response, 200, {});
  });
  const { call } = door(vendor.origin);
  const results = await Promise.all([read, read, create, create, read].map((request) => call(request)));
  expect(results.map(({ kind }) => kind)).toEqual(["ok", "ok", "ok", "ok", "ok"]);
  expect(vendor.signIns()).toBe(2);
});

test("a token that is refused right after its renewal needs a person", async () => {
  const vendor = await startVendor((_, response) => json(response, 401, "no"));
  const error = await door(vendor.origin)
    .call(create)
    .catch((caught) => caught);
  expect(error).toBeInstanceOf(NeedsPerson);
  expect(error.action).toEqual({
    code: "credentials-refused",
    parameters: { vendor: "Stand-in", message: "token refused: no" },
  });
  expect(vendor.signIns()).toBe(2);
});

test("a token near its end is renewed before it is used", async () => {
  const vendor = await startVendor((_, response) => json(response, 200, {}));
  const vault = memoryVault();
  await vault.renew(1, null, async () => ({ token: "nearly-over", expiresAt: Date.now() + 59_000 }));
  await door(vendor.origin, { vault }).call(read);
  expect(vendor.seen[0]?.headers.authorization).toBe("Bearer access-token-1");
});

test("two processes sign in once", async () => {
  const vendor = await startVendor((_, response) => json(response, 200, {}));
  const together = { vault: memoryVault(), ledger: memoryLedger() };
  const doors = ["one", "two"].map((process) => door(vendor.origin, { ...together, process }));
  await Promise.all(doors.flatMap(({ call }) => [call(read), call(read)]));
  expect(vendor.signIns()).toBe(1);
});

test("a limit pauses every door of the connection, and creates go on afterwards", async () => {
  const times: number[] = [];
  const vendor = await startVendor((_, response, count) => {
    times.push(Date.now());
    if (count === 1) json(response, 429, "", { "retry-after": "0.3" });
    else json(response, 200, {});
  });
  const together = { vault: memoryVault(), ledger: memoryLedger(), limits: { concurrency: 1 } };
  const first = door(vendor.origin, { ...together, process: "one" });
  const second = door(vendor.origin, { ...together, process: "two" });
  const results = await Promise.all([first.call(create), first.call(read), second.call(create)]);
  expect(results.map(({ kind }) => kind)).toEqual(["ok", "ok", "ok"]);
  expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(290);
  expect(vendor.seen).toHaveLength(4);
});

test("a long pause is not waited for: this call and the next end with RetryLater at its end", async () => {
  const vendor = await startVendor((_, response) => json(response, 429, "", { "retry-after": "60" }));
  const { call } = door(vendor.origin);
  const error = await call(create).catch((caught) => caught);
  expect(error).toBeInstanceOf(RetryLater);
  expect(error.after.getTime()).toBeGreaterThan(Date.now() + 55_000);
  await expect(call(read)).rejects.toBeInstanceOf(RetryLater);
  expect(vendor.seen).toHaveLength(1);
});

test("a limit without an end is a mistake of the connector, and told as such", async () => {
  const vendor = await startVendor((_, response) => json(response, 429, ""));
  await expect(door(vendor.origin).call(read)).rejects.toThrow("until of a pause is NaN");
});

test("a quota header that is no number says nothing", async () => {
  const vendor = await startVendor((_, response) => json(response, 200, {}, { "x-rate-limit-remaining": "many" }));
  const ledger = memoryLedger();
  const { call } = door(vendor.origin, { ledger });
  await call(read);
  expect(await call(read)).toMatchObject({ kind: "ok" });
  expect(ledger.state.dayRemaining).toBe(null);
});

test("flows leave the day's reserve to people", async () => {
  const vendor = await startVendor((_, response) => json(response, 200, {}, { "x-rate-limit-remaining": "10" }));
  const together = { vault: memoryVault(), ledger: memoryLedger(), limits: { dayReserve: 50 } };
  const flow = door(vendor.origin, together);
  await flow.call(read);
  await expect(flow.call(read)).rejects.toThrow(/daily limit/);
  expect(await door(vendor.origin, { ...together, purpose: "person" }).call(read)).toMatchObject({ kind: "ok" });
});

test("all doors and processes together stay below the vendor's minute, and use 97 % of the budget", async () => {
  const minuteMs = 1_000;
  const perMinute = 80;
  const vendorsPerMinute = 100;
  const times: number[] = [];
  const vendor = await startVendor((_, response) => {
    times.push(performance.now());
    json(response, 200, {});
  });
  const together = { vault: memoryVault(), ledger: memoryLedger(), limits: { perMinute, minuteMs } };
  const doors = ["one", "two"].flatMap((process) => [1, 2].map(() => door(vendor.origin, { ...together, process })));
  await doors[0]?.call(read);
  times.length = 0;
  const until = performance.now() + 4_000;
  await Promise.all(
    doors.map(async ({ call }) => {
      while (performance.now() < until) await call(read);
    }),
  );
  for (const [index, time] of times.entries()) {
    const before = times[index - vendorsPerMinute];
    if (before !== undefined) expect(time - before).toBeGreaterThan(minuteMs);
  }
  expect(times.filter((time) => time < until).length).toBeGreaterThanOrEqual(0.97 * perMinute * 4);
});

test("no more calls are in flight than allowed, over two processes, and both get their part", async () => {
  let running = 0;
  let most = 0;
  const vendor = await startVendor((_, response) => {
    running += 1;
    most = Math.max(most, running);
    setTimeout(() => {
      running -= 1;
      json(response, 200, {});
    }, 5);
  });
  const together = { vault: memoryVault(), ledger: memoryLedger(), limits: { concurrency: 4 } };
  const busy = door(vendor.origin, { ...together, process: "busy" });
  const late = door(vendor.origin, { ...together, process: "late" });
  let done = false;
  const load = Promise.all(
    Array.from({ length: 8 }, async () => {
      while (!done) await busy.call(read);
    }),
  );
  for (const _ of [1, 2, 3]) await late.call(read);
  done = true;
  await load;
  expect(most).toBe(4);
});

test("where the budget is large, few exchanges serve many calls, within the same concurrency", async () => {
  let running = 0;
  let most = 0;
  const vendor = await startVendor((_, response) => {
    running += 1;
    most = Math.max(most, running);
    setImmediate(() => {
      running -= 1;
      json(response, 200, {});
    });
  });
  const ledger = memoryLedger();
  const { call } = door(vendor.origin, { ledger, limits: { perMinute: 1_000_000, concurrency: 4 } });
  await Promise.all(Array.from({ length: 500 }, () => call(read)));
  expect(most).toBeLessThanOrEqual(4);
  expect(ledger.exchanges).toBeLessThan(250);
  const booked = Object.values(ledger.state.slots).reduce((sum, calls) => sum + calls, 0);
  expect(booked).toBeGreaterThanOrEqual(500);
});

test("the ledger hears soon that the calls are over", async () => {
  const vendor = await startVendor((_, response) => json(response, 200, {}));
  const ledger = memoryLedger();
  await door(vendor.origin, { ledger }).call(read);
  expect(Object.keys(ledger.state.inFlight)).toEqual(["test"]);
  await expect.poll(() => ledger.state.inFlight, { timeout: 60_000, interval: 5 }).toEqual({});
});

test("closing tells the ledger at once, and rejects what still waits", async () => {
  const vendor = await startVendor((_, response) => json(response, 200, {}));
  const ledger = memoryLedger();
  const { call, close } = door(vendor.origin, { ledger, limits: { perMinute: 1 } });
  await call(read);
  const waiting = expect(call(read)).rejects.toThrow("the door of connection 1 was closed");
  await close();
  await waiting;
  expect(ledger.state.inFlight).toEqual({});
});

test("a ledger that fails rejects the calls that waited, and the next calls go on", async () => {
  const vendor = await startVendor((_, response) => json(response, 200, {}));
  const working = memoryLedger();
  let fails = true;
  const ledger: BudgetLedger = {
    async exchange(...given) {
      if (fails) throw new Error("the database is gone");
      return await working.exchange(...given);
    },
  };
  const { call } = door(vendor.origin, { ledger });
  await expect(call(read)).rejects.toThrow("the database is gone");
  fails = false;
  expect(await call(read)).toMatchObject({ kind: "ok" });
});

test("aborting: waiting and safe calls end at once, a create that has left is awaited", async () => {
  const arrived = Promise.withResolvers<void>();
  const vendor = await startVendor((_, response, count) => {
    if (count === 2) arrived.resolve();
    setTimeout(() => json(response, 200, { count }), 200);
  });
  const abort = new AbortController();
  const { call } = door(vendor.origin, { signal: abort.signal, limits: { concurrency: 2 } });
  const creating = call(create);
  const reading = call(read).catch((reason) => reason);
  const waiting = call(create).catch((reason) => reason);
  await arrived.promise;
  const reason = new Error("stop, please");
  const abortedAt = performance.now();
  abort.abort(reason);
  expect(await reading).toBe(reason);
  expect(await waiting).toBe(reason);
  expect(performance.now() - abortedAt).toBeLessThan(150);
  expect(await creating).toMatchObject({ kind: "ok" });
  await expect(call(read)).rejects.toBe(reason);
  expect(vendor.seen).toHaveLength(2);
});

test.each([
  ["another host", { origin: "https://api.example.com", hosts: ["api.example.org"] }],
  ["no encryption", { origin: "http://api.example.com", hosts: ["api.example.com"] }],
  ["a name in front", { origin: "https://user:word@api.example.com", hosts: ["api.example.com"] }],
])("an address is refused for %s", (_name, settings) => {
  expect(() => door("http://127.0.0.1:1", { settings })).toThrow(NeedsPerson);
});

test("a list gives its parameter several times, and another allowed address is called under the same rules", async () => {
  const vendor = await startVendor((_, response) => json(response, 200, {}));
  const other = await startVendor((_, response) => json(response, 200, {}));
  const hosts = [vendor.origin, other.origin].map((origin) => new URL(origin).host);
  const { call } = door(vendor.origin, { settings: { origin: vendor.origin, hosts } });
  await call({ ...read, query: { "status[]": ["1", "2"], page: "3" } });
  expect(vendor.seen[0]?.url).toBe("/api/v3/items?organization_id=60&status%5B%5D=1&status%5B%5D=2&page=3");
  await call({ ...read, address: other.origin, path: "/oauth2/user/info" });
  expect(other.seen[0]).toMatchObject({ method: "GET", headers: { authorization: "Bearer access-token-1" } });
  await expect(call({ ...read, address: "https://api.example.com" })).rejects.toMatchObject({
    action: { code: "host-changed" },
  });
});

test("signing in goes to no other host, and follows no redirect", async () => {
  const vendor = await startVendor((_, response) => json(response, 200, {}));
  const stray = {
    ...connector,
    signIn: async (_: unknown, send: Parameters<typeof connector.signIn>[1]) => {
      await send({ url: "https://accounts.example.com/token", form: secrets });
      throw new Error("not reached");
    },
  };
  await expect(door(vendor.origin, { connector: stray }).call(read)).rejects.toThrow(/not on an allowed host/);

  const redirecting = createServer((_, response) => json(response, 302, "", { location: "https://example.com/" }));
  await new Promise<void>((resolve) => redirecting.listen(0, "127.0.0.1", resolve));
  open.push({ close: () => new Promise((resolve) => redirecting.close(resolve)) });
  const { port } = redirecting.address() as AddressInfo;
  await expect(door(`http://127.0.0.1:${port}`).call(read)).rejects.toMatchObject({
    action: { code: "host-changed", parameters: { vendor: "Stand-in", host: "example.com" } },
  });
  expect(vendor.seen).toHaveLength(0);
});

test("a path can neither leave the address nor carry a query of its own", async () => {
  const vendor = await startVendor((_, response) => json(response, 200, {}));
  const { call } = door(vendor.origin);
  for (const path of ["items", "/items?page=2", "/items#top", "\\\\example.com", "/a b"]) {
    await expect(call({ ...read, path })).rejects.toThrow(/^path is/);
  }
  await call({ ...read, path: "//example.com/items" });
  expect(vendor.seen[0]?.url).toBe("/api/v3//example.com/items?organization_id=60&page=1");
});

test("no secret is logged or kept in a message, however the vendor repeats it", async () => {
  const echo = (request: IncomingMessage) =>
    JSON.stringify({
      message: `${secrets.client} ${encodeURIComponent(secrets.password)} ${secrets.refresh}`,
      sent: request.headers,
      basic: Buffer.from(`client:${secrets.client}`).toString("base64"),
      access_token: "never-seen-before",
    });
  const statuses = [500, 429, 401, 403];
  const vendor = await startVendor((request, response, count) => {
    const location = `/x?refresh_token=${secrets.refresh}&password=${encodeURIComponent(secrets.password)}`;
    json(response, statuses[count - 1] ?? 302, echo(request), { "retry-after": "0.01", location });
  });
  const { call, lines } = door(vendor.origin);
  const error = await call(read).catch((caught) => caught);
  expect(error).toBeInstanceOf(NeedsPerson);
  const doubtful = await call(create);
  const everything = `${lines.join("\n")}\n${error.message}\n${JSON.stringify(error.action)}\n${JSON.stringify(doubtful)}`;
  expect(everything).toContain("302");
  expect(lines.length).toBeGreaterThanOrEqual(3);
  const planted = [
    ...Object.values(secrets),
    encodeURIComponent(secrets.password),
    "access-token-",
    "never-seen-before",
  ];
  for (const secret of planted) expect(everything).not.toContain(secret);
});
