/** Another vendor is another supplier product: however the process ends between the two calls, there is exactly one in the end. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import type { Fields } from "../conformance/stand-in.ts";
import { integrationName, item, itemId, openStage, type Stage, vendor, vendorId } from "../stage.ts";

let stage: Stage;
let potters: string;
let mill: string;
let mug: string;

beforeEach(async () => {
  stage = await openStage({ flavour: "full", switches: { "zoho-books": { stockIn: "list" } } });
  const both = [vendor(), vendor({ contact_name: "Mill" })];
  [potters = "", mill = ""] = (await stage.shop.add("zoho-books/contacts", both)).map(vendorId);
  const [stored] = await stage.shop.add("zoho-books/items", [item({ vendor_id: potters, purchase_rate: 4 })]);
  mug = itemId(stored);
  await stage.sync();
});

/** Each change lies seconds behind the one before, because the stand-in's clock does not jump along with the stage's. */
let changes = 0;
const moveTo = (vendor_id: string, fields: Fields = {}) => {
  changes += 1;
  const last_modified_time = new Date(Date.now() + changes * 5_000).toISOString();
  return stage.shop.change("zoho-books/items", mug, { vendor_id, last_modified_time, ...fields });
};
const faultOnce = (fault: Fields) =>
  stage.shop.fault({ vendor: "optiply", path: "/supplierProducts", count: 1, ...fault });
const supplierId = async (name: string) =>
  Number((await stage.inOptiply("suppliers")).find((row) => row.name === name)?.id);

/** Syncs until doubts are settled, and beyond the longest working time of a lost write. */
async function settle(): Promise<void> {
  for (let round = 0; round < 3; round += 1) {
    await stage.sync({ settle: true });
    stage.clock.jump(60_000);
  }
}

async function expectOne(name: string): Promise<void> {
  expect(await stage.inOptiply("supplierProducts")).toMatchObject([
    { supplierId: await supplierId(name), productId: Number((await stage.inOptiply("products"))[0]?.id) },
  ]);
  const { outcome, code, targetId } = await stage.record("supplier-products", mug);
  const [only] = await stage.inOptiply("supplierProducts");
  expect({ code, targetId }).toEqual({ code: null, targetId: String(only?.id) });
  expect(["created", "updated", "unchanged"]).toContain(outcome);
  await stage.resetCalls();
  await stage.sync();
  expect(await stage.writes()).toBe(0);
}

test.for([
  { method: "DELETE", kind: "cut-after" },
  { method: "DELETE", kind: "cut" },
  { method: "DELETE", kind: "cut-after", count: 20 },
  { method: "DELETE", kind: "status", status: 503, count: 20 },
  { method: "DELETE", kind: "status-after", status: 500, count: 20 },
  { method: "DELETE", kind: "status", status: 400 },
  { method: "POST", kind: "cut-after" },
  { method: "POST", kind: "cut" },
  { method: "POST", kind: "status", status: 500 },
])("$method $kind ($count): exactly one in the end", async (fault) => {
  await moveTo(mill);
  await faultOnce(fault);
  await stage.sync();
  await stage.calm();
  // A deletion that was refused is not sent again before something changes or a person asks.
  if (fault.status === 400) await moveTo(mill, { purchase_rate: 5 });
  await settle();
  await expectOne("Mill");
});

test.for(["cut", "cut-after"])(
  "the vendor goes back while the deletion is in doubt (%s): one, of the old vendor",
  async (kind) => {
    await moveTo(mill);
    await faultOnce({ method: "DELETE", kind, count: 20 });
    await stage.sync({ flow: "supplier-products" });
    await stage.calm();
    await moveTo(potters);
    await settle();
    await expectOne("Potters of Delft");
  },
);

test.for(["DELETE", "POST"])("the process dies while the %s is under way: exactly one in the end", async (method) => {
  await moveTo(mill);
  await faultOnce({ method, kind: "slow", delayMs: 30_000, afterWork: true });
  const script = new URL("../engine/sync-process.ts", import.meta.url).pathname;
  const child = spawn(process.execPath, [script, integrationName], {
    env: { PATH: process.env.PATH, ...stage.environment },
    stdio: ["ignore", "ignore", "inherit"],
  });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  const ended = once(child, "exit");
  const done = async () => {
    const rows = await stage.inOptiply("supplierProducts");
    if (method === "DELETE") return rows.length === 0;
    return rows.some((row) => row.name === "Mug" && Number(row.supplierId) !== oldSupplier);
  };
  const oldSupplier = await supplierId("Potters of Delft");
  while (!(await done()));
  expect(child.exitCode, "the process was killed at work").toBeNull();
  child.kill("SIGKILL");
  await ended;
  await stage.calm();
  await stage.endLeases();
  await settle();
  await expectOne("Mill");
});

test("the process dies between the two: exactly one in the end", async () => {
  await moveTo(mill);
  // What the first run stored is the deletion; the record is due, and nothing was sent yet.
  const stop = new AbortController();
  await faultOnce({ method: "DELETE", kind: "slow", delayMs: 1_000, afterWork: true });
  const running = stage.sync({ flow: "supplier-products", signal: stop.signal });
  while ((await stage.inOptiply("supplierProducts")).length > 0);
  stop.abort();
  expect((await running).of("supplier-products").state).toBe("stopped");
  expect(await stage.inOptiply("supplierProducts")).toEqual([]);
  await settle();
  await expectOne("Mill");
});

test("people made the new pair in Optiply already: it is taken over and the old one deleted", async () => {
  await stage.shop.add("optiply/supplierProducts", [
    {
      name: "Mug of the mill",
      supplierId: await supplierId("Mill"),
      productId: Number((await stage.inOptiply("products"))[0]?.id),
      lotSize: 12,
    },
  ]);
  await moveTo(mill, { purchase_rate: 3 });
  await settle();
  await expectOne("Mill");
  expect(await stage.inOptiply("supplierProducts")).toMatchObject([{ lotSize: 12, price: "3.00", name: "Mug" }]);
});

test("there and back again makes one each time", async () => {
  for (const [id, name] of [
    [mill, "Mill"],
    [potters, "Potters of Delft"],
    [mill, "Mill"],
  ] as const) {
    await moveTo(id);
    await settle();
    await expectOne(name);
  }
});
