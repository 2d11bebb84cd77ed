/** A merchant's set-up of Salla ↔ Qoyod: proposal, calibration, what is refused, and a stock decision. */
import { expect, test, vi } from "vitest";
import { diagnosisAnswer, integrationView } from "../../src/api/contract.ts";
import { createApi } from "../../src/api/create-api.ts";
import { calibrationAnswer, proposalAnswer } from "../../src/api/shop-contract.ts";
import type { Facts } from "../../src/core/connector.ts";
import { createApiKey } from "../../src/operations/api-keys.ts";
import { doctor } from "../../src/operations/connect.ts";
import { integrationNamed } from "../../src/operations/desk.ts";
import { addIntegration } from "../../src/operations/integrations.ts";
import { showIntegration } from "../../src/operations/show-integration.ts";
import { pauseFlow } from "../../src/store/flow-pauses.ts";
import type { Fields } from "../conformance/stand-in.ts";
import { openShopStage, type ShopStage } from "../salla-qoyod-stage.ts";
import { integrationName } from "../stage.ts";
import { runMizan } from "./mizan-command.ts";

async function apiOf({ mizan, signal }: ShopStage) {
  const key = await createApiKey(mizan.desk, "test");
  const jobs = { runNow: async () => true, takeUp: () => undefined };
  const api = createApi({ desk: mizan.desk, jobs, stopping: signal });
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
  return async (path: string, body: Fields): Promise<unknown> =>
    (await api.request(`/v1${path}`, { method: "POST", headers, body: JSON.stringify(body) })).json();
}

const pair = { kind: "salla-qoyod", source: "salla", target: "qoyod" } as const;

test("a merchant's settings are proposed, the rounding is found, and both are taken as they are", async () => {
  const stage = await openShopStage();
  const { environment } = stage;
  const post = await apiOf(stage);
  await stage.qoyod("products", { sku: "SHIPPING", type: "Service", name_en: "Shipping", name_ar: "شحن" });
  await stage.salla("products", { name: "Mug", sku: "MUG", price: "52", quantity: 10, cost_price: "20" });
  for (const payment_method of ["mada", "cod"])
    await stage.salla("orders", { items: [{ sku: "MUG", quantity: 1 }], payment_method });

  const proposal = proposalAnswer.parse(await post("/proposals", { ...pair, language: "ar" }));
  const values = Object.fromEntries(proposal.options.map(({ option, value }) => [option, value]));
  const [service] = await stage.inQoyod("products");
  expect(values).toEqual({
    ...{ locationId: "31", salesAccountId: "101", costAccountId: "102", openingBalanceAccountId: "104" },
    ...{ unitTypeId: "7", categoryId: "21", standardTaxId: "1", zeroTaxId: "2", cashCustomerId: "1001" },
    ...{ shippingProductId: String(service?.id), codProductId: null, rounding: null },
    paymentAccounts: expect.stringMatching(/^(mada=105,cod=106|cod=106,mada=105)$/),
  });
  expect(proposal.missing).toEqual(["rounding"]);
  expect(proposal.options.find(({ option }) => option === "cashCustomerId")?.why).toContain("عميل نقدي");
  const printed = await runMizan(["propose", "salla-qoyod", "--source", "salla", "--target", "qoyod"], "", environment);
  expect(printed.stderr).toContain("Still missing, and needed: rounding.");
  expect(printed.stdout).toContain(
    "integrations add salla-qoyod --name shop --source salla --target qoyod --option locationId=31",
  );

  const asked = await runMizan(["calibrate", "qoyod"], "", environment);
  expect(asked).toMatchObject({ code: 3, stdout: "", stderr: expect.stringContaining("Nothing was done.") });
  expect(await stage.inQoyod("products")).toHaveLength(1);
  const found = await runMizan(["calibrate", "qoyod", "--yes"], "", environment);
  expect(found.stdout, found.stderr).toBe("rounding=exact/exact/per-rate/contained/gross\n");
  const again = calibrationAnswer.parse(await post("/connections/qoyod/calibrate", { consent: true }));
  expect(again.found).toMatchObject({ value: "exact/exact/per-rate/contained/gross", leftBehind: null });
  expect(await stage.inQoyod("invoices")).toEqual([]);
  expect((await stage.inQoyod("products")).map(({ sku }) => sku)).toEqual(["SHIPPING", "MIZAN-CALIBRATION"]);

  const chosen = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null));
  const options = { ...chosen, [again.found?.option ?? ""]: again.found?.value };
  // Everything is known at the vendors; what is left to refuse is that the stage has an integration of the two already.
  const second = addIntegration(stage.mizan.desk, { ...pair, name: "second", options }, stage.signal);
  await expect(second).rejects.toThrow("of these two accounts already");
});

test("every way of rounding is read from the draft, and one that is not known is told", async () => {
  const stage = await openShopStage();
  const post = await apiOf(stage);
  const ways: readonly [switches: Fields, value: string][] = [
    [{ roundsUnitNet: true }, "rounded/exact/per-rate/contained/gross"],
    [{ roundsLineNet: true, vatOf: "added", vatRoundedPer: "line" }, "rounded/rounded/per-line/added/gross"],
    [{ roundsUnitNet: false }, "exact/rounded/per-line/added/gross"],
    [{ vatRoundedPer: "rate", inclusiveDiscount: "net" }, "exact/rounded/per-rate/added/net"],
    [{ roundsLineNet: false, vatOf: "contained" }, "exact/exact/per-rate/contained/net"],
  ];
  for (const [switches, value] of ways) {
    await stage.shop.switches({ qoyod: switches });
    const { found } = calibrationAnswer.parse(await post("/connections/qoyod/calibrate", { consent: true }));
    expect([found?.value, ...(found?.alike ?? [])], JSON.stringify(found)).toContain(value);
  }
  await stage.shop.switches({ qoyod: { amountDiscountPer: "unit" } });
  const { found } = calibrationAnswer.parse(await post("/connections/qoyod/calibrate", { consent: true }));
  expect(found).toMatchObject({ value: null, alike: [], leftBehind: null });
});

