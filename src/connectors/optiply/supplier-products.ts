import type { Door } from "../../core/connector.ts";
import type { DecimalText } from "../../core/conversions.ts";
import type { Id, Mapped } from "../../core/mapping.ts";
import { asMapped, price, reference } from "./attributes.ts";
import { FilterRefused, listRows, type ResourceObject } from "./documents.ts";
import type { WrittenResource } from "./resource-target.ts";

/** A supplier product as a flow writes it; the pair of supplier and product is unique at Optiply. */
export interface SupplierProductWrite {
  readonly name: string;
  readonly skuCode: string | undefined;
  /** purchase price without VAT, two decimals */
  readonly price: DecimalText | undefined;
  readonly supplierId: Id<"optiply/suppliers">;
  readonly productId: Id<"optiply/products">;
}

/** Supplier products: a 409 names a pair that is there already, which is adopted. */
export const supplierProducts: WrittenResource = {
  name: "supplierProducts",
  attributes: {
    remoteId: asMapped,
    name: asMapped,
    skuCode: asMapped,
    price,
    supplierId: reference,
    productId: reference,
  },
  content: { looksLike: isPair },
  findTwin: findPair,
};

function isPair(payload: Mapped, { attributes }: ResourceObject): boolean {
  return String(attributes.supplierId) === payload.supplierId && String(attributes.productId) === payload.productId;
}

/** The pair that is there; rows are judged again, because a filter may be ignored. */
async function findPair(door: Door, payload: Mapped): Promise<ResourceObject | null> {
  const query = {
    "filter[supplierId]": String(payload.supplierId),
    "filter[productId]": String(payload.productId),
    sort: "id",
  };
  try {
    for await (const rows of listRows(door, "supplierProducts", query)) {
      const twin = rows.find((row) => isPair(payload, row));
      if (twin !== undefined) return twin;
    }
  } catch (error) {
    // Without the filter, the words of the 409 are all there is to tell.
    if (!(error instanceof FilterRefused)) throw error;
  }
  return null;
}
