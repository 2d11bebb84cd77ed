import { expect, test } from "vitest";
import { optiplyCredentials } from "./optiply/credentials.ts";
import { createSandbox } from "./sandbox.ts";
import { simulatedClock } from "./simulated-clock.ts";
import type { WireAnswer, WireRequest } from "./wire.ts";

function request(method: string, path: string, body = "", token = ""): WireRequest {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/vnd.api+json" };
  return { method, path, query: new URLSearchParams("accountId=1402"), headers, body };
}

async function signIn(sandbox: ReturnType<typeof createSandbox>): Promise<string> {
  const { clientId, clientSecret, username, password } = optiplyCredentials;
  const answer = await sandbox.send("optiply", {
    method: "POST",
    path: "/api/auth/oauth/token",
    query: new URLSearchParams({ grant_type: "password" }),
    headers: { authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString("base64")}` },
    body: new URLSearchParams({ username, password }).toString(),
  });
  return answer === "cut" ? "" : JSON.parse(answer.body).access_token;
}

const product = JSON.stringify({
  data: { type: "products", attributes: { name: "Mug", stockLevel: 1, unlimitedStock: false } },
});
const START_MS = Date.parse("2026-03-01T00:00:00Z");

test("without a transport, one seed and one clock give the same answers byte for byte", async () => {
  const trace = async (seed: number): Promise<WireAnswer[]> => {
    const sandbox = createSandbox({ clock: simulatedClock(START_MS), seed });
    sandbox.faults.add({ vendor: "optiply", kind: "cut-after", probability: 0.3 });
    const token = await signIn(sandbox);
    const answers: WireAnswer[] = [];
    for (let made = 0; made < 20; made += 1)
      answers.push(await sandbox.send("optiply", request("POST", "/v1/products", product, token)));
    return answers;
  };
  const once = await trace(5);
  expect(once).toContain("cut");
  expect(await trace(5)).toEqual(once);
  expect(await trace(6)).not.toEqual(once);
});

test("tokens, slow answers and late work follow the clock that was given", async () => {
  const clock = simulatedClock(START_MS);
  const sandbox = createSandbox({ clock, seed: 1 });
  const token = await signIn(sandbox);
  sandbox.faults.add({ vendor: "optiply", method: "POST", kind: "late", delayMs: 60_000, count: 1 });
  expect(await sandbox.send("optiply", request("POST", "/v1/products", product, token))).toBe("cut");
  await clock.advance(59_999);
  expect(sandbox.optiply.webshop().tables.products.rows.size).toBe(0);
  await clock.advance(1);
  expect(sandbox.optiply.webshop().tables.products.rows.size).toBe(1);
  await clock.advance(3_600_000);
  expect(await sandbox.send("optiply", request("GET", "/v1/products", "", token))).toMatchObject({ status: 401 });
});

test("late work does not reach into the life after a reset", async () => {
  const clock = simulatedClock(START_MS);
  const sandbox = createSandbox({ clock, seed: 1 });
  const token = await signIn(sandbox);
  sandbox.faults.add({ vendor: "optiply", kind: "late", delayMs: 1000 });
  await sandbox.send("optiply", request("POST", "/v1/products", product, token));
  sandbox.reset();
  await signIn(sandbox);
  await clock.advance(2000);
  expect(sandbox.optiply.webshop().tables.products.rows.size).toBe(0);
});
