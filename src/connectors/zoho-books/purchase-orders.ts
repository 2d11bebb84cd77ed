import { z } from "zod";
import type { DocumentModule } from "./document-source.ts";
import { looseNumber, optionalId, optionalList, optionalText, recordId } from "./fields.ts";

const rowFields = {
  purchaseorder_id: recordId,
  vendor_id: optionalId,
  vendor_name: optionalText,
  purchaseorder_number: optionalText,
  reference_number: optionalText,
  date: optionalText,
  /** the writable one of the two dates; read `expected_delivery_date`, else this */
  delivery_date: optionalText,
  expected_delivery_date: optionalText,
  status: optionalText,
  order_status: optionalText,
  /** "" in the detail of a draft, where the list says `to_be_billed` */
  billed_status: optionalText,
  received_status: optionalText,
  total: looseNumber,
  currency_code: optionalText,
  created_time: optionalText,
  last_modified_time: optionalText,
};

const purchaseOrderLine = z.object({
  line_item_id: optionalId,
  item_id: optionalId,
  name: optionalText,
  description: optionalText,
  quantity: looseNumber,
  rate: looseNumber,
  quantity_received: looseNumber,
  quantity_cancelled: looseNumber,
  line_item_category: optionalText,
});

const bill = z.object({ date: optionalText });

/** Receipts have `receive_date` where Zoho Inventory keeps them (official for their own list). */
const receipt = z.object({ receive_date: optionalText, date: optionalText });

const purchaseOrderRow = z.object(rowFields);
const purchaseOrder = z.object({
  ...rowFields,
  exchange_rate: looseNumber,
  line_items: z.array(purchaseOrderLine, "a list of lines"),
  bills: optionalList(bill),
  purchasereceives: optionalList(receipt),
});

/** A purchase order as the list carries it: no lines and no exchange rate. */
export type PurchaseOrderRow = z.output<typeof purchaseOrderRow>;
/** A purchase order in full. */
export type PurchaseOrder = z.output<typeof purchaseOrder>;
export type PurchaseOrderLine = z.output<typeof purchaseOrderLine>;

/** Purchase orders: `GET /purchaseorders` and `/purchaseorders/{id}`. */
export const purchaseOrders: DocumentModule<PurchaseOrderRow, PurchaseOrder> = {
  name: "purchaseorders",
  facts: { sort: "purchaseordersSort", filter: "purchaseordersFilter", dateStart: null },
  filterDocumented: true,
  idField: "purchaseorder_id",
  query: { filter_by: "Status.All" },
  rowSchema: purchaseOrderRow,
  documentSchema: purchaseOrder,
  dayOf: ({ date }) => date,
  documentKey: "purchaseorder",
};
