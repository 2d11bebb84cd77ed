/** Rows that vanish from, or come again in, a list that is being read while the page before is being written. */
import { expect, test } from "vitest";
import type { Fields } from "../conformance/stand-in.ts";
import { doubled, item, itemId, openStage, order, orderId, remoteId, type Stage } from "../stage.ts";

/** Holds the given call of a list back, so that a merchant's changes come before it. */
const holdBack = (stage: Stage, path: string, call: number) =>
  stage.shop.fault({ vendor: "zoho-books", path, kind: "slow", delayMs: 1_000, afterCalls: call - 1, count: 1 });

test.for(["items", "salesorders"])(
  "%s: many rows vanish from pages already read, and none behind them is lost",
  async (what) => {
    const stage = await openStage({ switches: { "zoho-books": { salesordersSort: "order-replaced" } } });
    const records = Array.from({ length: 640 }, (_, number) =>
      what === "items"
        ? { name: `Thing ${number}`, sku: `T${number}`, status: "inactive" }
        : order([], {
            order_status: "draft",
            last_modified_time: new Date(Date.now() - number * 10_000).toISOString(),
          }),
    );
    const stored = await stage.shop.add(`zoho-books/${what}`, records);
    const idOf = (one: Fields) => (what === "items" ? itemId(one) : orderId(one));
    await holdBack(stage, `/${what}`, 3);
    const gone = stored.slice(10, 60).map(idOf);
    let vanishing: Promise<unknown> | null = null;
    const flow = what === "items" ? "products" : "sell-orders";
    const reports = await stage.sync({
      flow,
      onProgress: () => {
        vanishing ??= Promise.all(gone.map((id) => stage.shop.remove(`zoho-books/${what}`, id)));
      },
    });
    await vanishing;
    expect(reports.all[0]?.state).toBe("done");
    const known = new Set((await stage.records({ flow })).map(({ sourceId }) => sourceId));
    expect(stored.map(idOf).filter((id) => !known.has(id) && !gone.includes(id))).toEqual([]);
  },
);

test("orders that come again while they are being written are written once, and end as created", async () => {
  const stage = await openStage({ switches: { "zoho-books": { salesordersSort: "order-replaced" } } });
  const [mug] = await stage.shop.add("zoho-books/items", [item()]);
  await stage.sync({ flow: "products" });
  const stored = await stage.shop.add(
    "zoho-books/salesorders",
    Array.from({ length: 320 }, (_, number) =>
      order([{ item_id: itemId(mug), quantity: 1 }], {
        last_modified_time: new Date(Date.now() - 3_600_000 - number * 1_000).toISOString(),
      }),
    ),
  );
  await stage.shop.switches({ optiply: { latencyMs: 120 } });
  // One list in the order that is not honoured, two pages, and 320 details: then the front of the list is read again: by then the end of the second page stands there.
  await stage.shop.fault({
    vendor: "zoho-books",
    path: "/salesorders",
    kind: "slow",
    delayMs: 600,
    afterCalls: 323,
    count: 1,
  });
  let touching: Promise<unknown> | null = null;
  await stage.sync({
    flow: "sell-orders",
    onProgress: (_flow, counts) => {
      if (counts.created < 200) return;
      const last = stored.slice(-110).map(orderId);
      touching ??= Promise.all(last.map((id) => stage.shop.change("zoho-books/salesorders", id, { notes: "touched" })));
    },
  });
  await touching;
  const rows = await stage.inOptiply("sellOrders");
  expect(doubled(rows)).toEqual([]);
  expect(rows.map(remoteId).sort()).toEqual(stored.map(orderId).sort());
  const others = (await stage.records({ flow: "sell-orders" })).filter(({ outcome }) => outcome !== "created");
  expect(others.map(({ sourceId, outcome, code }) => `${sourceId} ${outcome} ${code}`)).toEqual([]);
});
