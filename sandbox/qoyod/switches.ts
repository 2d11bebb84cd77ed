import { choice, flag, type SwitchValues, whole, wholeOrNull, words } from "../switch-set.ts";

const honoured = ["honoured", "ignored"] as const;
const accepted = ["accepted", "refused"] as const;

/** Every open or changeable behaviour of the stand-in Qoyod. The names and meanings are printed in the README. */
export const qoyodSwitches = {
  latencyMs: whole(0, "every API answer takes this long"),
  invoicesLatencyMs: whole(0, "answers of /invoices take so much longer"),
  billsLatencyMs: whole(0, "answers of /bills take so much longer"),
  receiptsLatencyMs: whole(0, "answers of /receipts take so much longer"),
  creditNotesLatencyMs: whole(0, "answers of /credit_notes take so much longer"),
  journalEntriesLatencyMs: whole(0, "answers of /journal_entries take so much longer"),
  perMinuteLimit: wholeOrNull(null, "calls per minuteMs before a 429 (Qoyod: 300)"),
  minuteMs: whole(60_000, "the window of perMinuteLimit"),
  retryAfter: flag(true, "a 429 carries Retry-After"),
  oldHost: choice(
    "redirects",
    ["redirects", "answers", "gone"],
    "what /api/2.0, the path of the old hosts, does: 307 to /2.0, the work itself, or 404",
  ),
  emptyList: choice("404", ["404", "empty-array"], "a list without rows"),
  notFoundText: words(
    "We looked everywhere but found nothing",
    "message of the 404 of an empty list and of a missing record",
  ),
  errorShape: choice(
    "as-seen",
    ["as-seen", "list", "hash", "portal"],
    "errors of a 422: each as it was seen live, all as a list, all as a hash, or as the newer portal tells",
  ),
  createStatus: choice("201", ["201", "200"], "status of a create"),
  inventoriesAnswer: choice("top-level", ["top-level", "enveloped"], "where the id of POST /inventories stands"),
  contactsListKey: choice(
    "resource",
    ["resource", "contacts"],
    "key of the rows of /customers and /vendors: their own name or contacts",
  ),
  defaultPerPage: wholeOrNull(25, "rows of a page when per_page is left out; null = all"),
  perPageMaximum: wholeOrNull(100, "the most rows of a page; null = no bound"),
  otherPaging: choice("honoured", honoured, "page and per_page on orders, simple_bills, debit_notes, quotes"),
  receiptsPaging: choice("honoured", honoured, "page and per_page on receipts"),
  pagination: choice(
    "products",
    ["products", "everywhere", "nowhere"],
    "which lists carry pagination beside their rows",
  ),
  ignoredFilters: words("", "comma list of filters that are ignored, such as invoices.reference,products.sku"),
  updatedAtFilterOn: words(
    "products,categories,customers,inventories,product_unit_types",
    "comma list of resources that honour filters on updated_at",
  ),
  nameFilters: choice("ignored", honoured, "filters on the names of products and accounts"),
  contactFilters: choice("ignored", honoured, "filters on phone_number and email of contacts"),
  accountTypeFilter: choice(
    "nothing",
    ["nothing", "honoured"],
    "accounts?q[type_eq]: never a row, or those of the type",
  ),
  textFilters: choice(
    "exact",
    ["exact", "loose"],
    "_eq and _in on texts; loose = case and spaces at the end do not count",
  ),
  stockTouchesProduct: flag(false, "updated_at of a product moves when only its stock changes"),
  stockRows: choice(
    "every-location",
    ["every-location", "moved-locations"],
    "which locations stand in a tracked product's inventories",
  ),
  duplicateSku: choice(
    "accepted",
    ["accepted", "refused", "refused-loosely"],
    "a second product with the SKU; loosely = also where only case or spaces around it differ",
  ),
  zeroPrice: choice("accepted", accepted, "a sellable product with selling_price 0 or none"),
  counts: choice("accepted", accepted, "POST /inventory_adjustments; refused as on the Basic plan"),
  equityAccount: choice(
    "accepted",
    accepted,
    "an Equity account as revenue_account_id or expense_account_id of a count",
  ),
  countAnswer: choice("with-id", ["with-id", "without-id", "empty"], "what the answer to a count holds"),
  negativeStock: choice(
    "refused",
    ["refused", "allowed"],
    "an approved invoice, transfer or debit note beyond the stock",
  ),
  outOfStockText: words(
    "the quantity of product {id} is more than what is in stock",
    "text of the 422 for want of stock; {id} and {sku} are filled in",
  ),
  stringIds: choice("missing", ["missing", "accepted"], "ids as text in documents with lines"),
  roundsUnitNet: flag(false, "the net price of a unit is rounded to the halala before all else"),
  roundsLineNet: flag(false, "the net of a line is rounded to the halala"),
  vatRoundedPer: choice(
    "rate",
    ["line", "rate", "document"],
    "whether VAT is rounded for each line, for each rate, or only in the total of the document",
  ),
  vatOf: choice(
    "contained",
    ["contained", "added"],
    "contained = the amount with VAT stands and VAT is what is left beside the net; added = VAT is added to the net",
  ),
  inclusiveDiscount: choice("gross", ["gross", "net"], "an amount discount on a line with is_inclusive"),
  amountDiscountPer: choice("line", ["line", "unit"], "whether an amount discount is of the line or of each unit"),
  unitPriceDecimals: whole(2, "decimals that unit_price takes"),
  discountDecimals: whole(2, "decimals that discount takes"),
  quantityDecimals: whole(2, "decimals that quantity takes"),
  extraDecimals: choice("rounded", ["rounded", "refused"], "what more decimals than that do"),
  lineTotal: choice("gross", ["gross", "net"], "what line_total of an invoice row is"),
  documentDiscount: choice(
    "refused",
    ["refused", "accepted"],
    "inclusive_cd_discount; refused as without Total CD Discount",
  ),
  references: choice(
    "kept",
    ["kept", "replaced", "refused"],
    "a reference sent with an invoice or credit note, as tenants with e-invoicing may differ",
  ),
  eInvoicing: flag(false, "approved invoices and credit notes carry qrcode_string and zatca_details"),
  deleteDraft: choice("accepted", accepted, "DELETE of a draft"),
  deleteApproved: choice("refused", ["refused", "accepted"], "DELETE of an approved document without payments"),
  partiallyPaidText: words("Partially paid", "status of an invoice or bill that is paid in part"),
  overdueStatus: flag(false, "an approved invoice or bill that is not settled by its due date reads Overdue"),
  closedBefore: words("", "the day (yyyy-mm-dd) before which the books are closed; empty = none"),
  accountIdMeans: choice("id", ["id", "code"], "what account_id of payments and receipts is compared with"),
  paymentAccounts: choice(
    "any",
    ["any", "receiving"],
    "accounts that payments take; receiving = recieve_payments only",
  ),
  paymentsNameInvoice: flag(true, "rows of invoice_payments carry invoice_id beside their allocations"),
  creditNoteStock: choice("returned", ["returned", "kept"], "whether an approved credit note brings the goods back"),
  creditNoteParent: choice("ignored", ["ignored", "accepted", "refused"], "parent_id sent with a credit note"),
  debitNoteStock: choice("lowered", ["lowered", "kept"], "whether an approved debit note takes the goods away"),
} as const;

export type QoyodSwitches = SwitchValues<typeof qoyodSwitches>;
