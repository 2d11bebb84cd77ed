/** The door of the Salla connector. */
export { salla } from "./connector.ts";
export { type CreditNote, type CreditNoteItem, creditNoteId } from "./credit-notes.ts";
export type { OrderCreditNote } from "./credit-notes-source.ts";
export type { Customer } from "./customers.ts";
export type {
  AmountText,
  BundlePart,
  ExchangeRate,
  Order,
  OrderAmounts,
  OrderCustomer,
  OrderDiscount,
  OrderItem,
  OrderReceiver,
  OrderRow,
  OrderStatus,
  UnitHolder,
} from "./orders.ts";
export { type Unit, unitId, unitParts } from "./units.ts";
