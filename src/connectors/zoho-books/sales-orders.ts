import { z } from "zod";
import type { DocumentModule } from "./document-source.ts";
import { looseNumber, optionalId, optionalText, recordId } from "./fields.ts";

const rowFields = {
  salesorder_id: recordId,
  salesorder_number: optionalText,
  reference_number: optionalText,
  /** business day, YYYY-MM-DD, in the organisation's zone */
  date: optionalText,
  /** a roll-up: says `shipped` for an order that is invoiced too */
  status: optionalText,
  order_status: optionalText,
  invoiced_status: optionalText,
  total: looseNumber,
  currency_code: optionalText,
  /** sure in the detail only */
  salesperson_id: optionalText,
  salesperson_name: optionalText,
  created_time: optionalText,
  last_modified_time: optionalText,
};

const salesOrderLine = z.object({
  line_item_id: optionalId,
  /** missing on free text, header and subtotal rows */
  item_id: optionalId,
  name: optionalText,
  sku: optionalText,
  description: optionalText,
  quantity: looseNumber,
  rate: looseNumber,
  item_total: looseNumber,
  /** `header` and `subtotal` rows carry no item; absent or `line_item` otherwise */
  line_item_category: optionalText,
});

const salesOrderRow = z.object(rowFields);
const salesOrder = z.object({
  ...rowFields,
  exchange_rate: looseNumber,
  line_items: z.array(salesOrderLine, "a list of lines"),
});

/** A sales order as the list carries it, without lines. */
export type SalesOrderRow = z.output<typeof salesOrderRow>;
/** A sales order in full. */
export type SalesOrder = z.output<typeof salesOrder>;
export type SalesOrderLine = z.output<typeof salesOrderLine>;

/** Sales orders: `GET /salesorders` and `/salesorders/{id}`. */
export const salesOrders: DocumentModule<SalesOrderRow, SalesOrder> = {
  name: "salesorders",
  facts: { sort: "salesordersSort", filter: "salesordersFilter", dateStart: "salesordersDateStart" },
  filterDocumented: true,
  idField: "salesorder_id",
  query: { filter_by: "Status.All" },
  rowSchema: salesOrderRow,
  documentSchema: salesOrder,
  dayOf: ({ date }) => date,
  documentKey: "salesorder",
};
