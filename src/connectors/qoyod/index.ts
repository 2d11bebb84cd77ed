/** The door of the Qoyod connector. */
export { qoyod } from "./connector.ts";
export type { ContactWrite } from "./contacts.ts";
export type { CountWrite } from "./counts.ts";
export type { CreditNoteWrite } from "./credit-notes.ts";
export type { InvoicePaymentWrite } from "./invoice-payments.ts";
export type { DocumentLineWrite, InvoiceWrite } from "./invoices.ts";
export type { ProductWrite } from "./products.ts";
export type { ExpectedDocument } from "./sales-document.ts";
