import type { WireResponse } from "../wire.ts";
import type { Call } from "./call.ts";
import { listContacts, listVendors, readContact } from "./contacts.ts";
import { success } from "./envelope.ts";
import { listItems, readItem, readItemDetails } from "./items.ts";
import { listLocations, listWarehouses } from "./places.ts";
import {
  changePurchaseOrderStatus,
  createPurchaseOrder,
  deletePurchaseOrder,
  updatePurchaseOrder,
  upsertPurchaseOrder,
} from "./purchase-order-writes.ts";
import { listPurchaseOrders, readPurchaseOrder } from "./purchase-orders.ts";
import { listSalesOrders, readSalesOrder } from "./sales-orders.ts";

/** One row of the API: what is asked, the scope it needs (`module.OPERATION`), and who answers. */
interface Route {
  readonly method: string;
  readonly path: string;
  readonly scope: string;
  answer(call: Call, id: string): WireResponse;
}

/** Paths after `/books/v3/`. */
// biome-ignore format: a table
const routes: readonly Route[] = [
  { method: "GET", path: "items", scope: "settings.READ", answer: listItems },
  { method: "GET", path: "items/{id}", scope: "settings.READ", answer: readItem },
  { method: "GET", path: "itemdetails", scope: "settings.READ", answer: readItemDetails },
  { method: "GET", path: "locations", scope: "settings.READ", answer: listLocations },
  { method: "GET", path: "settings/warehouses", scope: "settings.READ", answer: listWarehouses },
  { method: "GET", path: "contacts", scope: "contacts.READ", answer: listContacts },
  { method: "GET", path: "contacts/{id}", scope: "contacts.READ", answer: readContact },
  { method: "GET", path: "vendors", scope: "contacts.READ", answer: listVendors },
  { method: "GET", path: "salesorders", scope: "salesorders.READ", answer: listSalesOrders },
  { method: "GET", path: "salesorders/{id}", scope: "salesorders.READ", answer: readSalesOrder },
  { method: "GET", path: "purchaseorders", scope: "purchaseorders.READ", answer: listPurchaseOrders },
  { method: "GET", path: "purchaseorders/{id}", scope: "purchaseorders.READ", answer: readPurchaseOrder },
  { method: "POST", path: "purchaseorders", scope: "purchaseorders.CREATE", answer: createPurchaseOrder },
  { method: "PUT", path: "purchaseorders", scope: "purchaseorders.UPDATE", answer: upsertPurchaseOrder },
  { method: "PUT", path: "purchaseorders/{id}", scope: "purchaseorders.UPDATE", answer: updatePurchaseOrder },
  { method: "DELETE", path: "purchaseorders/{id}", scope: "purchaseorders.DELETE", answer: deletePurchaseOrder },
  ...["open", "issued", "billed", "cancelled"].map((status) => ({
    method: "POST",
    path: `purchaseorders/{id}/status/${status}`,
    scope: "purchaseorders.CREATE",
    answer: (call: Call, id: string) => changePurchaseOrderStatus(call, id, status),
  })),
  { method: "GET", path: "organizations/{id}", scope: "settings.READ", answer: readOrganization },
];

/** Finds the route; "method" when the path exists but not for this method, "path" when it does not exist. */
export function findRoute(method: string, path: string): { route: Route; id: string } | "method" | "path" {
  const parts = path.split("/");
  const samePath = routes
    .map((route) => ({ route, id: idIn(route.path.split("/"), parts) }))
    .filter((found): found is { route: Route; id: string } => found.id !== undefined);
  return samePath.find(({ route }) => route.method === method) ?? (samePath.length > 0 ? "method" : "path");
}

/** True when the token may do this: the exact operation, the whole module, or everything. */
export function hasScope(scopes: ReadonlySet<string>, scope: string): boolean {
  const [module = ""] = scope.split(".");
  return [scope, `${module}.ALL`, "fullaccess.all"].some((one) => scopes.has(`ZohoBooks.${one}`));
}

function readOrganization(call: Call): WireResponse {
  const { id, fields } = call.organization.row;
  return success({ organization: { organization_id: id, ...fields } });
}

function idIn(pattern: readonly string[], parts: readonly string[]): string | undefined {
  if (pattern.length !== parts.length) return undefined;
  let id = "";
  for (const [index, name] of pattern.entries()) {
    const part = parts[index] ?? "";
    if (name === "{id}") id = part;
    else if (name !== part) return undefined;
  }
  return id;
}
