import { z } from "zod";
import type { Door } from "../../core/connector.ts";
import type { DecimalText } from "../../core/conversions.ts";
import { RecordRejected } from "../../core/errors.ts";
import type { Reading } from "../../core/read-record.ts";
import type { ReadResult, SourceResource } from "../../core/resources.ts";
import {
  fieldsOf,
  optionalDecimal,
  optionalFlag,
  optionalId,
  optionalList,
  optionalMoney,
  optionalText,
  readRecord,
  recordId,
} from "./fields.ts";
import { readPlainPages } from "./list-page.ts";
import type { AmountText, UnitHolder } from "./orders.ts";

/** What Salla counts by itself: a product without variants, or one variant (rules S8, S12). */
export interface Unit {
  /** `<product id>` or `<product id>-<variant id>` */
  readonly unit: string;
  readonly product_id: string;
  readonly variant_id: string | null;
  /** exactly as Salla has it; "" where it is empty or only blanks */
  readonly sku: string;
  /** with the values of its options, such as `Shirt (Red, L)` */
  readonly name: string;
  /** product, service, group_products, codes, digital, food, donating, booking, …; "" where Salla does not say */
  readonly type: string;
  /** what it cost the merchant; null where the shop does not know it */
  readonly cost_price: DecimalText | null;
  /** of the catalogue; whether VAT is in it depends on the store */
  readonly price: AmountText | null;
  readonly quantity: DecimalText | null;
  readonly unlimited_quantity: boolean;
  /** each branch has a quantity of its own, and `quantity` is none of them */
  readonly managed_by_branches: boolean;
  /** false: exempt of VAT */
  readonly with_tax: boolean;
  /** sale, out, hidden, deleted; "" where Salla does not say */
  readonly status: string;
  /** every unit with the same SKU, itself included, where that was looked for (rule S8) */
  readonly twins: readonly UnitHolder[];
}

/** Units that one call to `read` takes. */
const unitsBatch = 10;

const amountOrNumber = optionalMoney.transform((money) => money?.amount ?? null);

const variant = z.object({
  id: recordId,
  sku: optionalText,
  price: optionalMoney,
  cost_price: amountOrNumber,
  stock_quantity: optionalDecimal,
  unlimited_quantity: optionalFlag,
  related_option_values: optionalList(optionalId),
});

const option = z.object({ values: optionalList(z.object({ id: optionalId, name: optionalText })) });

/** A product of `GET /products` and `GET /products/{id}`. */
const product = z.object({
  id: recordId,
  sku: optionalText,
  name: optionalText,
  type: optionalText,
  price: optionalMoney,
  cost_price: amountOrNumber,
  quantity: optionalDecimal,
  unlimited_quantity: optionalFlag,
  managed_by_branches: optionalFlag,
  with_tax: optionalFlag,
  status: optionalText,
  options: optionalList(option),
  /** left out where it is to be asked at `/products/{id}/variants` */
  skus: z.array(variant).optional(),
});

type Product = z.output<typeof product>;
type Variant = z.output<typeof variant>;

/** The id of a unit. */
export function unitId(productId: string, variantId: string | null): string {
  return variantId === null ? productId : `${productId}-${variantId}`;
}

/** The product and the variant of a unit's id; null where it is no such id. */
export function unitParts(unit: string): { readonly productId: string; readonly variantId: string | null } | null {
  const [, productId, variantId] = /^(\d{1,30})(?:-(\d{1,30}))?$/.exec(unit) ?? [];
  return productId === undefined ? null : { productId, variantId: variantId ?? null };
}

/** Units are read when an order refers to them: they are not listed. */
export function unitsSource(
  door: Door,
  twinsOf: (sku: string) => Promise<readonly UnitHolder[]>,
): SourceResource<Unit, Unit> {
  return {
    name: "units",
    idOf: ({ unit }) => unit,
    changedAt: () => 0,
    changedSince: noPages,
    read: async (ids) => withTwins(await readUnits(door, ids), twinsOf),
    holders: async (sku) => (await twinsOf(sku)).map(({ unit, name }) => ({ id: unit, name })),
    batch: unitsBatch,
  };
}

/** A listing of what is read only when it is referred to. */
export async function* noPages(): AsyncGenerator<never, void> {
  yield* [];
}

/** A SKU that another unit has too counts for neither (rule S8). */
async function withTwins(
  read: ReadonlyMap<string, ReadResult<Unit>>,
  twinsOf: (sku: string) => Promise<readonly UnitHolder[]>,
): Promise<Map<string, ReadResult<Unit>>> {
  const looked = [...read].map(async ([id, result]): Promise<[string, ReadResult<Unit>]> => {
    if (result.kind !== "found" || result.record.sku === "") return [id, result];
    try {
      return [id, { kind: "found", record: { ...result.record, twins: await twinsOf(result.record.sku) } }];
    } catch (error) {
      if (error instanceof RecordRejected) return [id, { kind: "unreadable", rejection: error }];
      throw error;
    }
  });
  return new Map(await Promise.all(looked));
}

