import { expect, test } from "vitest";
import { setIntegration } from "../../src/operations/integrations.ts";
import { retry } from "../../src/operations/retry.ts";
import { integrationName } from "../stage.ts";
import { openRefundStage, refunded } from "./refund-stage.ts";

const items = [{ sku: "MUG", quantity: 3 }];

test("refunds: an answer that is lost and two runs at once make one credit note, and settle it once", async () => {
  const stage = await openRefundStage();
  const order = await stage.completed({ items });
  await stage.sync();
  await stage.giveBack(order, [0, 1]);
  await stage.shop.fault({ vendor: "qoyod", method: "POST", path: "/credit_notes", kind: "cut-after", count: 1 });
  await stage.sync();
  stage.clock.jump(60_000);
  await stage.sync();
  expect(await stage.credited()).toEqual(["52.00"]);
  expect(await stage.due(order)).toBe(104);

  await stage.giveBack(order, [0, 1]);
  await stage.shop.fault({
    vendor: "qoyod",
    method: "POST",
    path: "/invoices/*/allocations",
    kind: "cut-after",
    count: 1,
  });
  await Promise.all([stage.sync({ flow: "refunds" }), stage.sync({ flow: "refunds" })]);
  stage.clock.jump(60_000);
  await Promise.all([stage.sync({ flow: "refunds" }), stage.sync({ flow: "refunds" })]);
  await stage.sync();
  expect(await stage.credited()).toEqual(["52.00", "52.00"]);
  expect(await stage.due(order)).toBe(52);
  expect([await stage.offered("MUG"), await stage.held("MUG")]).toEqual([9, 9]);
  expect((await stage.records("refunds")).map(({ code }) => code)).toEqual([null, null]);
});

test("refunds: goods that Qoyod does not take back are told, and counted in where a person or the option says so", async () => {
  const stage = await openRefundStage({ switches: { qoyod: { creditNoteStock: "kept" } } });
  const order = await stage.completed({ items });
  await stage.sync();
  await stage.giveBack(order, [0, 2]);
  await stage.sync();
  const [record] = await stage.records("refunds");
  expect([record?.outcome, record?.code]).toEqual(["waiting", "goods-not-returned"]);
  expect(record?.reason).toMatch(/^The credit note \d+ was made, but Qoyod does not show .+: 2 × MUG: 7 → 7\.$/);
  expect(await stage.due(order)).toBe(52);
  expect(await stage.held("MUG")).toBe(7);

  await setIntegration(stage.mizan.desk, integrationName, { options: { refundsCountIn: true } }, stage.signal);
  await retry(stage.mizan.desk, { record: record?.sourceId, flow: "refunds", signal: stage.signal });
  expect(await stage.held("MUG")).toBe(9);
  expect((await stage.records("refunds"))[0]?.code).toBeNull();

  await stage.giveBack(order, [0, 1]);
  await stage.sync();
  await stage.sync();
  expect([await stage.offered("MUG"), await stage.held("MUG")]).toEqual([10, 10]);
  expect(await stage.credited()).toEqual(await refunded(stage));
  expect((await stage.records("refunds")).map(({ code }) => code)).toEqual([null, null]);
});

const kept = { switches: { qoyod: { creditNoteStock: "kept" } } };

test("refunds: a count that Qoyod refuses is told in its words, and made by a retry once it is taken", async () => {
  const stage = await openRefundStage({ ...kept, options: { refundsCountIn: true } });
  const order = await stage.completed({ items });
  await stage.sync();
  await stage.shop.switches({ qoyod: { counts: "refused" } });
  await stage.giveBack(order, [0, 2]);
  await stage.sync();
  const told = async () => (await stage.records("refunds"))[0];
  const request = { record: (await told())?.sourceId, flow: "refunds", signal: stage.signal };
  for (const again of [false, true]) {
    if (again) await retry(stage.mizan.desk, request);
    expect([(await told())?.outcome, (await told())?.code]).toEqual(["waiting", "goods-not-returned"]);
    expect((await told())?.reason).toMatch(/2 × MUG: 7 → 7 \(.+\)\.$/);
  }
  await stage.shop.switches({ qoyod: { counts: "accepted" } });
  await retry(stage.mizan.desk, request);
  expect((await told())?.code).toBeNull();
  await stage.sync();
  expect([await stage.offered("MUG"), await stage.held("MUG")]).toEqual([9, 9]);
});

