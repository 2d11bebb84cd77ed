/** Rule Z5: which orders of Optiply become purchase orders, and as what. */
import { expect, test } from "vitest";
import { retry } from "../../src/operations/retry.ts";
import { only, remoteId } from "../stage.ts";
import { openBuying } from "./buy-order-stage.ts";

test("Z5: every field of the table Buy orders export, and the new id goes back to Optiply", async () => {
  const { stage, place, exported, sent, imported, ordersThere, idThere, potters, mug, plate } = await openBuying();
  const orderLines = [
    { productId: await idThere("products", mug), quantity: 2, subtotalValue: "9.00" },
    { productId: await idThere("products", plate), quantity: 5, subtotalValue: "40.00" },
  ];
  const [placed = ""] = await place({ orderLines, totalValue: "49.00" });
  const report = await stage.sync();
  expect(report.of("buy-orders-export").counts.created).toBe(1);
  const [made, ...others] = await exported(placed);
  expect(others).toEqual([]);
  expect(made).toMatchObject({
    vendor_id: potters,
    reference_number: placed,
    date: "2026-04-01",
    order_status: "draft",
  });
  // Zoho's own purchase rates: no price is sent.
  expect(made?.line_items).toMatchObject([
    { item_id: mug, quantity: 2, rate: 4 },
    { item_id: plate, quantity: 5, rate: 7 },
  ]);
  const id = String(made?.purchaseorder_id);
  expect(await sent(placed)).toMatchObject({ outcome: "created", targetId: id });
  const [there] = await ordersThere();
  expect(remoteId(there ?? {})).toBe(id);
  // While it is a draft the planner's figures stay.
  expect(there).toMatchObject({
    id: placed,
    placed: "2026-04-01T10:00:00Z",
    totalValue: "49.00",
    lines: ["Mug 2 9.00", "Plate 5 40.00"],
  });
  expect(await imported(id)).toMatchObject({ outcome: "updated", reason: null, targetId: placed });
  await stage.resetCalls();
  await stage.sync();
  expect(await stage.writes()).toBe(0);
  expect(await stage.count("zoho-books", "POST", "PUT")).toBe(0);
});

test("Z5: only orders that people placed, that are open, no assemblies, since go-live and without an id of ours", async () => {
  const { stage, place, sent, idThere, potters, mug } = await openBuying({ options: { ordersSince: "2026-03-29" } });
  const productId = await idThere("products", mug);
  const supplierId = await idThere("suppliers", potters);
  const { couplingId } = stage.shop.addresses.credentials.optiply;
  const lines = (quantity: number) => [{ productId, quantity, subtotalValue: "9.00" }];
  // The organisation is in Amsterdam, where the clock went from +01:00 to +02:00 on 29 March.
  const cases = [
    { given: {}, code: null, date: "2026-04-01" },
    { given: { createdFromPublicApi: true }, code: "made-through-api" },
    { given: { assembly: true }, code: "assembly-order" },
    { given: { placed: null }, code: "not-placed" },
    { given: { placed: "2026-03-28T22:59:59Z" }, code: "before-orders-since" },
    { given: { placed: "2026-03-28T23:00:00Z" }, code: null, date: "2026-03-29" },
    { given: { placed: "2026-03-31T21:59:59Z" }, code: null, date: "2026-03-31" },
    { given: { placed: "2026-03-31T22:00:00Z" }, code: null, date: "2026-04-01" },
    { given: { placed: "2026-04-01T01:00:00+09:00" }, code: null, date: "2026-03-31" },
    { given: { remoteIdMap: { [couplingId]: "4608150000000099999" } }, code: "has-remote-id" },
    // An id of another integration is none of ours.
    { given: { remoteIdMap: { 999: "4608150000000099998" } }, code: null, date: "2026-04-01" },
    { given: { orderLines: [] }, code: "no-lines" },
    { given: { orderLines: lines(0) }, code: "no-lines-left" },
    { given: { orderLines: lines(-3) }, code: "no-lines-left" },
  ];
  const ids = await place(...cases.map(({ given }) => given));
  const [completed = ""] = await place({ completed: "2026-04-02T00:00:00Z" });
  const report = await stage.sync({ flow: "buy-orders-export" });
  const created = cases.filter(({ code }) => code === null);
  expect(report.of("buy-orders-export").counts).toEqual(
    only({ created: created.length, skipped: cases.length - created.length }),
  );
  for (const [index, { code, date }] of cases.entries()) {
    const record = await sent(ids[index] ?? "");
    expect(record, JSON.stringify(cases[index])).toMatchObject({
      outcome: code === null ? "created" : "skipped",
      code,
    });
    const orders = (await stage.shop.all("zoho-books/purchaseorders")).filter(
      (one) => one.reference_number === ids[index],
    );
    expect(orders.map((one) => one.date)).toEqual(date === undefined ? [] : [date]);
  }
  expect(await stage.records({ flow: "buy-orders-export", text: completed })).toEqual([]);
  expect((await sent(ids[12] ?? "")).notes).toEqual([`The lines of item ${productId} come to 0 and were left out.`]);
  expect((await sent(ids[4] ?? "")).reason).toBe("The order is dated 2026-03-28, before 2026-03-29.");

  // What was left out is taken when it becomes what it must be, and once only.
  await stage.shop.change("optiply/buyOrders", ids[3] ?? "", { placed: "2026-04-03T08:00:00Z" });
  await stage.shop.add("optiply/buyOrderLines", [
    { buyOrderId: Number(ids[11]), productId, quantity: 4, subtotalValue: 16 },
  ]);
  await stage.sync({ flow: "buy-orders-export" });
  await stage.sync();
  const orders = await stage.shop.all("zoho-books/purchaseorders");
  expect(orders).toHaveLength(created.length + 2);
  expect(new Set(orders.map(({ reference_number }) => reference_number)).size).toBe(orders.length);
  expect(supplierId).toBeGreaterThan(0);
});

