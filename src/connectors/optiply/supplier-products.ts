import type { Door } from "../../core/connector.ts";
import type { DecimalText } from "../../core/conversions.ts";
import type { Id, Mapped } from "../../core/mapping.ts";
import { asMapped, price, reference } from "./attributes.ts";
import { listRows } from "./documents.ts";
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
  content: {
    looksLike: (payload, { attributes }) =>
      String(attributes.supplierId) === payload.supplierId && String(attributes.productId) === payload.productId,
  },
  findTwin: findPair,
};

async function findPair(door: Door, payload: Mapped): Promise<string | null> {
  const query = {
    "filter[supplierId]": String(payload.supplierId),
    "filter[productId]": String(payload.productId),
    sort: "id",
  };
  for await (const [first] of listRows(door, "supplierProducts", query)) return first?.id ?? null;
  return null;
}
