import { asMapped } from "./attributes.ts";
import type { WrittenResource } from "./resource-target.ts";

/** A supplier as a flow writes it. */
export interface SupplierWrite {
  readonly remoteId: string | undefined;
  /** at most 255 characters */
  readonly name: string;
}

/** Suppliers: `POST /suppliers`, `PATCH /suppliers/{id}`. */
export const suppliers: WrittenResource = {
  name: "suppliers",
  attributes: { remoteId: asMapped, name: asMapped },
  content: { looksLike: (payload, { attributes }) => attributes.name === payload.name },
};
