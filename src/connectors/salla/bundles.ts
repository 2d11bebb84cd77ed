/** Bundles (`group_products`): what they consist of, as the setting says and as Salla itself tells it. */
import { z } from "zod";
import type { Choice, Door } from "../../core/connector.ts";
import { fieldsOf, optionalDecimal, optionalId, optionalList, optionalText, readRecord, recordId } from "./fields.ts";
import type { HolderSearch } from "./find-holders.ts";
import { readPlainPages } from "./list-page.ts";
import type { BundlePart, OrderItem } from "./orders.ts";
import type { SallaSettings } from "./settings.ts";
import { exactSku } from "./units.ts";

/** Salla's type of a product that consists of others. */
const bundleType = "group_products";

/** The setting's parts of what a line sold, with the units that they are now; null where it names none. */
export async function partsOf(
  item: Pick<OrderItem, "sku" | "product_id" | "product_type" | "holders">,
  { bundles }: Pick<SallaSettings, "bundles">,
  search: HolderSearch,
): Promise<readonly BundlePart[] | null> {
  if (item.product_type !== null && item.product_type !== bundleType) return null;
  const [holder] = item.holders.length === 1 ? item.holders : [];
  const names = [item.sku, item.product_id, holder?.unit].filter((name) => name !== undefined && name !== null);
  const name = names.find((one) => Object.hasOwn(bundles, one));
  const given = name === undefined ? undefined : bundles[name];
  if (given === undefined) return null;
  return Promise.all(
    given.map(async ({ sku, quantity }): Promise<BundlePart> => {
      const holders = await search.withSku(sku);
      const [only] = holders.length === 1 ? holders : [];
      const unit = only === undefined ? null : await search.unit(only.unit);
      return {
        ...{ sku, quantity, holders },
        unit: unit?.unit ?? null,
        type: unit?.type || null,
        price: unit?.price?.amount ?? null,
      };
    }),
  );
}

/** A product of the list, as far as bundles need it. */
const listed = z.object({
  id: recordId,
  sku: optionalText,
  name: optionalText,
  type: optionalText,
  skus: optionalList(z.object({ id: optionalId })),
  consisted_products: optionalList(z.object({ id: optionalId, quantity: optionalDecimal })),
});

type Listed = z.output<typeof listed>;

/** A SKU that stands in a text such as `MUG×2+CUP×1` and is read from it as it is. */
const plainSku = /^[^,=+×*"]{1,100}$/;

/**
 * Every bundle of the catalogue by its SKU, else its id; `kind` is what it consists of, such as `MUG×2+CUP×1`, and "" where
 * its product does not tell, or tells of something without a SKU of its own. The whole catalogue is read.
 */
export async function readBundles(door: Door): Promise<readonly Choice[]> {
  const products = new Map<string, Listed>();
  const listing = {
    path: "/products",
    query: {},
    idOf: ({ id }: { readonly id: string }) => id,
    readRow: (value: unknown) => ({ kind: "read" as const, row: { id: String(fieldsOf(value).id) } }),
  };
  for await (const { raw } of readPlainPages(door, listing))
    for (const value of raw) {
      const reading = readRecord<Listed>(listed, value);
      if (reading.kind === "read") products.set(reading.row.id, reading.row);
    }
  return [...products.values()]
    .filter(({ type }) => type === bundleType)
    .map((bundle) => {
      const sku = exactSku(bundle.sku);
      return {
        id: plainSku.test(sku) ? sku : bundle.id,
        name: bundle.name,
        kind: toldParts(bundle, products),
      };
    });
}

function toldParts({ consisted_products: parts }: Listed, products: ReadonlyMap<string, Listed>): string {
  const words = parts.map(({ id, quantity }) => {
    const part = products.get(id ?? "");
    const sku = exactSku(part?.sku ?? "");
    const isPlain = part !== undefined && part.type !== bundleType && part.skus.length === 0 && plainSku.test(sku);
    return isPlain && quantity !== null && /^[1-9]\d*$/.test(quantity) ? `${sku}×${quantity}` : "";
  });
  return words.includes("") || new Set(words).size !== words.length ? "" : words.join("+");
}

/** What a name of a bundle may mean: the products with this SKU, and the one with this id. @throws {RetryLater} */
export async function productsNamed(name: string, search: HolderSearch): Promise<readonly Choice[]> {
  const found = await unitsNamed(name, search);
  const byId = await search.unit(name);
  if (byId === null || found.some(({ id }) => id === byId.unit)) return found;
  return [...found, { id: byId.unit, name: byId.name, kind: byId.type }];
}

/** The products and variants with exactly this SKU; the kind is the product's type. @throws {RetryLater} */
export async function unitsNamed(sku: string, search: HolderSearch): Promise<readonly Choice[]> {
  const holders = await search.withSku(sku);
  return Promise.all(
    holders.map(async ({ unit, name }) => ({ id: unit, name, kind: (await search.unit(unit))?.type ?? "" })),
  );
}