async function readUnits(door: Door, ids: readonly string[]): Promise<Map<string, ReadResult<Unit>>> {
  const products = [...new Set(ids.map((id) => unitParts(id)?.productId).filter((id) => id !== undefined))];
  const read = await Promise.all(products.map(async (id) => [id, await readProductUnits(door, id)] as const));
  const byProduct = new Map(read);
  return new Map(
    ids.map((id): [string, ReadResult<Unit>] => {
      const units = byProduct.get(unitParts(id)?.productId ?? "") ?? { kind: "missing" };
      if (units.kind !== "found") return [id, units];
      const unit = units.record.find((one) => one.unit === id);
      return [id, unit === undefined ? { kind: "missing" } : { kind: "found", record: unit }];
    }),
  );
}

/** Every unit of one product. */
export async function readProductUnits(door: Door, productId: string): Promise<ReadResult<readonly Unit[]>> {
  const path = `/products/${productId}`;
  const result = await door.call({ method: "GET", path, repeat: "safe" });
  if (result.kind === "missing") return { kind: "missing" };
  if (result.kind !== "ok") return { kind: "unreadable", rejection: failed(result.message) };
  const reading = await unitsOf(door, fieldsOf(result.body).data);
  if (reading.kind === "unreadable") return { kind: "unreadable", rejection: reading.unreadable.rejection };
  const other = reading.row.find(({ product_id }) => product_id !== productId);
  if (other !== undefined)
    return { kind: "unreadable", rejection: failed(`asked for product ${productId}, got ${other.product_id}`) };
  return { kind: "found", record: reading.row };
}

/** The units of a product as an answer describes it; its variants are asked for where the answer leaves them out. */
export async function unitsOf(door: Door, value: unknown): Promise<Reading<readonly Unit[]>> {
  const reading = readRecord<Product>(product, value);
  if (reading.kind === "unreadable") return reading;
  const variants = reading.row.skus ?? (await readVariants(door, reading.row.id));
  if (!Array.isArray(variants)) return { kind: "unreadable", unreadable: { id: reading.row.id, ...variants } };
  return { kind: "read", row: toUnits(reading.row, variants) };
}

async function readVariants(
  door: Door,
  productId: string,
): Promise<Variant[] | { readonly rejection: RecordRejected }> {
  const variants: Variant[] = [];
  const listing = {
    path: `/products/${productId}/variants`,
    query: {},
    idOf: ({ id }: Variant) => id,
    readRow: (value: unknown) => readRecord<Variant>(variant, value, "skus."),
  };
  for await (const { rows, unreadable } of readPlainPages(door, listing)) {
    const [wrong] = unreadable;
    if (wrong !== undefined) return { rejection: wrong.rejection };
    variants.push(...rows);
  }
  return variants;
}

function toUnits(given: Product, variants: readonly Variant[]): readonly Unit[] {
  const whole = {
    product_id: given.id,
    type: given.type,
    managed_by_branches: given.managed_by_branches ?? false,
    with_tax: given.with_tax ?? true,
    status: given.status,
    twins: [],
  };
  if (variants.length === 0)
    return [
      {
        ...whole,
        unit: given.id,
        variant_id: null,
        sku: exactSku(given.sku),
        name: given.name,
        cost_price: given.cost_price,
        price: given.price,
        quantity: given.quantity,
        unlimited_quantity: given.unlimited_quantity ?? false,
      },
    ];
  const names = new Map(given.options.flatMap(({ values }) => values).map(({ id, name }) => [id, name]));
  return variants.map((one) => {
    const values = one.related_option_values.map((id) => names.get(id) ?? "").filter((name) => name !== "");
    return {
      ...whole,
      unit: unitId(given.id, one.id),
      variant_id: one.id,
      sku: exactSku(one.sku),
      name: values.length === 0 ? given.name : `${given.name} (${values.join(", ")})`,
      cost_price: one.cost_price ?? given.cost_price,
      price: one.price ?? given.price,
      quantity: one.stock_quantity,
      unlimited_quantity: one.unlimited_quantity ?? given.unlimited_quantity ?? false,
    };
  });
}

/** A SKU counts exactly as it is; one of blanks only is none (rule S11). */
export function exactSku(sku: string): string {
  return sku.trim() === "" ? "" : sku;
}

function failed(message: string): RecordRejected {
  return new RecordRejected("vendor-error", { vendor: "Salla", message });
}
