/** The door of the Optiply connector. */
export type { BuyOrderLineWrite, BuyOrderWrite } from "./buy-orders.ts";
export type { BuyOrder, BuyOrderLine, BuyOrderRow } from "./buy-orders-source.ts";
export { optiply } from "./connector.ts";
export type { ProductWrite } from "./products.ts";
export type { SellOrderLineWrite, SellOrderWrite } from "./sell-orders.ts";
export type { SupplierProductWrite } from "./supplier-products.ts";
export type { SupplierWrite } from "./suppliers.ts";
