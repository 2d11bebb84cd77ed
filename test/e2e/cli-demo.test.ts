/** `mizan demo`: the shape and the sense of its last line with `--once --json`, and what it tells people. */
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { type Machine, newMachine } from "./mizan-command.ts";

const count = z.int().min(0);
const counts = z.strictObject({
  created: count,
  updated: count,
  unchanged: count,
  skipped: count,
  waiting: count,
  rejected: count,
});
const calls = z.object({ GET: count, POST: count });
const buyOrder = z.strictObject({
  id: z.string().regex(/^\d+$/),
  supplier: z.string(),
  lines: z.int().min(1),
  outcome: z.enum(["created", "waiting", "skipped"]),
  reason: z.string().nullable(),
  action: z.string().nullable(),
  purchaseOrders: z.array(z.string()),
  completed: z.iso.datetime().nullable(),
});
const flows = z.array(z.strictObject({ name: z.string(), first: counts, second: counts }));
const money = z.string().regex(/^\d+\.\d\d$/);
const invoicedOrder = z.strictObject({
  order: z.string(),
  sourceId: z.string(),
  status: z.string(),
  total: money,
  outcome: z.enum(["created", "unchanged", "waiting", "skipped"]),
  reason: z.string().nullable(),
  action: z.string().nullable(),
  invoices: z.array(z.strictObject({ id: z.string(), total: money, status: z.string() })),
});
const salla = z.strictObject({
  orders: z.array(invoicedOrder),
  purchase: z.strictObject({ sku: z.string(), units: count, before: count, after: count }),
  refund: z.strictObject({
    order: z.string(),
    units: count,
    name: z.string(),
    inSalla: z.strictObject({ id: z.string(), total: money }),
    inQoyod: z.array(z.strictObject({ id: z.string(), total: money })),
  }),
  sentAgain: z.strictObject({
    order: z.string(),
    outcome: z.string(),
    reason: z.string().nullable(),
    before: count,
    after: count,
  }),
});
const result = z.strictObject({
  integrations: z.tuple(
    [z.strictObject({ kind: z.literal("zoho-books-optiply"), flows })],
    z.strictObject({ kind: z.literal("salla-qoyod"), flows }),
  ),
  calls: z.strictObject({ "zoho-books": calls, optiply: calls }),
  import: z.strictObject({ rows: count, taken: count, leftOut: z.record(z.string(), count) }),
  /** null where nothing is bought: an order file tells of sales only */
  buyOrders: z.array(buyOrder).nullable(),
  /** null with an order file, which fills the other shop */
  salla: salla.nullable(),
  seconds: z.number().positive(),
  peakRssMb: z.number().positive(),
});

const lastLine = (stdout: string) => result.parse(JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? ""));

let machine: Machine;
let temporary: string;

beforeEach(async () => {
  machine = await newMachine();
  temporary = await mkdtemp(join(tmpdir(), "mizan demo "));
});
afterEach(async () => {
  await rm(temporary, { recursive: true, force: true });
  await machine.remove();
});

