import type { ProductWrite } from "../../connectors/qoyod/index.ts";
import type { Unit } from "../../connectors/salla/index.ts";
import { cutText, text } from "../../core/conversions.ts";
import { decimal, roundHalfUp } from "../../core/decimal.ts";
import { RecordRejected } from "../../core/errors.ts";
import { defineFlow } from "../../core/flow.ts";
import type { UnitDetail } from "../../core/flow-stock.ts";
import { columns } from "../../core/mapping.ts";
import type { SallaQoyodSettings } from "./options.ts";
import { hasStock } from "./order-place.ts";

const unit = columns<Unit, SallaQoyodSettings>();

/** Products → products, when an order refers to them: found by exact SKU, else made (rules S8, S12). */
export const products = defineFlow<Unit, Unit, ProductWrite, SallaQoyodSettings>({
  name: "products",
  title: "Products",
  one: { en: "the product", ar: "المنتج" },
  from: { vendor: "salla", resource: "units" },
  to: { vendor: "qoyod", resource: "products" },
  everyMinutes: 1_440,
  link: { source: "sku", target: "sku" },
  reads: "referred",
  updates: false,
  whenReferredTo: true,
  label: ({ sku, name }) => [sku, name].filter((part) => part !== "").join(" "),
  skip: [],
  required: {
    words:
      "without a SKU, or with one that another product of Salla has too; bundles, which are invoiced as their parts (option bundles); with a stock by branch while no branch has a location (option branches)",
    check: requireSku,
  },
  assigns: {
    words: "a SKU, where Salla has none (rule S11)",
    lacks: ({ sku }) => sku === "",
    assigned: (row, sku, holders) => {
      const others = holders.filter(({ id }) => id !== row.unit);
      return {
        ...row,
        sku,
        twins: [
          { unit: row.unit, sku, name: row.name },
          ...others.map((one) => ({ unit: one.id, sku, name: one.name })),
        ],
      };
    },
  },
  detail: { words: "nothing: they are read in full", needed: () => false },
  // biome-ignore format: the columns are the point
  rows: {
    // Qoyod              Salla                             rule
    sku:                  unit("sku"),
    name_ar:              unit("name")                      .as(text(250)),
    name_en:              unit("name")                      .as(text(250)),
    type:                 unit.from(["type"], "`Service` where nobody counts it, else `Product`", (row) => hasStock(row.type || null) ? "Product" as const : "Service" as const),
    product_unit_type_id: unit.setting("unitTypeId", [], "the chosen unit", (_, id) => id),
    category_id:          unit.setting("categoryId", [], "the chosen category", (_, id) => id),
    tax_id:               unit.from(["with_tax"], "15 %, or 0 % where Salla sells it without VAT (options standardTaxId, zeroTaxId)",
                            (row, { settings }) => row.with_tax ? settings.standardTaxId : settings.zeroTaxId),
    track_quantity:       unit.from(["type", "unlimited_quantity"], "true where the unit is counted", isCounted),
    selling_price:        unit.from(["price"], "the catalogue price, 2 decimals; what is invoiced is what the order says", ({ price }) => roundHalfUp(decimal(price?.amount ?? "0"), 2).toFixed(2)),
    sales_account_id:     unit.setting("salesAccountId", [], "the chosen account", (_, id) => id),
    purchase_item:        unit.from(["type"], "true where the unit is counted", isCounted),
    buying_price:         unit.from(["cost_price"], "Salla's cost price (option defaultCost)", (row, { settings }) => isCounted(row) ? (costOf(row) ?? settings.defaultCost) : undefined),
    expense_account_id:   unit.from([], "the chosen account, where the unit is counted (option costAccountId)", (row, { settings }) => isCounted(row) ? settings.costAccountId : undefined),
  },
});

/** Whether Salla counts the unit. */
export function isCounted({ type, unlimited_quantity }: Unit): boolean {
  return hasStock(type || null) && type !== "group_products" && !unlimited_quantity;
}

/** Salla's cost, where it is above 0. */
function costOf({ cost_price }: Unit): string | undefined {
  return cost_price !== null && decimal(cost_price).gt(0) ? cost_price : undefined;
}

function requireSku(row: Unit, { branches }: SallaQoyodSettings): void {
  const { name, sku, type, twins } = row;
  if (type === "group_products") throw new RecordRejected("bundle", { product: name });
  if (sku.trim() === "") throw new RecordRejected("sku-missing", { product: name });
  if (twins.length > 1)
    throw new RecordRejected("sku-shared", { sku, products: cutText(twins.map((one) => one.name).join(", "), 300) });
  if (row.managed_by_branches && isCounted(row) && branches.length === 0)
    throw new RecordRejected("stock-by-branch", { product: name });
}

/** What the counts need to know of a unit. */
export function unitDetail(row: Unit): UnitDetail {
  return { sku: row.sku, name: row.name, counted: isCounted(row), cost: costOf(row) ?? null };
}
