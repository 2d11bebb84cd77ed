/** The door of the Zoho Books connector. */
export { zohoBooks } from "./connector.ts";
export type { Contact } from "./contacts.ts";
export { type Item, type ItemRow, type StockPlace, stockPlaces } from "./items.ts";
export type { PurchaseOrderLineWrite, PurchaseOrderWrite } from "./purchase-order-target.ts";
export type { PurchaseOrder, PurchaseOrderLine, PurchaseOrderRow } from "./purchase-orders.ts";
export type { SalesOrder, SalesOrderLine, SalesOrderRow } from "./sales-orders.ts";
export { type ConsentCode, exchangeCode } from "./sign-in.ts";
