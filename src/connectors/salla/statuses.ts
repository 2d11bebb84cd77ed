import { z } from "zod";
import type { Door } from "../../core/connector.ts";
import type { Reading } from "../../core/read-record.ts";
import { optionalText, readRecord, recordId } from "./fields.ts";
import { type Listing, readPlainPages } from "./list-page.ts";

/** A status that orders of this store may have; ids and slugs are read per store. */
export interface StoreStatus {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
}

const status = z.object({ id: recordId, slug: optionalText, name: optionalText });

const listing: Listing<StoreStatus> = {
  path: "/orders/statuses",
  query: {},
  idOf: ({ id }) => id,
  readRow: (value): Reading<StoreStatus> => readRecord<StoreStatus>(status, value),
};

/** Every status of the store, its own ones too. @throws {RetryLater} */
export async function readStatuses(door: Door): Promise<readonly StoreStatus[]> {
  const statuses: StoreStatus[] = [];
  for await (const { rows } of readPlainPages(door, listing)) statuses.push(...rows);
  return statuses;
}
