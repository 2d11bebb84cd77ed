import type { WireRequest } from "../wire.ts";
import type { Books, Organization } from "./books.ts";

/** One authorised call to one organisation. */
export interface Call {
  readonly books: Books;
  readonly organization: Organization;
  readonly request: WireRequest;
  readonly nowMs: number;
}
