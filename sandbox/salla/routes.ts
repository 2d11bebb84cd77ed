import type { WireResponse } from "../wire.ts";
import type { Call } from "./call.ts";
import {
  changeOrderStatus,
  listInvoices,
  listOrderItems,
  listOrders,
  listStatuses,
  readOrder,
  renameStatus,
} from "./orders-api.ts";
import { listBranches, listCustomers, listTaxes, readCustomer } from "./people-api.ts";
import {
  listProducts,
  listVariants,
  readProduct,
  readProductBySku,
  readVariant,
  removeProduct,
  updateProduct,
  updateProductBySku,
  updateVariant,
} from "./products-api.ts";
import { listAudit, listQuantities, writeQuantitiesInBulk } from "./quantities-api.ts";
import { listEvents, listWebhooks, subscribe, unsubscribe, updateWebhook } from "./webhooks-api.ts";

/** One row of the API: what is asked, the scope it needs, and who answers. */
interface Route {
  readonly method: string;
  readonly path: string;
  readonly scope: string;
  answer(call: Call, id: string): WireResponse;
}

/** Paths after `/admin/v2/`; the first that fits counts. */
// biome-ignore format: a table
const routes: readonly Route[] = [
  { method: "GET", path: "orders", scope: "orders.read", answer: listOrders },
  { method: "GET", path: "orders/items", scope: "orders.read", answer: listOrderItems },
  { method: "GET", path: "orders/statuses", scope: "orders.read", answer: listStatuses },
  { method: "PUT", path: "orders/statuses/{id}", scope: "orders.read_write", answer: renameStatus },
  { method: "GET", path: "orders/invoices", scope: "orders.read", answer: listInvoices },
  { method: "GET", path: "orders/{id}", scope: "orders.read", answer: readOrder },
  { method: "POST", path: "orders/{id}/status", scope: "orders.read_write", answer: changeOrderStatus },
  { method: "GET", path: "products", scope: "products.read", answer: listProducts },
  { method: "GET", path: "products/quantities", scope: "products.read", answer: listQuantities },
  { method: "GET", path: "products/quantities/audit", scope: "products.read", answer: listAudit },
  { method: "POST", path: "products/quantities/bulk", scope: "products.read_write", answer: writeQuantitiesInBulk },
  { method: "GET", path: "products/sku/{id}", scope: "products.read", answer: readProductBySku },
  { method: "PUT", path: "products/sku/{id}", scope: "products.read_write", answer: updateProductBySku },
  { method: "GET", path: "products/variants/{id}", scope: "products.read", answer: readVariant },
  { method: "PUT", path: "products/variants/{id}", scope: "products.read_write", answer: updateVariant },
  { method: "GET", path: "products/{id}", scope: "products.read", answer: readProduct },
  { method: "PUT", path: "products/{id}", scope: "products.read_write", answer: updateProduct },
  { method: "DELETE", path: "products/{id}", scope: "products.read_write", answer: removeProduct },
  { method: "GET", path: "products/{id}/variants", scope: "products.read", answer: listVariants },
  { method: "GET", path: "customers", scope: "customers.read", answer: listCustomers },
  { method: "GET", path: "customers/{id}", scope: "customers.read", answer: readCustomer },
  { method: "GET", path: "branches", scope: "branches.read", answer: listBranches },
  { method: "GET", path: "taxes", scope: "taxes.read", answer: listTaxes },
  { method: "GET", path: "webhooks", scope: "webhooks.read", answer: listWebhooks },
  { method: "GET", path: "webhooks/events", scope: "webhooks.read", answer: listEvents },
  { method: "POST", path: "webhooks/subscribe", scope: "webhooks.read_write", answer: subscribe },
  { method: "DELETE", path: "webhooks/unsubscribe", scope: "webhooks.read_write", answer: unsubscribe },
  { method: "PUT", path: "webhooks/{id}", scope: "webhooks.read_write", answer: updateWebhook },
];

/** Finds the route; "method" when the path exists but not for this method, "path" when it does not exist. */
export function findRoute(method: string, path: string): { route: Route; id: string } | "method" | "path" {
  const parts = path.split("/");
  const samePath = routes
    .map((route) => ({ route, id: idIn(route.path.split("/"), parts) }))
    .filter((found): found is { route: Route; id: string } => found.id !== undefined);
  return samePath.find(({ route }) => route.method === method) ?? (samePath.length > 0 ? "method" : "path");
}

function idIn(pattern: readonly string[], parts: readonly string[]): string | undefined {
  if (pattern.length !== parts.length) return undefined;
  let id = "";
  for (const [index, name] of pattern.entries()) {
    const part = parts[index] ?? "";
    if (name === "{id}") id = decoded(part);
    else if (name !== part) return undefined;
  }
  return id;
}

/** A SKU may hold anything; what is no percent-encoding is taken as it stands. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
