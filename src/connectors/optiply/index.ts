/** The door of the Optiply connector. */
export { optiply } from "./connector.ts";
export type { ProductWrite } from "./products.ts";
export type { SellOrderLineWrite, SellOrderWrite } from "./sell-orders.ts";
export type { SupplierProductWrite } from "./supplier-products.ts";
export type { SupplierWrite } from "./suppliers.ts";
