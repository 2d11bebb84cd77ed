/** Ctrl-C in the middle of a sync, and what comes after. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Machine, newMachine, until } from "./mizan-command.ts";

let machine: Machine;
const items = 150;

beforeAll(async () => {
  machine = await newMachine();
  await machine.control("POST", "/import/made-up-shop", { seed: 5, items, orders: 60 });
  await machine.setUp();
}, 60_000);
afterAll(async () => await machine.remove());

type Call = { vendor: string; method: string; path: string; count: number };
const writes = async () => {
  const calls = await machine.control<Call[]>("GET", "/calls");
  return calls.find(({ method, path }) => method === "POST" && path === "/v1/products")?.count ?? 0;
};

test("Ctrl-C stops at a record boundary and says what is left; the next sync finishes", {
  timeout: 90_000,
}, async () => {
  await machine.control("PATCH", "/switches", { optiply: { latencyMs: 60 } });
  const { child, ended } = machine.start(["sync", "shop", "--json"]);
  await until(writes, (count) => count >= 20);
  child.kill("SIGINT");
  const { code, stdout, stderr } = await ended;
  expect(code, stderr).toBe(130);
  expect(stderr).toContain("Stopped at a record boundary");
  expect(stderr).toContain("Left: products, sell-orders");
  expect(stderr).toContain("`mizan sync shop` goes on from there");
  const [products] = (JSON.parse(stdout) as { flows: { state: string; counts: { created: number } }[] }).flows;
  expect(products?.state).toBe("stopped");
  expect(products?.counts.created).toBe(await writes());
  expect(products?.counts.created).toBeLessThan(items - 10);

  await machine.control("PATCH", "/switches", { optiply: { latencyMs: 0 } });
  const rest = await machine.mizan(["sync", "shop"]);
  expect(rest.code, rest.stderr).toBe(0);
  const made = await machine.control<{ remoteIdMap: Record<string, string> }[]>("GET", "/optiply/products?limit=1000");
  const ids = made.map(({ remoteIdMap }) => Object.values(remoteIdMap)[0]);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.length).toBeGreaterThan(items - 10);
});

test("a flow that another process is running is left alone, to be tried again later", { timeout: 90_000 }, async () => {
  await machine.control("PATCH", "/switches", { "zoho-books": { latencyMs: 12_000 } });
  const first = machine.start(["sync", "shop", "products"]);
  const running = async () => (await machine.mizan(["runs", "shop", "--most", "1", "--json"])).stdout;
  await until(running, (text) => text.includes('"running"'));
  const second = await machine.mizan(["sync", "shop", "products"]);
  expect(second.stderr).toMatch(/run \d+ of this flow has been going since/);
  expect(second.code, second.stderr).toBe(75);
  await machine.control("PATCH", "/switches", { "zoho-books": { latencyMs: 0 } });
  const { code, stderr } = await first.ended;
  expect(code, stderr).toBe(0);
});
