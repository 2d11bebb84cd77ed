import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";
import type { SandboxAddresses } from "./start-sandbox.ts";

const program = new URL("./main.ts", import.meta.url).pathname;

function start(...options: string[]) {
  const child = spawn(process.execPath, [program, ...options], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout });
  return { child, line: once(lines, "line"), exit: once(child, "exit") };
}

test("--json prints one line with all addresses, and SIGTERM ends it", async () => {
  const { child, line, exit } = start("--json");
  const [text] = (await line) as [string];
  const addresses = JSON.parse(text) as SandboxAddresses;
  expect(Object.keys(addresses)).toEqual(["control", "vendors", "credentials"]);
  expect((await fetch(`${addresses.control}/switches`)).status).toBe(200);
  expect((await fetch(`${addresses.vendors["zoho-books"].apiUrl}/books/v3/items`)).status).toBe(401);
  expect((await fetch(`${addresses.vendors.optiply.apiUrl}/products`)).status).toBe(401);
  child.kill("SIGTERM");
  expect(await exit).toEqual([0, null]);
});

test("--until-stdin-closes ends it with its parent's pipe", async () => {
  const { child, line, exit } = start("--until-stdin-closes");
  expect((await line)[0]).toMatch(/^Control API +http:/);
  child.stdin.end();
  expect(await exit).toEqual([0, null]);
});

test("a wrong port is refused with exit code 2", async () => {
  const child = spawn(process.execPath, [program, "--port", "no"], { stdio: ["ignore", "ignore", "pipe"] });
  let told = "";
  child.stderr.on("data", (chunk: Buffer) => {
    told += chunk.toString();
  });
  expect(await once(child, "close")).toEqual([2, null]);
  expect(told).toContain("--port cannot be no");
});