test("doctor says what to do in Salla and in Qoyod, and a flow that a person must look at says so", async () => {
  const stage = await openShopStage();
  const { desk } = stage.mizan;
  const qoyod = await doctor(desk, "qoyod", stage.signal);
  expect(qoyod).toMatchObject({ works: true, advice: [] });
  const refused = { code: "credentials-refused", parameters: {} } as const;
  const codes = (vendor: string, facts: Facts, refusal: typeof refused | null) =>
    desk.connectors
      .get(vendor)
      ?.advise?.(facts, refusal)
      .map(({ code }) => code);
  expect(codes("salla", {}, refused)).toEqual(["app-not-admitted"]);
  expect(codes("qoyod", {}, refused)).toEqual(["key-not-admitted"]);
  expect(codes("qoyod", { locations: [], eInvoicing: true }, null)).toEqual([
    "location-missing",
    "references-replaced",
  ]);

  const integration = await integrationNamed(desk, integrationName);
  const parameters = { vendor: "Qoyod", id: "9", got: "51.99", sent: "52.00" };
  const key = { integrationId: integration.id, flow: "orders" };
  const because = { reason: { code: "document-differs", parameters }, record: "3879219" } as const;
  await pauseFlow(desk.store.database, key, because, new Date(desk.clock.now()));
  const view = integrationView.parse(JSON.parse(JSON.stringify(await showIntegration(desk, integrationName))));
  const paused = view.flows.filter(({ needsPerson }) => needsPerson !== null);
  expect(paused).toMatchObject([{ name: "orders", needsPerson: { sentence: expect.stringContaining("51.99") } }]);
  const shown = await runMizan(["integrations", "show", integrationName], "", stage.environment);
  expect(shown.stdout).toMatch(/orders waits for a person: 3879219 came out different/);
});

test("an integration is refused while options are missing, or while the shop's own link shows", async () => {
  const stage = await openShopStage({ switches: { salla: { accountingServicesFilter: "honoured" } } });
  const { desk } = stage.mizan;
  const add = (options: Fields) => addIntegration(desk, { ...pair, name: "second", options }, stage.signal);
  await expect(add({ locationId: "31" })).rejects.toThrow(
    /salesAccountId \(.*\); costAccountId .*rounding .*mizan propose salla-qoyod --source salla --target qoyod/,
  );
  await stage.salla("products", { name: "Mug", sku: "MUG", price: "52", quantity: 10 });
  await stage.salla("orders", { items: [{ sku: "MUG", quantity: 1 }], sent_to: ["qoyod"] });
  await stage.shop.switches({
    salla: { scopes: "offline_access orders.read products.read_write customers.read branches.read" },
  });
  const diagnosis = diagnosisAnswer.parse(JSON.parse(JSON.stringify(await doctor(desk, "salla", stage.signal))));
  expect(diagnosis.advice.map(({ sentence }) => sentence)).toEqual([
    "The authorisation lacks a scope (taxes.read).",
    "1 of the latest orders were sent to Qoyod by the link of Salla itself.",
  ]);
  const { options } = await showIntegration(desk, integrationName);
  await expect(add(options)).rejects.toMatchObject({
    field: "nativeLinkOff",
    message: expect.stringContaining("1 of the latest orders were sent to Qoyod"),
  });
  await expect(add({ ...options, nativeLinkOff: true })).rejects.toThrow("of these two accounts already");
  const { beside } = desk.kinds.get("salla-qoyod")?.setUp ?? {};
  const facts = { source: {}, target: { ofTheShop: ["SALLA-7-5: Salla 7 order 9. #5", "INV-1: طلب سلة 12"] } };
  expect(beside?.({ nativeLinkOff: false }, facts)?.message).toContain('"INV-1: طلب سلة 12"');
  expect(beside?.({ nativeLinkOff: true }, facts)).toBeNull();
  expect(
    beside?.({ nativeLinkOff: false }, { ...facts, target: { ofTheShop: facts.target.ofTheShop.slice(0, 1) } }),
  ).toBeNull();
});

test("of two integrations of the same two accounts that are added at once, one is refused", async () => {
  const stage = await openShopStage();
  const { desk } = stage.mizan;
  const { pool } = desk.store;
  const { options } = await showIntegration(desk, integrationName);
  await pool.query("delete from integration");
  // Readers pass and writers wait, so that both are under way before either has written.
  const holder = await pool.connect();
  await holder.query("begin");
  await holder.query("lock table integration in exclusive mode");
  const adding = Promise.allSettled(
    ["one", "two"].map((name) => addIntegration(desk, { ...pair, name, options }, stage.signal)),
  );
  await vi.waitFor(
    async () => {
      const { rows } = await pool.query(
        "select count(*)::int as waiting from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()",
      );
      expect(rows).toEqual([{ waiting: 2 }]);
    },
    { timeout: 120_000, interval: 50 },
  );
  await holder.query("rollback");
  holder.release();
  const ended = await adding;
  expect(ended.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
  expect(ended.find(({ status }) => status === "rejected")).toMatchObject({
    reason: { field: "source", message: expect.stringContaining("of these two accounts already") },
  });
});
