import { z } from "zod";
import type { Reading } from "../../core/read-record.ts";
import { decimalText, optionalFlag, optionalId, optionalText, readRecord, recordId } from "./fields.ts";
import type { Listing } from "./list-page.ts";
import { exactSku, unitId } from "./units.ts";

/** A row of Salla's flat list of quantities. */
export interface QuantityRow {
  readonly unit: string;
  readonly sku: string;
  readonly name: string;
  /** as exact decimal text; null where the shop counts none */
  readonly quantity: string | null;
  readonly unlimited: boolean;
}

const row = z.object({
  id: recordId,
  sku_id: optionalId,
  sku: optionalText,
  name: optionalText,
  quantity: z.union([z.null().transform(() => null), decimalText]),
  unlimited_quantity: optionalFlag,
});

/** `GET /products/quantities`: every unit of a branch (null = the only or default one), the cheapest read of stock. */
export function quantitiesListing(branch: string | null): Listing<QuantityRow> {
  return {
    path: "/products/quantities",
    query: branch === null ? {} : { branch },
    idOf: ({ unit }) => unit,
    readRow: (value): Reading<QuantityRow> => {
      const reading = readRecord(row, value);
      if (reading.kind === "unreadable") return reading;
      const { id, sku_id, sku, name, quantity, unlimited_quantity } = reading.row;
      const unlimited = unlimited_quantity ?? false;
      return { kind: "read", row: { unit: unitId(id, sku_id), sku: exactSku(sku), name, quantity, unlimited } };
    },
  };
}
