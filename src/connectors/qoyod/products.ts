import type { DecimalText } from "../../core/conversions.ts";
import type { Mapped } from "../../core/mapping.ts";
import type { Reason } from "../../core/reasons.ts";
import type { DoubtfulCreate, Found, TargetResource, WriteResult } from "../../core/resources.ts";
import { productsList } from "./book-stock.ts";
import type { QoyodContext } from "./context.ts";
import { readId, readNumber, readText } from "./fields.ts";
import { fetchRecord, listPages } from "./list-pages.ts";
import {
  asAmount,
  asId,
  asOneOrZero,
  asText,
  orRefused,
  requireFields,
  type WireTable,
  wireFields,
} from "./wire-form.ts";
import { madeOf, updatedOf } from "./written.ts";

/** A product as a flow writes it. Stock is no field of it: a count brings that. */
export interface ProductWrite {
  readonly sku: string;
  readonly name_ar: string;
  readonly name_en: string;
  readonly type: "Product" | "Service";
  readonly product_unit_type_id: string;
  readonly category_id: string;
  /** 1 = 15 % VAT, 2 = 0 %, 3 = exempt */
  readonly tax_id: string;
  readonly track_quantity: boolean;
  readonly selling_price: DecimalText;
  readonly sales_account_id: string;
  readonly purchase_item: boolean;
  readonly buying_price: DecimalText | undefined;
  readonly expense_account_id: string | undefined;
}

/** The catalogue's price of what costs nothing, where Qoyod wants a price: invoices carry their own. */
const leastPrice = 1;
/** "enter at least a sales price", on some tenants (vendor reference 4.2). */
const wantsPrice = /sales price/i;

const fields: WireTable = {
  sku: asText,
  name_ar: asText,
  name_en: asText,
  type: asText,
  product_unit_type_id: asId,
  category_id: asId,
  tax_id: asId,
  track_quantity: asOneOrZero,
  selling_price: asAmount,
  sales_account_id: asId,
  purchase_item: asOneOrZero,
  buying_price: asAmount,
  expense_account_id: asId,
};
const required = ["sku", "name_ar", "name_en", "product_unit_type_id", "category_id", "tax_id", "sales_account_id"];
/** What `PUT /products/{id}` is documented for; the others are frozen once the product is used. */
const changeable: WireTable = { sku: asText, name_ar: asText, name_en: asText, category_id: asId };

/** A row with the SKU, or one whose SKU differs by case or spaces only. */
interface Holder {
  readonly id: string;
  readonly sku: string;
  readonly name: string;
  /** Qoyod's type, such as Product or Service */
  readonly kind: string;
}

/** Products: `POST /products`. Each create looks for its exact SKU first, because Qoyod may hold one twice (seed S8). */
export function productTarget(context: QoyodContext): TargetResource {
  return {
    name: "products",
    create: (payload) => create(context, payload),
    update: async (id, changes) => {
      const body = orRefused(() => ({ product: wireFields(changeable, changes) }));
      if (body.kind === "refused") return body;
      const path = `/products/${encodeURIComponent(id)}`;
      return updatedOf(await context.door.call({ method: "PUT", path, body: body.made, repeat: "safe" }), id);
    },
    find: (doubtful) => find(context, doubtful),
    has: async (id) => (await fetchRecord(context.door, "/products", id, "product")) !== null,
    oneAtATime: false,
  };
}

async function create(context: QoyodContext, payload: Mapped): Promise<WriteResult> {
  const body = orRefused(() => {
    requireFields(payload, required);
    return { ...wireFields(fields, payload), sale_item: 1 };
  });
  if (body.kind === "refused") return body;
  const sku = readText(payload.sku);
  return context.inTurn([`sku ${looseSku(sku)}`], async () => {
    const { same, near } = await holdersOf(context, sku);
    const [only, ...others] = same;
    if (others.length > 0) return { kind: "several", ids: same.map(({ id }) => id) };
    const notes = notesOn(near, sku);
    if (only !== undefined) return { kind: "done", id: only.id, found: true, ...notes };
    const made = await post(context, body.made);
    if (made.kind === "made") return { kind: "done", id: made.id, ...notes };
    if (made.kind === "in-doubt" || near.length === 0) return made;
    return {
      kind: "refused",
      message: `${made.message} (by case or spaces alone, ${sku} differs from ${named(near)})`,
    };
  });
}

async function post({ door }: QoyodContext, product: Readonly<Record<string, unknown>>) {
  const call = async (body: object) =>
    madeOf(await door.call({ method: "POST", path: "/products", body: { product: body }, repeat: "never" }), "product");
  const made = await call(product);
  const isFree = readNumber(product.selling_price)?.eq(0) !== false;
  // The refusal says that nothing was made, so this is no repeat.
  if (made.kind === "refused" && isFree && wantsPrice.test(made.message))
    return call({ ...product, selling_price: leastPrice });
  return made;
}

/**
 * The products that hold a SKU. The filter may be ignored, or loose in case and spaces: the rows judge.
 * @throws {RetryLater} where the list cannot be read.
 */
export async function holdersOf(
  { door, perPage }: Pick<QoyodContext, "door" | "perPage">,
  sku: string,
): Promise<{ readonly same: readonly Holder[]; readonly near: readonly Holder[] }> {
  const holders = new Map<string, Holder>();
  const listing = { ...productsList, query: { "q[sku_eq]": sku } };
  for await (const rows of listPages(door, listing, perPage))
    for (const row of rows) {
      const id = readId(row.id);
      const held = readText(row.sku);
      if (id === null || looseSku(held) !== looseSku(sku)) continue;
      holders.set(id, {
        id,
        sku: held,
        name: readText(row.name_en) || readText(row.name_ar),
        kind: readText(row.type),
      });
    }
  const all = [...holders.values()];
  return { same: all.filter((one) => one.sku === sku), near: all.filter((one) => one.sku !== sku) };
}

async function find(context: QoyodContext, doubtful: readonly DoubtfulCreate[]): Promise<ReadonlyMap<string, Found>> {
  const found = new Map<string, Found>();
  for (const { key, payload } of doubtful) {
    const { same } = await holdersOf(context, readText(payload.sku));
    found.set(
      key,
      same.map(({ id }) => id),
    );
  }
  return found;
}

function notesOn(near: readonly Holder[], sku: string): { readonly notes?: readonly Reason[] } {
  if (near.length === 0) return {};
  return { notes: [{ code: "near-twin", parameters: { vendor: "Qoyod", ids: named(near), sku } }] };
}

function named(holders: readonly Holder[]): string {
  return holders.map(({ id, sku }) => `${id} (${JSON.stringify(sku)})`).join(", ");
}

function looseSku(sku: string): string {
  return sku.replace(/\s/g, "").toLowerCase();
}
