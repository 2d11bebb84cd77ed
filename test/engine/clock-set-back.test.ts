/** Law 3 with a clock that is set while a pass reads: the cursor never lies in the vendor's future. */
import { expect, test } from "vitest";
import { integrationNamed } from "../../src/operations/desk.ts";
import { readCursor } from "../../src/store/flow-states.ts";
import type { Fields } from "../conformance/stand-in.ts";
import { openBuying } from "../rules/buy-order-stage.ts";
import { integrationName, item, itemId, order, orderId, purchaseOrder, remoteId, vendor, vendorId } from "../stage.ts";

const hour = 3_600_000;
/** the vendor tells its time in whole seconds; the clock was set by far more */
const about = 60_000;

test.for([
  { flow: "sell-orders", list: "salesorders", there: "sellOrders", hours: -2 },
  { flow: "buy-orders", list: "purchaseorders", there: "buyOrders", hours: -2 },
  { flow: "sell-orders", list: "salesorders", there: "sellOrders", hours: 2 },
])("$flow: a clock that is set by $hours hours during a pass loses no order", async ({ flow, list, there, hours }) => {
  const { stage, buy, mug } = await openBuying({
    // Orders of several days let the probe see that Zoho honours its filter, by which an order can be missed.
    before: async (shop) => {
      const [old] = await shop.add("zoho-books/items", [item({ name: "Old", sku: "OLD" })]);
      const [from] = await shop.add("zoho-books/contacts", [vendor({ contact_name: "Old vendor" })]);
      const lines = [{ item_id: itemId(old), quantity: 1, rate: 1 }];
      for (const day of ["01", "02", "03"]) {
        const last_modified_time = `2026-10-${day}T10:00:00+0000`;
        await shop.add("zoho-books/salesorders", [order(lines, { last_modified_time })]);
        await shop.add("zoho-books/purchaseorders", [
          purchaseOrder(lines, { last_modified_time, vendor_id: vendorId(from) }),
        ]);
      }
    },
  });
  const { shop } = stage;
  const add = async (): Promise<string> => {
    if (flow === "buy-orders") return (await buy())[0] ?? "";
    const [stored] = await shop.add("zoho-books/salesorders", [order([{ item_id: mug, quantity: 1, rate: 9.5 }])]);
    return orderId(stored);
  };
  const early = await add();
  const held: Fields = {
    vendor: "zoho-books",
    method: "GET",
    path: `/${list}/*`,
    kind: "slow",
    delayMs: 500,
    count: 1,
  };
  await shop.fault(held);
  const running = stage.sync({ flow });
  const isListed = async () => (await stage.calls("zoho-books", "GET")).some(({ path }) => path.endsWith(`/${list}`));
  while (!(await isListed()));
  stage.clock.jump(hours * hour);
  expect((await running).of(flow).state).toBe("done");
  const { desk } = stage.mizan;
  const { id: integrationId } = await integrationNamed(desk, integrationName);
  const { since } = await readCursor(desk.store.database, { integrationId, flow });
  // The stand-in goes by the machine's time, which was not set.
  expect(since ?? Number.POSITIVE_INFINITY).toBeLessThan(Date.now() + about);
  const late = await add();
  await stage.sync({ flow });
  expect((await stage.inOptiply(there)).map(remoteId)).toEqual(expect.arrayContaining([early, late]));
  expect(await stage.inOptiply(there)).toHaveLength(5);
});