test("refunds: goods that a person counted by hand are not counted in again when the option is set", async () => {
  const stage = await openRefundStage(kept);
  const order = await stage.completed({ items });
  await stage.sync();
  await stage.giveBack(order, [0, 2]);
  await stage.sync();
  const [record] = await stage.records("refunds");
  expect(record?.code).toBe("goods-not-returned");
  const mug = (await stage.inQoyod("products")).find(({ sku }) => sku === "MUG");
  const counted = { product_id: mug?.id, actual_quantity: 9, rate: "20" };
  await stage.qoyod("inventory_adjustments", { line_items: [counted] });
  expect(await stage.held("MUG")).toBe(9);
  await setIntegration(stage.mizan.desk, integrationName, { options: { refundsCountIn: true } }, stage.signal);
  await retry(stage.mizan.desk, { record: record?.sourceId, flow: "refunds", signal: stage.signal });
  expect(await stage.held("MUG")).toBe(9);
  expect((await stage.records("refunds"))[0]?.code).toBeNull();
});

test("refunds: goods are counted in by a retry only where the books hold what the person was told", async () => {
  const stage = await openRefundStage(kept);
  const order = await stage.completed({ items });
  await stage.sync();
  await stage.giveBack(order, [0, 2]);
  await stage.sync();
  const [record] = await stage.records("refunds");
  const request = { record: record?.sourceId, flow: "refunds", signal: stage.signal };
  const mug = (await stage.inQoyod("products")).find(({ sku }) => sku === "MUG");
  await stage.shop.change("qoyod/products", String(mug?.id), { stock: "8.0" });
  await setIntegration(stage.mizan.desk, integrationName, { options: { refundsCountIn: true } }, stage.signal);
  await retry(stage.mizan.desk, request);
  expect(await stage.held("MUG")).toBe(8);
  expect((await stage.records("refunds"))[0]?.reason).toMatch(/2 × MUG: 7 → 8\.$/);
  await retry(stage.mizan.desk, request);
  expect(await stage.held("MUG")).toBe(10);
  expect((await stage.records("refunds"))[0]?.code).toBeNull();
});

test("refunds: a count whose answer is lost is looked at, and told to nobody where it was done", async () => {
  const stage = await openRefundStage({ ...kept, options: { refundsCountIn: true } });
  const order = await stage.completed({ items });
  await stage.sync();
  await stage.giveBack(order, [0, 2]);
  await stage.shop.fault({
    vendor: "qoyod",
    method: "POST",
    path: "/inventory_adjustments",
    kind: "cut-after",
    count: 1,
  });
  await stage.sync();
  expect(await stage.held("MUG")).toBe(9);
  expect((await stage.records("refunds"))[0]?.code).toBeNull();

  // One that was not done is in doubt until it can no longer land; then a person is told.
  await stage.giveBack(order, [0, 1]);
  await stage.shop.fault({ vendor: "qoyod", method: "POST", path: "/inventory_adjustments", kind: "cut", count: 1 });
  await stage.sync({ flow: "refunds" });
  const last = async () => (await stage.records("refunds")).find(({ outcome }) => outcome === "waiting");
  expect((await last())?.code).toBe("in-doubt");
  stage.clock.jump(60_000);
  await stage.sync({ flow: "refunds" });
  expect((await last())?.code).toBe("goods-not-returned");
  await retry(stage.mizan.desk, { record: (await last())?.sourceId, flow: "refunds", signal: stage.signal });
  expect([await last(), await stage.held("MUG")]).toEqual([undefined, 10]);
});
