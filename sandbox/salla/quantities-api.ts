import { decimalText } from "../decimal.ts";
import { type Fields, isFields, textOf, type WireResponse } from "../wire.ts";
import { bodyOf, type Call, missing, refusedFields, required } from "./call.ts";
import { success, type Words } from "./envelope.ts";
import { listPage } from "./list-page.ts";
import { quantityOf, setQuantity, skuOf, stockOf, type Unit, unitsBySku, unitsOf, variantById } from "./products.ts";
import { defaultBranch, nowOf, putRow, type Shop } from "./shop.ts";
import { quantityShown, shownUnits } from "./show-product.ts";

const modes = ["overwrite", "increment", "decrement"] as const;
type Mode = (typeof modes)[number];

/** `GET /products/quantities?branch=`: the flat list of all stock; what is not managed by branches lies in the default one. */
export function listQuantities(call: Call): WireResponse {
  const { shop, request } = call;
  const asked = request.query.get("branch");
  if (asked !== null && !shop.branches.has(Number(asked))) return missing(call);
  const keyword = request.query.get("keyword");
  const all = [...unitsOf(shop)].filter((unit) => keyword === null || skuOf(unit).includes(keyword));
  return listPage(call, all, (unit) => quantityRow(shop, unit, asked === null ? undefined : Number(asked)));
}

/** `GET /products/quantities/audit`: newest first. */
export function listAudit(call: Call): WireResponse {
  return listPage(call, [...call.shop.audit].reverse(), (row) => row);
}

interface Entry {
  readonly identiferType: string;
  readonly identifer: string;
  readonly quantity: number;
  readonly mode: Mode;
  readonly branch: number | undefined;
  readonly unlimited: boolean | undefined;
  readonly reason: string;
}

/** `POST /products/quantities/bulk`: misspelt keys, 201 "queued", applied later and without a word for each entry. */
export function writeQuantitiesInBulk(call: Call): WireResponse {
  const { shop } = call;
  const { products } = bodyOf(call) ?? {};
  if (!Array.isArray(products) || products.length === 0) return refusedFields(call, { products: required });
  const { bulkMaximum, bulkDelayMs } = shop.switches;
  if (bulkMaximum !== null && products.length > bulkMaximum) {
    const words = { ar: `الحد الأقصى ${bulkMaximum}`, en: `The products may not have more than ${bulkMaximum} items` };
    return refusedFields(call, { products: words });
  }
  const wrong: Record<string, Words> = {};
  const entries = products.map((given, position) => readEntry(shop, given, `products.${position}`, wrong));
  if (Object.keys(wrong).length > 0) return refusedFields(call, wrong);
  const work = () => {
    for (const entry of entries) if (entry !== undefined) applyEntry(shop, entry);
  };
  if (bulkDelayMs === 0) work();
  else void shop.clock.sleep(bulkDelayMs).then(() => (shop.alive ? work() : undefined));
  return success(201, { message: "تمت إضافة العملية إلى قائمة الانتظار وقد تستغرق عدة دقائق", code: 201 });
}

function quantityRow(shop: Shop, unit: Unit, branch: number | undefined): Fields {
  const { product, variant } = unit;
  const stock = stockOf(unit);
  const byBranch = branch !== undefined && (product.managedByBranches || branch !== defaultBranch(shop));
  const quantity = byBranch ? quantityOf(stock, branch) : shownUnits(shop, product, stock);
  const price = decimalText(variant?.price ?? product.price);
  const sku = skuOf(unit);
  return {
    id: product.id,
    sku_id: variant?.id ?? null,
    name: product.name,
    sku: sku === "" ? null : sku,
    quantity: quantityShown(shop, quantity),
    sold_quantity: stock.sold,
    price: shop.switches.amountsAs === "string" ? price : Number(price),
    unlimited_quantity: stock.unlimited,
    variant: variant?.name ?? null,
  };
}

const invalidValue: Words = { ar: "القيمة المختارة غير صحيحة", en: "The selected value is invalid" };
const wholeQuantity: Words = { ar: "يجب أن تكون الكمية عدداً صحيحاً", en: "The quantity must be a whole number" };

function readEntry(shop: Shop, given: unknown, path: string, wrong: Record<string, Words>): Entry | undefined {
  if (!isFields(given)) {
    wrong[path] = invalidValue;
    return undefined;
  }
  const identiferType = textOf(given.identifer_type);
  const identifer = textOf(given.identifer);
  if (!["id", "variant_id", "sku"].includes(identiferType))
    wrong[`${path}.identifer_type`] = identiferType === "" ? required : invalidValue;
  if (identifer === "") wrong[`${path}.identifer`] = required;
  const unlimited = typeof given.unlimited_quantity === "boolean" ? given.unlimited_quantity : undefined;
  const quantity = Number(textOf(given.quantity) || "x");
  if (unlimited !== true && (!Number.isSafeInteger(quantity) || quantity < 0))
    wrong[`${path}.quantity`] = wholeQuantity;
  const mode = modes.find((one) => one === (given.mode ?? "overwrite"));
  if (mode === undefined) wrong[`${path}.mode`] = invalidValue;
  const branch = given.branch === undefined || given.branch === null ? undefined : Number(textOf(given.branch));
  if (branch !== undefined && !shop.branches.has(branch)) wrong[`${path}.branch`] = invalidValue;
  const entry = { identiferType, identifer, quantity, mode: mode ?? "overwrite", branch, unlimited } as const;
  if (shop.switches.bulkUnknownSku === "refused" && concerned(shop, entry).length === 0)
    wrong[`${path}.identifer`] = invalidValue;
  return { ...entry, reason: textOf(given.reason_id) || "none" };
}

function concerned(shop: Shop, { identiferType, identifer }: Pick<Entry, "identiferType" | "identifer">): Unit[] {
  if (identiferType === "sku") {
    const all = unitsBySku(shop, identifer);
    return shop.switches.bulkSharedSku === "all" ? all : all.slice(0, 1);
  }
  if (identiferType === "variant_id") {
    const unit = variantById(shop, Number(identifer));
    return unit === undefined ? [] : [unit];
  }
  const product = shop.products.rows.get(Number(identifer));
  return product === undefined || product.variants.length > 0 ? [] : [{ product, variant: undefined }];
}

/** Done when the queue comes to it: what an increment adds to is the quantity of that moment. */
function applyEntry(shop: Shop, entry: Entry): void {
  for (const unit of concerned(shop, entry)) {
    const stock = stockOf(unit);
    const { product } = unit;
    if (entry.unlimited !== undefined) stock.unlimited = entry.unlimited;
    if (!Number.isSafeInteger(entry.quantity)) continue;
    const lost =
      entry.branch === undefined && product.managedByBranches && shop.switches.bulkWithoutBranch === "dropped";
    if (lost) continue;
    const branch = product.managedByBranches ? (entry.branch ?? defaultBranch(shop)) : defaultBranch(shop);
    const before = quantityOf(stock, branch);
    const sign = entry.mode === "decrement" ? -1 : 1;
    const after = entry.mode === "overwrite" ? entry.quantity : before + sign * entry.quantity;
    setQuantity(shop, unit, branch, entry.mode === "decrement" ? Math.max(0, after) : after, entry.reason);
    product.updatedMs = nowOf(shop);
    putRow(shop.products, product);
  }
}
