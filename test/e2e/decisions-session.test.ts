import { expect, test } from "vitest";
import { createApi } from "../../src/api/create-api.ts";
import { assignAnswer, excludeAnswer, includeAnswer, overdueAnswer } from "../../src/api/shop-contract.ts";
import { createApiKey } from "../../src/operations/api-keys.ts";
import { openShopStage } from "../salla-qoyod-stage.ts";
import { integrationName } from "../stage.ts";
import { runMizan } from "./mizan-command.ts";

test("S11, 1.1: what a person decides about orders, by the command line and by the API", async () => {
  const stage = await openShopStage({ switches: { salla: { updatedAtInRows: true } } });
  const mizan = (...words: readonly string[]) => runMizan(words, "", stage.environment);
  await stage.salla("products", { name: "Mug", sku: "MUG", price: "52", quantity: 10, cost_price: "20" });
  const bare = await stage.salla("products", { name: "Cup", sku: "", price: "30", quantity: 10, cost_price: "10" });
  const place = (more: object) => stage.salla("orders", { items: [{ sku: "MUG", quantity: 2 }], paid: true, ...more });
  const invoiced = await place({ status: "completed" });
  const waits = await place({ items: [{ product_id: bare.id }], status: "completed" });
  const [open, gone] = [await place({}), await place({})];
  await stage.act(gone, "status", { slug: "delivered" });
  await stage.sync();
  const number = (order: { readonly reference_id?: unknown }) => String(order.reference_id);

  const why = await mizan("why", number(waits));
  expect(why.stdout).toContain("mizan assign-sku");
  const assigned = await mizan("assign-sku", integrationName, number(waits), String(bare.id), "CUP");
  expect(assigned).toMatchObject({ code: 0, stdout: `Cup (${String(bare.id)}) has the SKU CUP from now on.\n` });
  expect(await stage.inQoyod("invoices")).toHaveLength(2);
  const taken = await mizan("assign-sku", integrationName, number(waits), String(bare.id), "MUG");
  expect(taken.code).toBe(2);

  const overdue = await mizan("overdue-orders", integrationName, "--days", "0");
  expect(overdue.stdout).toMatch(/^ORDER\s+STATUS\s+SINCE\s+UNITS\n/);
  expect(overdue.stdout).toMatch(new RegExp(`\\n${number(gone)}\\s+delivered\\s.*2\\n$`));
  expect(overdue.stderr).toContain("1 order was delivered more than 0 days ago but never marked completed.");

  const asks = await mizan("exclude-order", integrationName, number(open));
  expect(asks.code).toBe(2);
  expect(asks.stderr).toContain("have the goods of the order left?");
  const kept = await mizan("exclude-order", integrationName, number(open), "--goods", "kept");
  expect(kept).toMatchObject({
    code: 0,
    stdout: `Order ${number(open)} is excluded; its goods are offered again by the next pass.\n`,
  });
  const sent = await mizan("send-order", integrationName, number(open));
  expect(sent.code).toBe(4);
  expect(sent.stdout + sent.stderr).toContain("mizan exclude-order --undo");
  const back = await mizan("exclude-order", integrationName, number(open), "--undo");
  expect(back).toMatchObject({ code: 0, stdout: `Order ${number(open)} is included again.\n` });
  const left = await mizan("exclude-order", integrationName, number(gone), "--goods", "left");
  expect(left).toMatchObject({ code: 0, stdout: `Order ${number(gone)} is excluded.\nMUG Mug: counted down\n` });
  expect(await stage.held("MUG")).toBe(6);
  const has = await mizan("exclude-order", integrationName, number(invoiced), "--goods", "kept");
  expect(has.code).toBe(2);
  expect(has.stderr).toContain("an order with an invoice cannot be excluded");

  await stage.act(invoiced, "progress");
  await stage.sync();
  const dismissed = await mizan("dismiss", `${integrationName}/orders/${String(invoiced.id)}`);
  expect(dismissed.code).toBe(0);
  expect(dismissed.stdout).toContain(`${number(invoiced)} is left as it is. A person has seen it on`);

  const key = await createApiKey(stage.mizan.desk, "test");
  const jobs = { runNow: async () => true, takeUp: () => undefined };
  const api = createApi({ desk: stage.mizan.desk, jobs, stopping: stage.signal });
  const call = async (path: string, body?: object) => {
    const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
    const posts = body === undefined ? { headers } : { method: "POST", headers, body: JSON.stringify(body) };
    const answer = await api.request(`/v1${path}`, posts);
    return { status: answer.status, body: (await answer.json()) as unknown };
  };
  const orders = `/integrations/${integrationName}/orders`;
  const order = number(open);
  expect(excludeAnswer.parse((await call(`${orders}/exclude`, { order, goods: "kept" })).body).counts).toEqual([]);
  expect(includeAnswer.parse((await call(`${orders}/include`, { order })).body).label).toBe(order);
  expect((await call(`${orders}/exclude`, { order: "999999", goods: "kept" })).status).toBe(404);
  expect((await call(`${orders}/exclude`, { order })).status).toBe(400);
  expect(overdueAnswer.parse((await call(`${orders}/overdue?days=0`)).body).orders).toEqual([]);
  const skus = `/integrations/${integrationName}/assigned-skus`;
  const same = await call(skus, { order: number(waits), product: String(bare.id), sku: "CUP" });
  expect(assignAnswer.parse(same.body).sku).toBe("CUP");
  const again = await call("/records/dismiss", { record: `${integrationName}/orders/${String(invoiced.id)}` });
  expect(again).toMatchObject({ status: 400, body: { error: { field: "record" } } });
  expect((await api.request(`/v1${orders}/overdue`)).status).toBe(401);
});
