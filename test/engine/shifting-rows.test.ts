/** Rows that move between the pages of a list: no order is lost, whatever Zoho honours of filter and sort. */
import { expect, test } from "vitest";
import type { Fields, StandIn } from "../conformance/stand-in.ts";
import { openStage, order, orderId, type Stage } from "../stage.ts";

const filters = ["inclusive", "exclusive", "equality", "ignored"];
const sorts = ["honoured", "order-replaced", "ignored"];
type Kinds = readonly [first: string, second: string];
/** Each with one of two variants, by turns, so that each filter and each sort meets both. */
const combinations = filters.flatMap((filter, row) =>
  sorts.map((sort, column) =>
    (row + column) % 2 === 0
      ? { filter, sort, knowledge: "known to the probe", everyMs: 1_000, kinds: ["touch", "delete"] as Kinds }
      : { filter, sort, knowledge: "unknown to the probe", everyMs: 2, kinds: ["delete", "insert"] as Kinds },
  ),
);
const hour = 3_600_000;

/** Drafts: each is listed and gets a record, and none costs a detail or a write. */
function drafts(count: number, from: number, everyMs: number): Fields[] {
  return Array.from({ length: count }, (_, number) =>
    order([], {
      order_status: "draft",
      invoiced_status: "not_invoiced",
      last_modified_time: at(from + number * everyMs),
    }),
  );
}

const at = (moment: number) => new Date(moment).toISOString();
const seen = async (stage: Stage) =>
  new Set((await stage.records({ flow: "sell-orders" })).map(({ sourceId }) => sourceId));
const shift = (stage: Stage, kind: string) =>
  stage.shop.fault({ vendor: "zoho-books", path: "/salesorders", kind: "shift-rows", shift: kind, count: 3 });
const ids = async (shop: StandIn) => (await shop.all("zoho-books/salesorders")).map(orderId);

/** A first sync while rows move, changes afterwards, and a second one while rows move: everything is seen. */
async function expectNothingLost(stage: Stage, stored: readonly Fields[], kinds: Kinds): Promise<void> {
  await shift(stage, kinds[0]);
  const { orders } = await stage.sync({ flow: "sell-orders" });
  expect(orders.state).toBe("done");
  await stage.calm();
  const there = new Set(await ids(stage.shop));
  const known = await seen(stage);
  const missing = stored.map(orderId).filter((id) => there.has(id) && !known.has(id));
  expect(missing).toEqual([]);
  const added = await stage.shop.add("zoho-books/salesorders", drafts(430, Date.now() - 60_000, 100));
  await shift(stage, kinds[1]);
  expect((await stage.sync({ flow: "sell-orders" })).orders.state).toBe("done");
  await stage.calm();
  const left = new Set(await ids(stage.shop));
  const after = await seen(stage);
  expect(added.map(orderId).filter((id) => left.has(id) && !after.has(id))).toEqual([]);
  // What moved in while the second list was read is found by the third at the latest.
  await stage.sync({ flow: "sell-orders" });
  const last = await seen(stage);
  expect([...left].filter((id) => !last.has(id))).toEqual([]);
}

test.for(combinations)(
  "filter $filter, sort $sort, $knowledge",
  async ({ filter, sort, knowledge, kinds, everyMs }) => {
    const switches = { "zoho-books": { salesordersModifiedFilter: filter, salesordersSort: sort } };
    const rows = drafts(430, Date.now() - 3 * hour, everyMs);
    let stored: readonly Fields[] = [];
    const fill = async (shop: StandIn) => {
      stored = await shop.add("zoho-books/salesorders", rows);
    };
    const probed = knowledge === "known to the probe";
    const stage = await openStage({ switches, ...(probed ? { before: fill } : {}) });
    if (!probed) await fill(stage.shop);
    await expectNothingLost(stage, stored, kinds);
  },
);

test("rows that move while items are listed lose no product", async () => {
  const stage = await openStage();
  const items = await stage.shop.add(
    "zoho-books/items",
    Array.from({ length: 430 }, (_, number) => ({
      name: `Thing ${number}`,
      sku: `T${number}`,
      rate: 1,
      status: "inactive",
    })),
  );
  for (const kind of ["delete", "touch", "insert"]) {
    await stage.shop.fault({ vendor: "zoho-books", path: "/items", kind: "shift-rows", shift: kind, count: 2 });
    expect((await stage.sync({ flow: "products" })).products.state).toBe("done");
    await stage.calm();
  }
  const known = new Set((await stage.records({ flow: "products" })).map(({ sourceId }) => sourceId));
  const there = new Set((await stage.shop.all("zoho-books/items")).map(({ item_id }) => String(item_id)));
  expect(items.map(({ item_id }) => String(item_id)).filter((id) => there.has(id) && !known.has(id))).toEqual([]);
});
