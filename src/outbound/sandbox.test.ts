import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import type { Connector, Judgement } from "../core/connector.ts";
import { memoryLedger, memoryVault } from "./kept-in-memory.test-parts.ts";
import { openDoor } from "./open-door.ts";
import { systemClock } from "./system-clock.ts";

const minuteMs = 1_000;
const perMinute = 80;

const addresses = z.object({
  control: z.string(),
  vendors: z.object({ "zoho-books": z.object({ apiUrl: z.string(), accountsUrl: z.string() }) }),
  credentials: z.object({
    "zoho-books": z.object({
      clientId: z.string(),
      clientSecret: z.string(),
      refreshToken: z.string(),
      organizationId: z.string(),
    }),
  }),
});
type Addresses = z.output<typeof addresses>;

const program = fileURLToPath(new URL("../../sandbox/main.ts", import.meta.url));
const child = spawn(process.execPath, [program, "--json", "--until-stdin-closes"], {
  stdio: ["pipe", "pipe", "inherit"],
});
let sandbox: Addresses;

beforeAll(async () => {
  const [line] = await once(createInterface(child.stdout), "line");
  sandbox = addresses.parse(JSON.parse(line));
});
afterAll(async () => {
  child.stdin.end();
  await once(child, "exit");
});

/** As much of Zoho Books as a door needs; the real connector is tested where it lives. */
const zohoBooks: Connector<Addresses, null> = {
  vendor: "zoho-books",
  title: "Zoho Books",
  settings: addresses,
  secrets: z.null(),
  privileges: [],
  limits: () => ({ perMinute, perDay: null, concurrency: 4, dayReserve: 0, minuteMs }),
  apiUrl: ({ vendors }) => `${vendors["zoho-books"].apiUrl}/books/v3`,
  allowedHosts: () => ["127.0.0.1"],
  headers: (token) => ({ authorization: `Zoho-oauthtoken ${token}` }),
  query: ({ credentials }) => ({ organization_id: credentials["zoho-books"].organizationId }),
  async signIn({ settings, clock }, send) {
    const { clientId, clientSecret, refreshToken } = settings.credentials["zoho-books"];
    const answer = await send({
      url: `${settings.vendors["zoho-books"].accountsUrl}/oauth/v2/token`,
      form: {
        grant_type: "refresh_token",
        client_id: clientId,
        client_secret: clientSecret,
        refresh_token: refreshToken,
      },
    });
    const given = z.object({ access_token: z.string(), expires_in: z.number() }).parse(answer.body);
    return { token: given.access_token, expiresAt: clock.now() + given.expires_in * 1_000 };
  },
  judge({ status, body, text }, _request, now): Judgement {
    if (status === 200) return { kind: "ok", body };
    if (status === 401) return { kind: "token-expired", message: text };
    if (status === 429) return { kind: "limited", reason: "minute-quota", until: now + 60_000 };
    return { kind: "broken", message: text };
  },
  observe: ({ headers }, now) => ({
    dayLimit: Number(headers["x-rate-limit-limit"]),
    dayRemaining: Number(headers["x-rate-limit-remaining"]),
    dayResetsAt: now + Number(headers["x-rate-limit-reset"]) * 1_000,
  }),
  open: () => {
    throw new Error("not part of this test");
  },
};

test("two processes share a budget: no call is refused for a limit, and an expired token costs one sign-in", async () => {
  await control("PATCH", "/switches", { "zoho-books": { perMinuteLimit: 100, minuteMs, concurrentLimit: 5 } });
  const together = { ledger: memoryLedger(), vault: memoryVault() };
  const statuses: (number | null)[] = [];
  const doors = ["one", "two"].map((name) =>
    openDoor({
      ...together,
      connectionId: 1,
      connector: zohoBooks,
      settings: sandbox,
      secrets: null,
      clock: systemClock,
      random: Math.random,
      process: name,
      log: () => undefined,
      purpose: "flow",
      signal: new AbortController().signal,
      onCall: ({ method, status }) => statuses.push(method === "GET" ? status : null),
    }),
  );
  const minutes = 4;
  const end = Date.now() + minutes * minuteMs;
  let done = 0;
  const read = async (door: (typeof doors)[number]) => {
    for (;;) {
      const result = await door.call({ method: "GET", path: "/items", repeat: "safe" });
      if (result.kind !== "ok" || Date.now() >= end) return;
      done += 1;
    }
  };
  const load = Promise.all(doors.flatMap((door) => [1, 2, 3, 4].map(() => read(door))));
  await systemClock.sleep(minuteMs * 1.5);
  await control("POST", "/zoho-books/tokens/expire", {});
  await load;
  for (const door of doors) await door.close();

  // How much of the budget is used is measured by bench/budget-use.ts; here it only must have been put to the test.
  expect(done).toBeGreaterThan(perMinute * 2);
  expect(statuses).not.toContain(429);
  expect(statuses).toContain(401);
  expect(statuses.filter((status) => status === null)).toHaveLength(2);
  expect(together.ledger.state.inFlight).toEqual({});
});

async function control(method: string, path: string, body: unknown): Promise<void> {
  const answer = await fetch(sandbox.control + path, { method, body: JSON.stringify(body) });
  expect(answer.ok).toBe(true);
}
