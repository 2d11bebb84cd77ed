/** A record that is made again by a retry stands under another id: what referred to the old one went with it, and is told. */
import { expect, test } from "vitest";
import { retry } from "../../src/operations/retry.ts";
import type { Fields } from "../conformance/stand-in.ts";
import { item, itemId, openStage, type Stage, vendor, vendorId } from "../stage.ts";

interface Bought {
  readonly stage: Stage;
  readonly vendor: string;
  readonly item: string;
}

/** A shop with one item of one vendor, sent. */
async function bought(): Promise<Bought> {
  const stage = await openStage({ flavour: "full" });
  const [potters] = await stage.shop.add("zoho-books/contacts", [vendor()]);
  const [mug] = await stage.shop.add("zoho-books/items", [item({ vendor_id: vendorId(potters), purchase_rate: 4 })]);
  await stage.sync();
  expect(await stage.inOptiply("supplierProducts")).toHaveLength(1);
  return { stage, vendor: vendorId(potters), item: itemId(mug) };
}

async function makeAgain({ stage }: Bought, record: string): Promise<void> {
  await retry(stage.mizan.desk, { record: `shop/${record}`, signal: stage.signal });
}

const parents: readonly {
  flow: "suppliers" | "products";
  of: "vendor" | "item";
  list: string;
  reference: string;
  change: Fields;
}[] = [
  {
    flow: "suppliers",
    of: "vendor",
    list: "contacts",
    reference: "supplierId",
    change: { contact_name: "Potters II" },
  },
  { flow: "products", of: "item", list: "items", reference: "productId", change: { rate: 11 } },
];

/** People delete the parent in Optiply; the next change finds that out, and a person has it made again. */
async function parentMadeAgain(shop: Bought, { flow, of, list, change }: (typeof parents)[number]): Promise<string> {
  const { stage } = shop;
  const [before] = await stage.inOptiply(flow);
  await stage.shop.remove(`optiply/${flow}`, String(before?.id));
  await stage.shop.change(`zoho-books/${list}`, shop[of], change);
  await stage.sync();
  expect(await stage.record(flow, shop[of])).toMatchObject({ outcome: "rejected", code: "target-gone" });
  await makeAgain(shop, `${flow}/${shop[of]}`);
  const [after, ...others] = await stage.inOptiply(flow);
  expect(others).toEqual([]);
  expect(after?.id).not.toBe(before?.id);
  return String(after?.id);
}

test.for(parents)(
  "after one of $flow is made again, its supplier product is told as gone, and a retry makes it again",
  async (parent) => {
    const shop = await bought();
    const { stage } = shop;
    const id = await parentMadeAgain(shop, parent);
    // It went with its parent, so it stays away until a person asks for it; until then it is never called unchanged.
    for (let run = 0; run < 2; run += 1) {
      await stage.sync();
      const told = await stage.record("supplier-products", shop.item);
      expect(told).toMatchObject({ outcome: "rejected", code: "target-gone" });
      expect(await stage.inOptiply("supplierProducts")).toEqual([]);
      stage.clock.jump(26 * 3_600_000);
    }
    await makeAgain(shop, `supplier-products/${shop.item}`);
    const [made, ...others] = await stage.inOptiply("supplierProducts");
    expect(others).toEqual([]);
    expect(made).toMatchObject({ price: "4.00" });
    expect(String(made?.[parent.reference])).toBe(id);
    expect(await stage.record("supplier-products", shop.item)).toMatchObject({ reason: null });
    // From here on it travels as before.
    await stage.shop.change("zoho-books/items", shop.item, { purchase_rate: 5 });
    await stage.sync();
    expect(await stage.inOptiply("supplierProducts")).toMatchObject([{ price: "5.00" }]);
  },
);

test.for(parents)("a retry of a supplier product makes it again right after one of $flow was", async (parent) => {
  const shop = await bought();
  const { stage } = shop;
  const id = await parentMadeAgain(shop, parent);
  // The first finds out that it went with its parent, the second makes it again.
  for (let asked = 0; asked < 2; asked += 1) await makeAgain(shop, `supplier-products/${shop.item}`);
  const [made, ...others] = await stage.inOptiply("supplierProducts");
  expect(others).toEqual([]);
  expect(String(made?.[parent.reference])).toBe(id);
});
