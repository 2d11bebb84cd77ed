/** What the lines of invoices and credit notes have alike, and whose they are (product.md, 1.2). */
import type { DocumentLineWrite } from "../../connectors/qoyod/index.ts";
import type { Order } from "../../connectors/salla/index.ts";
import { columns, type Id, LinkRequest, type MappingContext } from "../../core/mapping.ts";
import type { InvoiceLine } from "./invoice-lines.ts";
import type { SallaQoyodSettings } from "./options.ts";

const line = columns<InvoiceLine, SallaQoyodSettings>();

/** The rows of a line. */
export function documentLines() {
  // biome-ignore format: the columns are the point
  return {
    product_id:     line.from(["productId", "source"], "through the link of products; fees: the chosen product", productOf),
    quantity:       line.from(["quantity"], "", ({ quantity }) => String(quantity)),
    unit_price:     line.from(["unitPrice"], "VAT included, 2 decimals", ({ unitPrice }) => unitPrice.toFixed(2)),
    description:    line.from(["description"], "the options of the item", ({ description }) => description || undefined),
    discount:       line.from(["discount"], "an amount, left out where it is 0", ({ discount }) => (discount.eq(0) ? undefined : discount.toFixed(2))),
    tax_percent:    line.from(["taxPercent"], "as Salla charged it", ({ taxPercent }) => taxPercent.toFixed()),
    is_inclusive:   line.from([], "true", () => true),
  } satisfies Record<keyof DocumentLineWrite, unknown>;
}

/** The customer of an order; the cash customer where it has none. */
export function contactOf(
  { customer }: Pick<Order, "customer">,
  { settings }: MappingContext<SallaQoyodSettings>,
): Id<"qoyod/contacts"> | string {
  // A name alone tells nobody from another, and a contact that is made by it could never be found again.
  if (customer === null || !(customer.phone || customer.email || customer.tax_number)) return settings.cashCustomerId;
  if (customer.id === null) return settings.cashCustomerId;
  return new LinkRequest("customers", customer.id) as unknown as Id<"qoyod/contacts">;
}

function productOf({ source, productId }: InvoiceLine): Id<"qoyod/products"> | string {
  if (typeof source !== "number") return productId;
  return new LinkRequest("products", productId) as unknown as Id<"qoyod/products">;
}
