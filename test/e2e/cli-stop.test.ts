/** Ctrl-C in the middle of a sync, and what comes after. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Machine, newMachine, until } from "./mizan-command.ts";

let machine: Machine;
const items = 150;

beforeAll(async () => {
  machine = await newMachine();
  await machine.control("POST", "/import/made-up-shop", { seed: 5, items, orders: 60 });
  await machine.setUp();
});
afterAll(async () => await machine.remove());

type Item = { item_id: string };
type Call = { vendor: string; method: string; path: string; count: number };
const writes = async () => {
  const calls = await machine.control<Call[]>("GET", "/calls");
  return calls.find(({ method, path }) => method === "POST" && path === "/v1/products")?.count ?? 0;
};

test("Ctrl-C stops at a record boundary and says what is left; the next sync finishes", async () => {
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

test("a flow that another process is running is left alone, to be tried again later", async () => {
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

test("an apply names what changed since its plan, and does not call it rejected", async () => {
  const fields = { name: "Lamp", sku: "LAMP-1", rate: 12, track_inventory: true, available_for_sale_stock: 3 };
  const added = await machine.control<Item | Item[]>("POST", "/zoho-books/items", fields);
  const [lamp] = [added].flat();
  const { stdout } = await machine.mizan(["plan", "shop", "products", "--json"]);
  const { plan } = JSON.parse(stdout) as { plan: number };
  await machine.control("PATCH", `/zoho-books/items/${lamp?.item_id}`, { name: "Lamp, taller" });
  const { code, stderr } = await machine.mizan(["apply", String(plan)]);
  expect(code, stderr).toBe(4);
  expect(stderr).toMatch(/products +changed since the plan: 1\n/);
  expect(stderr).toMatch(/not written, because it changed since the plan: .*LAMP-1|not written.*Lamp/);
  expect(stderr).not.toContain("rejected");
});

test("a plan whose calls wait for their minute says so, and Ctrl-C says that it is not complete", async () => {
  const slow = ["connect", "zoho-books", "--name", "books", "--stdin", "--set", "perMinute=12", "minuteMs=15000"];
  const connected = await machine.mizan(slow, machine.zoho.input);
  expect(connected.code, connected.stderr).toBe(0);
  for (let name = 0; name < 40; name += 1)
    await machine.control("POST", "/zoho-books/salesorders", { order_status: "closed", invoiced_status: "invoiced" });
  const { child, ended } = machine.start(["plan", "shop"]);
  const said = new Promise<void>((resolve, reject) => {
    let words = "";
    child.stderr?.on("data", (chunk: Buffer) => {
      words += chunk.toString();
      if (words.includes("waiting for the calls a minute of Zoho Books (12)")) resolve();
    });
    child.once("exit", () => reject(new Error(words)));
  });
  await said;
  child.kill("SIGINT");
  const { code, stdout, stderr } = await ended;
  expect(code, stderr).toBe(130);
  expect(stdout).toBe("");
  expect(stderr).toContain("Stopped before the plan was complete; there is nothing to apply, and nothing was written.");
  const lines = stderr.split("\n").filter((line) => line.includes("calls made"));
  expect(new Set(lines).size, "no line of progress is said twice").toBe(lines.length);
});
