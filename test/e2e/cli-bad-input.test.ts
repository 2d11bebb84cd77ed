/** Wrong input is refused when it is given, naming the value and what is allowed; vendors' refusals say what to do. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type Machine, newMachine } from "./mizan-command.ts";

let machine: Machine;

beforeAll(async () => {
  machine = await newMachine();
  await machine.control("POST", "/import/made-up-shop", { seed: 3, items: 30, orders: 40 });
  await machine.setUp();
});
afterEach(async () => {
  await machine.control("DELETE", "/faults");
});
afterAll(async () => await machine.remove());

const add = [
  "integrations",
  "add",
  "zoho-books-optiply",
  "--name",
  "other",
  "--source",
  "books",
  "--target",
  "optiply",
];
const since = ["--option", "ordersSince=2020-01-01"];

// biome-ignore format: a table
const refused: [name: string, words: string[], message: RegExp][] = [
  ["a warehouse id that is not numeric", [...add, ...since, "warehouseIds=Main"], /warehouseIds is "Main"; allowed: numeric ids/],
  ["a warehouse that Zoho does not know", [...add, ...since, "warehouseIds=99"], /warehouseIds: 99 is not known in Zoho Books; known: \d+/],
  ["an unknown region", [...add, ...since, "zohoRegion=moon"], /zohoRegion is "moon"; allowed: one of com, eu, in/],
  ["another region than the connection's", [...add, ...since, "zohoRegion=eu"], /zohoRegion is eu, but the Zoho Books connection is in region com/],
  ["no ordersSince", add, /ordersSince is missing; allowed: a day YYYY-MM-DD/],
  ["a day that is none", [...add, "--option", "ordersSince=2026-02-30"], /ordersSince is "2026-02-30"; allowed: a day/],
  ["an option that there is not", [...add, ...since, "colour=red"], /colour is not known; known: zohoRegion, syncStock/],
  ["a flag that is neither", [...add, ...since, "syncStock=maybe"], /syncStock is "maybe"; allowed: true or false/],
  ["a coupling id that is no number", [...add, ...since, "couplingId=x7"], /couplingId is "x7"; allowed: a number/],
  ["a word without a value", [...add, "--option", "ordersSince"], /--option is "ordersSince"; allowed: name=value/],
  ["a source of the wrong vendor", ["integrations", "add", "zoho-books-optiply", "--name", "x", "--source", "optiply", "--target", "optiply", ...since], /source is optiply, a connection of optiply; it must be one of zoho-books/],
  ["an unknown kind", ["integrations", "add", "shopify", "--name", "x", "--source", "books", "--target", "optiply"], /kind is "shopify"; allowed: zoho-books-optiply/],
  ["a name that is taken", [...add.map((word) => (word === "other" ? "shop" : word)), ...since], /there is an integration shop already/],
  ["an option set wrong later", ["integrations", "set", "shop", "warehouseIds=12,abc"], /warehouseIds.* "12,abc"|warehouseIds.* "abc"/],
  ["an interval of nothing", ["integrations", "set", "shop", "--every", "products=0"], /every is 0 for products; allowed: whole minutes from 1 to 10080/],
  ["an interval with a unit", ["integrations", "set", "shop", "--every", "products=5m"], /every is "5m" for products; allowed: whole minutes from 1 to 10080/],
  ["an interval that is empty", ["integrations", "set", "shop", "--every", "products="], /every is "" for products; allowed: whole minutes/],
  ["runs of an unknown flow", ["runs", "shop", "nope"], /shop has no flow "nope"; there are: products, /],
  ["an interval of an unknown flow", ["integrations", "set", "shop", "--every", "suppliers=5"], /shop has no flow "suppliers"; it has: products, sell-orders/],
  ["a flavour that there is not", [...add, ...since, "--flavour", "huge"], /flavour is "huge"; allowed: simple, full/],
  ["a flavour set wrong later", ["integrations", "set", "shop", "--flavour", "Full"], /flavour is "Full"; allowed: simple, full/],
  ["a sync of a flow of another flavour", ["sync", "shop", "buy-orders-export"], /shop has no flow "buy-orders-export"; it has: products, sell-orders\. The flavour full has it: `mizan integrations set shop --flavour full`/],
  ["an unknown integration", ["sync", "nowhere"], /there is no integration "nowhere"; there are: shop/],
  ["an unknown flow", ["sync", "shop", "returns"], /shop has no flow "returns"/],
  ["an unknown connection", ["doctor", "nope"], /there is no connection "nope"; there are: books, optiply/],
  ["an option in place of an order file", ["demo", "--orders", "--once"], /--orders is "--once", which is an option/],
  ["an order file that is not there", ["demo", "--once", "--orders", "nowhere.csv"], /--orders is "nowhere.csv", which cannot be read: there is no such file/],
  ["a folder in place of an order file", ["demo", "--once", "--orders", "/"], /--orders is "\/", which cannot be read: it is a folder/],
  ["an unknown plan", ["apply", "4711"], /there is no plan 4711/],
  ["a plan that is no number", ["apply", "first"], /plan is "first"; allowed: the number/],
  ["an unknown record", ["why", "SO-NONE"], /there is no record "SO-NONE"/],
  ["an unknown reason", ["records", "shop", "--reason", "bad-luck"], /reason is "bad-luck"; allowed: inactive-never-sent/],
  ["an unknown outcome", ["records", "shop", "--outcome", "lost"], /Allowed choices are created, updated/],
  ["a number out of bounds", ["runs", "--most", "0"], /most is "0"; allowed: a whole number from 1 to 1000/],
  ["an unknown vendor", ["connect", "shopify", "--name", "x"], /vendor is "shopify"; allowed: zoho-books, optiply, salla, qoyod/],
  ["an organisation id that is no number", ["connect", "zoho-books", "--name", "x", "--set", "organizationId=abc"], /organizationId is "abc"; allowed: digits only/],
  ["a host without https", ["connect", "zoho-books", "--name", "x", "--set", "organizationId=1", "apiUrl=http://zoho.example"], /apiUrl is "http:\/\/zoho.example"; allowed: (an )?https/],
  ["more calls than Zoho allows", ["connect", "zoho-books", "--name", "x", "--set", "organizationId=1", "perMinute=500"], /perMinute is 500; allowed: at most 100/],
  ["no secrets", ["connect", "zoho-books", "--name", "x", "--set", "organizationId=1"], /clientId is missing/],
  ["an unknown command", ["sing"], /unknown command 'sing'/],
  ["an unknown flag", ["sync", "shop", "--fast"], /unknown option '--fast'/],
];

test.for(refused)("%s is refused with exit code 2", async ([, words, message]) => {
  const { code, stdout, stderr } = await machine.mizan([...words, "--json"]);
  expect(stderr).toMatch(message);
  expect(code, stderr).toBe(2);
  const { error } = JSON.parse(stdout) as { error: { code: string; message: string } };
  expect(error.code).toBe("invalid-input");
  expect(error.message).toMatch(message);
  expect(stderr).not.toMatch(/ {4}at /);
});

test("order files without the columns of Online Retail are refused before anything starts, packed or not", async () => {
  const folder = await mkdtemp(join(tmpdir(), "mizan orders "));
  try {
    const files = {
      "other.csv": "name,price\nMug,3\n",
      "other.csv.gz": gzipSync("InvoiceNo,StockCode,Quantity\n1,2,3\n"),
      "damaged.csv.gz": Buffer.from([0x1f, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]),
    };
    for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
    const refusalOf = async (name: string) => {
      const { code, stderr } = await machine.mizan(["demo", "--once", "--orders", join(folder, name)]);
      expect(code, stderr).toBe(2);
      expect(stderr.trim().split("\n"), "a sentence and nothing else").toHaveLength(1);
      return stderr;
    };
    expect(await refusalOf("other.csv")).toMatch(
      /whose first line has no InvoiceNo, StockCode, .*CustomerID; allowed: CSV/,
    );
    expect(await refusalOf("other.csv.gz")).toMatch(
      /whose first line has no Description, InvoiceDate, UnitPrice, CustomerID/,
    );
    expect(await refusalOf("damaged.csv.gz")).toMatch(/cannot be read: it is damaged or not gzip/);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test("a salesperson that nobody knows is saved and reported", async () => {
  const { code, stdout } = await machine.mizan([
    "integrations",
    "set",
    "shop",
    "excludedSalespersonIds=NOBODY",
    "--json",
  ]);
  expect(code).toBe(0);
  expect(JSON.parse(stdout).warnings).toEqual([expect.stringMatching(/excludedSalespersonIds: NOBODY is not known/)]);
});

test("standard input that is not JSON is not repeated", async () => {
  const { code, stderr } = await machine.mizan(
    [...machine.zoho.words, "--stdin"],
    '{"secrets": {"clientSecret": "hush-hush"',
  );
  expect(code).toBe(2);
  expect(stderr).toContain("standard input is not JSON");
  expect(stderr).not.toContain("hush");
});

test("a wrong variable is named", async () => {
  const { code, stderr } = await machine.mizan(["runs"], "", { MIZAN_PORT: "ninety" });
  expect(code).toBe(2);
  expect(stderr).toMatch(/MIZAN_PORT/);
});

test("wrong credentials are refused with what to do, and nothing is saved", async () => {
  const words = [...machine.zoho.words.map((word) => (word === "books" ? "wrong" : word)), "--stdin"];
  const secrets = {
    ...machine.sandbox.credentials["zoho-books"],
    organizationId: undefined,
    refreshToken: "1000.nope",
  };
  const { code, stderr } = await machine.mizan(words, JSON.stringify({ secrets }));
  expect(stderr).toMatch(/Zoho Books refused the credentials: invalid_code[\s\S]*mizan connect/);
  expect(code).toBe(3);
  const { stdout } = await machine.mizan(["connections", "--json"]);
  expect(JSON.parse(stdout).connections).toHaveLength(2);
});

test("an expired token is renewed without a word", async () => {
  await machine.mizan(["sync", "shop", "products"]);
  await machine.control("POST", "/zoho-books/tokens/expire");
  const { code, stderr } = await machine.mizan(["sync", "shop", "products"]);
  expect(code, stderr).toBe(0);
});

test("a missing scope stops the flow and names the scope; a new authorisation goes on", async () => {
  const scopes = "ZohoBooks.settings.READ,ZohoBooks.contacts.READ";
  await machine.control("PATCH", "/switches", { "zoho-books": { scopes } });
  await machine.control("POST", "/zoho-books/tokens/expire");
  const { code, stderr } = await machine.mizan(["sync", "shop", "sell-orders"]);
  expect(stderr).toMatch(/lacks a scope/);
  expect(code, stderr).toBe(3);
  const show = await machine.mizan(["integrations", "show", "shop"]);
  expect(show.stdout).toMatch(/books needs a person/);
  expect((await machine.mizan(["doctor", "books"])).code).toBe(3);

  await machine.control("PATCH", "/switches", { "zoho-books": { scopes: "ZohoBooks.fullaccess.all" } });
  const again = await machine.mizan([...machine.zoho.words, "--stdin"], machine.zoho.input);
  expect(again.code, again.stderr).toBe(0);
  expect((await machine.mizan(["sync", "shop", "sell-orders"])).code).toBe(0);
});

test("a blocked organisation (code 44): the sync says when it goes on, and nothing is lost", async () => {
  const fault = { vendor: "zoho-books", path: "/items", kind: "rate-limited", code: 44 };
  await machine.control("POST", "/faults", fault);
  const { code, stderr } = await machine.mizan(["sync", "shop", "products"]);
  expect(stderr).toMatch(/too many a minute for the limit of Zoho Books[\s\S]*It goes on after \d{4}-/);
  expect(code, stderr).toBe(75);
});

test("a spent day quota (code 45): doctor says when it goes on", async () => {
  const words = [...machine.zoho.words.map((word) => (word === "books" ? "spent" : word)), "--stdin"];
  expect((await machine.mizan(words, machine.zoho.input)).code).toBe(0);
  await machine.control("POST", "/faults", {
    vendor: "zoho-books",
    path: "/organizations",
    kind: "rate-limited",
    code: 45,
  });
  const { code, stdout } = await machine.mizan(["doctor", "spent"]);
  expect(stdout).toMatch(/does not work\n.*daily limit of Zoho Books[\s\S]*Try again after \d{4}-/);
  expect(code, stdout).toBe(75);
});