test("Z5: where the time zone of the organisation is not known here, its days are counted in UTC", async () => {
  for (const timeZone of ["", "Middle-earth/Shire"]) {
    const { stage, place, exported } = await openBuying({ options: { ordersSince: "2026-03-29" } });
    await stage.mizan.desk.store.pool.query(
      "update connection set facts = facts || jsonb_build_object('timeZone', $1::text) where vendor = 'zoho-books'",
      [timeZone],
    );
    const [early = "", late = ""] = await place({ placed: "2026-03-28T23:30:00Z" }, { placed: "2026-03-29T00:00:00Z" });
    expect((await stage.sync()).of("buy-orders-export")).toMatchObject({ state: "done", message: null });
    expect(await exported(early)).toEqual([]);
    expect(await exported(late)).toMatchObject([{ date: "2026-03-29" }]);
  }
});

test("Z5: the vendor is the linked one, although another has the same name", async () => {
  const { stage, place, exported, idThere } = await openBuying();
  const twins = await stage.shop.add("zoho-books/contacts", [
    { contact_name: "Same Name", contact_type: "vendor" },
    { contact_name: "Same Name", contact_type: "vendor" },
  ]);
  await stage.sync();
  const ids = twins.map(({ contact_id }) => String(contact_id));
  const placed = await place(
    ...(await Promise.all(ids.map(async (id) => ({ supplierId: await idThere("suppliers", id) })))),
  );
  await stage.sync();
  for (const [index, order] of placed.entries())
    expect(await exported(order)).toMatchObject([{ vendor_id: ids[index] }]);
});

test("Z5: an order that is in Zoho Books already is taken over and not made; its reference decides, exactly", async () => {
  for (const purchaseordersReferenceFilter of ["exact", "contains", "ignored"]) {
    const { stage, place, buy, exported, sent, ordersThere } = await openBuying({
      switches: { "zoho-books": { purchaseordersReferenceFilter } },
    });
    const [placed = ""] = await place();
    const [there = ""] = await buy(
      { reference_number: placed, order_status: "draft" },
      { reference_number: `${placed}0`, order_status: "draft" },
    );
    await stage.resetCalls();
    await stage.sync();
    expect(await sent(placed)).toMatchObject({ code: null, targetId: there });
    expect(await stage.count("zoho-books", "POST")).toBe(0);
    expect(await exported(placed)).toHaveLength(1);
    expect((await ordersThere()).map(remoteId)).toEqual([there]);
    await stage.sync();
    expect(await exported(placed)).toHaveLength(1);
  }
});

test("Z5: two purchase orders with one reference wait for a person, who deletes one and retries", async () => {
  const { stage, place, buy, exported, sent, ordersThere } = await openBuying();
  const [placed = ""] = await place();
  const twin = { reference_number: placed, order_status: "draft" };
  const [one = "", two = ""] = await buy(twin, twin);
  for (let run = 0; run < 2; run += 1) {
    await stage.sync({ settle: true });
    const record = await sent(placed);
    expect(record).toMatchObject({ outcome: "waiting", code: "several-matches" });
    expect(record.reason).toContain(one);
    expect(record.reason).toContain(two);
    stage.clock.jump(25 * 3_600_000);
  }
  expect(await stage.count("zoho-books", "POST")).toBe(0);
  await stage.shop.remove("zoho-books/purchaseorders", two);
  await retry(stage.mizan.desk, { record: `shop/buy-orders-export/${placed}`, signal: stage.signal });
  expect(await sent(placed)).toMatchObject({ code: null, targetId: one });
  await stage.sync();
  expect(await exported(placed)).toHaveLength(1);
  expect((await ordersThere()).map(remoteId)).toEqual([one]);
});
