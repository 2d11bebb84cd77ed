import { sql } from "kysely";
import type { Executor, FlowKey } from "./schema.ts";

/**
 * Has orders tried again that wait for a product of which the books were seen to hold more by now than was found for them.
 * It rests on what is stored alone, so that stock that came in small steps, between sales, or while nobody looked is noticed.
 */
export async function wakeShortOrders(executor: Executor, orders: FlowKey, now: Date): Promise<void> {
  await sql`
    update record set retry_at = ${now}, attempts = 0
    where integration_id = ${orders.integrationId} and flow = ${orders.flow}
      and outcome = 'waiting' and reason_code = 'stock-short'
      and exists (
        select from reserved_unit as held
        join stock_level as level using (integration_id, location, unit)
        where held.integration_id = record.integration_id and held.order_id = record.source_id
          and level.sku = record.reason_parameters ->> 'product'
          and level.book_stock > (record.reason_parameters ->> 'held')::numeric
      )`.execute(executor);
}
