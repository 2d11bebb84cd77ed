import type { DecimalText } from "../../core/conversions.ts";
import { asMapped, price, whole } from "./attributes.ts";
import type { WrittenResource } from "./resource-target.ts";

/** A product as a flow writes it. */
export interface ProductWrite {
  readonly remoteId: string | undefined;
  /** at most 255 characters */
  readonly name: string;
  readonly skuCode: string | undefined;
  /** without VAT, two decimals, 0 to 9999999.99 */
  readonly price: DecimalText | undefined;
  readonly status: "enabled" | "disabled";
  /** whole units, may be negative; required when a product is created */
  readonly stockLevel: number | undefined;
  readonly unlimitedStock: boolean;
  readonly createdAtRemote: string | undefined;
}

/** Products: `POST /products`, `PATCH /products/{id}`. */
export const products: WrittenResource = {
  name: "products",
  attributes: {
    remoteId: asMapped,
    name: asMapped,
    skuCode: asMapped,
    price,
    status: asMapped,
    stockLevel: whole,
    unlimitedStock: asMapped,
    createdAtRemote: asMapped,
  },
  content: {
    looksLike: (payload, { attributes }) =>
      attributes.name === payload.name && (attributes.skuCode ?? "") === (payload.skuCode ?? ""),
  },
};
