import { expect, test } from "vitest";
import { NeedsPerson } from "../../src/core/errors.ts";
import { findConnection } from "../../src/store/connections.ts";
import type { StandIn } from "../conformance/stand-in.ts";
import { addShop, connectBoth, connectZoho, item, itemId, openStage, order, remoteId } from "../stage.ts";

const other = "60814150002";

async function addOther(shop: StandIn): Promise<void> {
  await shop.add("zoho-books/organizations", [{ organization_id: other, name: "Made-up Wholesale" }]);
}

test("Z8: only the chosen one of several organisations is read", async () => {
  const stage = await openStage({ before: addOther, integration: false });
  const [ours, theirs] = await stage.shop.add("zoho-books/items", [item(), item({ organization_id: other, sku: "X" })]);
  for (const [stored, organization_id] of [
    [ours, undefined],
    [theirs, other],
  ] as const)
    await stage.shop.add("zoho-books/salesorders", [
      order([{ item_id: itemId(stored), quantity: 1 }], organization_id === undefined ? {} : { organization_id }),
    ]);
  await connectBoth(stage, { zohoSettings: { organizationId: other } });
  await addShop(stage);
  await stage.sync();
  expect((await stage.inOptiply("products")).map(remoteId)).toEqual([itemId(theirs)]);
  expect(await stage.inOptiply("sellOrders")).toHaveLength(1);
});

test("Z8: an organisation that the authorisation does not see is refused, naming those it sees", async () => {
  const stage = await openStage({ before: addOther, integration: false });
  const before = await findConnection(stage.mizan.desk.store.database, { name: "zoho" });
  const refused = await connectZoho(stage, { organizationId: "999" }).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(NeedsPerson);
  expect(String(refused)).toContain("999");
  expect(String(refused)).toContain("60814150001 (Made-up Trading)");
  expect(String(refused)).toContain(`${other} (Made-up Wholesale)`);
  expect(await findConnection(stage.mizan.desk.store.database, { name: "zoho" })).toEqual(before);
});

test.for([
  { id: undefined, says: "organizationId is missing; allowed: digits only" },
  { id: "", says: 'organizationId is ""; allowed: digits only' },
  { id: "abc", says: 'organizationId is "abc"; allowed: digits only' },
])("Z8: organizationId $id is refused before anything is called", async ({ id, says }) => {
  const stage = await openStage({ integration: false });
  await expect(connectZoho(stage, { organizationId: id })).rejects.toThrow(says);
  expect(await stage.count("zoho-books")).toBe(0);
});