test("the made-up shop goes both ways: the second sync writes nothing, and buy orders become purchase orders once", async () => {
  const { code, stdout, stderr } = await machine.mizan(["demo", "--once", "--json"], "", { TMPDIR: temporary });
  expect(code, stderr).toBe(0);
  const { integrations, import: imported, calls: made, buyOrders } = lastLine(stdout);
  const { flows } = integrations[0];
  expect(flows.map(({ name, first }) => [name, first.created > 10])).toEqual([
    ["products", true],
    ["suppliers", true],
    ["supplier-products", true],
    ["sell-orders", true],
    ["buy-orders-export", false],
    ["buy-orders", true],
  ]);
  for (const { name, second } of flows) expect(second, name).toMatchObject({ created: 0, updated: 0 });
  expect(imported.taken + Object.values(imported.leftOut).reduce((sum, left) => sum + left, 0)).toBe(imported.rows);
  const created = flows.reduce((sum, { first }) => sum + first.created, 0);
  expect(made.optiply.POST).toBeGreaterThanOrEqual(created);

  // The first one was closed in Zoho Books, the fourth has a supplier of Optiply's own, and the last is a draft.
  expect(
    buyOrders?.map(({ outcome, purchaseOrders, completed }) => [outcome, purchaseOrders.length, completed !== null]),
  ).toEqual([
    ["created", 1, true],
    ["created", 1, false],
    ["created", 1, false],
    ["waiting", 0, false],
    ["skipped", 0, false],
  ]);
  expect(new Set(buyOrders?.flatMap(({ purchaseOrders }) => purchaseOrders)).size).toBe(3);
  expect(buyOrders?.map(({ reason }) => reason)).toEqual([
    null,
    null,
    null,
    expect.stringContaining("Corner Pottery"),
    expect.stringContaining("draft"),
  ]);

  const [, shop] = integrations;
  expect(shop?.flows.map(({ name, first, second }) => [name, first.created, second.created + second.updated])).toEqual([
    ["customers", 3, 0],
    ["products", 12, 0],
    ["opening-counts", 12, 0],
    ["orders", 8, 0],
    ["payments", 8, 0],
    ["refunds", 0, 0],
    ["stock", 0, 0],
  ]);
  const story = lastLine(stdout).salla;
  const invoiced = story?.orders.filter(({ invoices }) => invoices.length > 0) ?? [];
  expect(invoiced).toHaveLength(8);
  for (const { total, invoices } of invoiced) expect(invoices).toMatchObject([{ total, status: "Paid" }]);
  const others = story?.orders.filter(({ invoices }) => invoices.length === 0) ?? [];
  expect(others.map(({ outcome }) => outcome)).toEqual(["waiting", "skipped", "skipped", "skipped"]);
  expect(story?.purchase.after).toBe((story?.purchase.before ?? 0) + (story?.purchase.units ?? 0));
  const { inSalla, inQoyod, order } = story?.refund ?? {};
  expect(Number(inSalla?.total)).toBeGreaterThan(0);
  expect(Number(inSalla?.total)).toBeLessThan(Number(invoiced.find((one) => one.order === order)?.total));
  expect(inQoyod?.map(({ total }) => total)).toEqual([inSalla?.total]);
  expect(story?.sentAgain).toMatchObject({ outcome: "invoiced-already", before: 8, after: 8 });

  expect(stderr).toMatch(/First sync \([\d.]+ s\)\n +FLOW +CREATED[^\n]+\n +products +\d+/);
  for (const { id, purchaseOrders, reason } of buyOrders ?? []) {
    const row = stderr.split("\n").find((line) => line.trim().startsWith(id));
    expect(row).toContain(reason === null ? `once, ${purchaseOrders[0]}` : "no, ");
    if (reason !== null) expect(stderr).toContain(`mizan why 'demo/buy-orders-export/${id}'`);
  }
  expect(stderr.replaceAll("\n", " ")).toContain(`the next sync completed buy order ${buyOrders?.[0]?.id} in Optiply`);
  const lines = stderr.split("\n").filter((line) => !/records|calls made/.test(line));
  for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(80);
  expect(await readdir(temporary), "the demo leaves nothing behind").toEqual([]);
});

test("without --once it shows what became of the merchant's changes, invites, and ends by Ctrl-C", async () => {
  const { child, ended } = machine.start(["demo"], { TMPDIR: temporary });
  await new Promise<void>((resolve, reject) => {
    let said = "";
    child.stderr?.on("data", (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes("Everything stays up until Ctrl-C")) resolve();
    });
    child.once("exit", () => reject(new Error(said)));
  });
  child.kill("SIGINT");
  const { code, stderr } = await ended;
  expect(code, stderr).toBe(0);
  expect(stderr).toMatch(/\na new item, Sugar tongs +created as \d+\n/);
  expect(stderr).toMatch(/\nPO-\d+ is expected on \d{4}-\d\d-\d\d +updated as \d+\n/);
  expect(stderr).not.toMatch(/\n\S[^\n]+ {2}(waiting|rejected)/);
  expect(stderr).toMatch(/npm run mizan -- why 'demo\/buy-orders-export\/\d+'/);
  expect(await readdir(temporary), "the demo leaves nothing behind").toEqual([]);
});

test("an order file tells of sales only, so nothing is bought", async () => {
  const orders = join(temporary, "orders.csv");
  const head = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID";
  const rows = [
    "900001,M1,MADE-UP MUG,3,2011-01-04 10:00:00,2.5,1",
    "900001,M2,MADE-UP PLATE,1,2011-01-04 10:00:00,4,1",
  ];
  await writeFile(orders, [head, ...rows, ""].join("\n"));
  const { code, stdout, stderr } = await machine.mizan(["demo", "--once", "--json", "--orders", orders]);
  expect(code, stderr).toBe(0);
  const { integrations, import: imported, buyOrders } = lastLine(stdout);
  expect(integrations[0].flows.map(({ name, first, second }) => [name, first.created, second.created])).toEqual([
    ["products", 2, 0],
    ["sell-orders", 1, 0],
  ]);
  expect(imported).toEqual({ rows: 2, taken: 2, leftOut: {} });
  expect(buyOrders).toBeNull();
  expect(lastLine(stdout).salla).toBeNull();
});

test("a folder that holds something is refused", async () => {
  const { code, stderr } = await machine.mizan(["demo", "--once", "--home", "/"]);
  expect(stderr).toContain("/ is not empty; give an empty or new folder");
  expect(code).toBe(2);
});
