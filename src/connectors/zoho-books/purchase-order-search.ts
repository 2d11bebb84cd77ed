import { z } from "zod";
import { later } from "../../core/clock.ts";
import type { Door } from "../../core/connector.ts";
import { RetryLater } from "../../core/errors.ts";
import { optionalText, readRecord, recordId } from "./fields.ts";
import type { Listing } from "./list-page.ts";
import { readOverlappingPages } from "./overlapping-pages.ts";

const unreadableMs = 600_000;

/** Only what tells an order: no other field may hide one. */
const referenced = z.object({
  purchaseorder_id: recordId,
  reference_number: z.unknown().optional(),
  vendor_id: z.unknown().optional(),
});

/** A purchase order that carries the reference. */
export interface Referenced {
  readonly id: string;
  /** as Zoho wrote it; empty where it has none that can be read */
  readonly vendorId: string;
}

const listing: Listing<z.output<typeof referenced>> = {
  path: "/purchaseorders",
  key: "purchaseorders",
  query: { filter_by: "Status.All" },
  idOf: ({ purchaseorder_id }) => purchaseorder_id,
  changedAt: () => 0,
  readRow: (value) => readRecord(referenced, "purchaseorder_id", value),
};

/**
 * Every purchase order with exactly this reference, cancelled ones too. The filter is documented but not how it
 * compares, so the rows judge, and all pages are read: a filter that is ignored costs calls and hides nothing.
 * @throws {RetryLater} where the list, or the id of any order in it, cannot be read: a failed search is never "none".
 */
export async function findByReference(door: Door, reference: string): Promise<readonly Referenced[]> {
  const found = new Map<string, Referenced>();
  const query = { reference_number: reference };
  const sort = { column: "created_time", order: "D" } as const;
  for await (const { whole } of readOverlappingPages(door, listing, { sort, query })) {
    if (whole.unreadable.length > 0)
      throw new RetryLater(
        later(door.clock, unreadableMs),
        `A purchase order of Zoho Books has no readable id, so ${reference} could not be searched`,
      );
    for (const row of whole.rows)
      if (optionalText.safeParse(row.reference_number).data === reference)
        found.set(row.purchaseorder_id, {
          id: row.purchaseorder_id,
          vendorId: optionalText.safeParse(row.vendor_id).data ?? "",
        });
  }
  return [...found.values()];
}
