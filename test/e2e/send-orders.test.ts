/** Orders that are sent by hand: the operation, the API and the real command (rules S5, S10). */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createApi } from "../../src/api/create-api.ts";
import { sendAnswer } from "../../src/api/shop-contract.ts";
import { createApiKey } from "../../src/operations/api-keys.ts";
import { sendOrders } from "../../src/operations/send-orders.ts";
import type { Fields } from "../conformance/stand-in.ts";
import { openShopStage, type ShopStage } from "../salla-qoyod-stage.ts";
import { integrationName } from "../stage.ts";
import { runMizan } from "./mizan-command.ts";

const lastWeek = new Date(Date.now() - 7 * 86_400_000).toISOString();

async function place(stage: Pick<ShopStage, "salla" | "act">, fields: Fields = {}): Promise<Fields> {
  return stage.salla("orders", { items: [{ sku: "MUG", quantity: 1 }], payment_method: "mada", paid: true, ...fields });
}

const send = (stage: ShopStage, orders: readonly unknown[], language: "en" | "ar" = "en") =>
  sendOrders(stage.mizan.desk, {
    integration: integrationName,
    orders: orders.map(String),
    language,
    signal: stage.signal,
  });

test("S5, S10: each order that is sent has one result, and one that is sent again has no second invoice", async () => {
  const stage = await openShopStage({
    before: async ({ salla }) => {
      await salla("products", { name: "Mug", sku: "MUG", price: "52", quantity: 50, cost_price: "20" });
    },
  });
  await stage.sync();
  const earlier = await place(stage, { date: lastWeek });
  await stage.act(earlier, "complete");
  const open = await place(stage);
  const later = await place(stage);
  await stage.act(later, "complete");
  const twin = await place(stage, { reference_id: Number(later.id) });
  await stage.sync();
  expect(await stage.record("orders", String(earlier.reference_id))).toMatchObject({ code: "before-linking" });
  expect(await stage.inQoyod("invoices")).toHaveLength(1);

  const given = [earlier.reference_id, earlier.id, open.reference_id, later.reference_id, later.id, "999999", "mug"];
  const { orders, fault } = await send(stage, given);
  expect(fault).toBeNull();
  expect(orders.map(({ outcome, code }) => [outcome, code])).toEqual([
    ["invoiced", null],
    ["invoiced", null],
    ["refused", "not-completed"],
    ["invoiced-already", "invoiced-already"],
    ["refused", "number-of-two"],
    ["refused", "no-such-order"],
    ["refused", "no-such-order"],
  ]);
  expect(orders[0]?.invoiceId).toBe(orders[1]?.invoiceId);
  expect(orders[4]?.reason).toContain(String(twin.id));
  const invoices = await stage.inQoyod("invoices");
  expect(invoices.map(({ total, status }) => [total, status])).toEqual([
    ["52.0", "Paid"],
    ["52.0", "Paid"],
  ]);
  // What was refused was not asked for: it flows by the rules when its time has come.
  expect((await stage.record("orders", String(open.reference_id))).code).toBe("not-completed");

  const again = await send(stage, [earlier.reference_id], "ar");
  expect(again.orders).toMatchObject([{ outcome: "invoiced-already", invoiceId: orders[0]?.invoiceId }]);
  expect(again.orders[0]?.reason).toMatch(/فُوتر الطلب/);
  expect(await stage.inQoyod("invoices")).toHaveLength(2);

  await expect(send(stage, [])).rejects.toMatchObject({ field: "orders" });
  await expect(send(stage, Array(101).fill("1"))).rejects.toThrow("101 orders are named; allowed: 1 to 100");
});

test("S5: an order that is sent 50 times at once, by the API and by two processes, has one invoice", async () => {
  const stage = await openShopStage();
  await stage.salla("products", { name: "Mug", sku: "MUG", price: "52", quantity: 50, cost_price: "20" });
  const order = await place(stage);
  await stage.act(order, "complete");
  const key = await createApiKey(stage.mizan.desk, "test");
  const jobs = { runNow: async () => true, takeUp: () => undefined };
  const api = createApi({ desk: stage.mizan.desk, jobs, stopping: stage.signal });
  const request = {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify({ orders: [order.reference_id] }),
  };
  const path = `/v1/integrations/${integrationName}/orders/send`;
  const file = join(stage.environment.MIZAN_HOME ?? "", "orders.txt");
  await writeFile(file, `${String(order.reference_id)}, 12\n`);
  const command = ["send-order", integrationName, "--json"];
  const [byFile, byInput, ...answers] = await Promise.all([
    runMizan([...command, "--file", file], "", stage.environment),
    runMizan([...command, "-"], `${String(order.id)}\n`, stage.environment),
    ...Array.from({ length: 48 }, async () => sendAnswer.parse(await (await api.request(path, request)).json())),
  ]);
  const commands = [byFile, byInput].map(({ stdout, stderr }) => {
    expect(stderr).not.toContain("fault");
    return sendAnswer.parse(JSON.parse(stdout));
  });
  // One that means no order is told beside the others, and by the exit code.
  expect([byFile.code, byInput.code]).toEqual([4, 0]);
  expect(commands[0]?.orders[1]).toMatchObject({ order: "12", outcome: "refused", reason: "Salla has no order 12." });
  const [invoice, ...others] = await stage.inQoyod("invoices");
  expect(others).toEqual([]);
  for (const { orders, fault } of [...commands, ...answers]) {
    expect(fault).toBeNull();
    expect(orders.slice(0, 1)).toMatchObject([{ id: String(order.id), invoiceId: String(invoice?.id) }]);
    expect(["invoiced", "invoiced-already"]).toContain(orders[0]?.outcome);
  }
});
