import { RecordRejected } from "../../core/errors.ts";

/** The two states of a document of Zoho Books: `order_status` decides, the roll-up `status` only where it is missing. */
interface DocumentStates {
  readonly order_status?: string | undefined;
  readonly status?: string | undefined;
}

/** The state that decides; empty where there is none. */
export function stateOf({ order_status, status }: DocumentStates): string {
  return order_status || status || "";
}

/**
 * A state that is not known says nothing of whether the order is a real one, so that it is not taken for one.
 * @throws {RecordRejected} naming the field, its value and the states that are known.
 */
export function requireKnownState(document: DocumentStates, known: readonly string[]): void {
  const state = stateOf(document);
  if (known.includes(state)) return;
  if (state === "") throw new RecordRejected("field-missing", { field: "order_status" });
  const field = document.order_status ? "order_status" : "status";
  throw new RecordRejected("field-invalid", { field, value: JSON.stringify(state), allowed: known.join(", ") });
}
