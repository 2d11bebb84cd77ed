import { InvalidInput, NeedsPerson, RetryLater } from "../core/errors.ts";
import { explain, type Language } from "../core/reasons.ts";
import { DatabaseRefused } from "../store/embedded/database-refused.ts";

/** An error as the outside sees it, named by what happens next (architecture, law 5). */
export interface Fault {
  /** wrong input · a person must act · try again later · stopped by whoever asked · our own bug */
  readonly kind: "input" | "person" | "later" | "stopped" | "bug";
  readonly code: string;
  readonly message: string;
  /** the field of the input that is wrong */
  readonly field?: string;
  /** what a person must do */
  readonly action?: string;
  /** when to try again */
  readonly retryAt?: Date;
}

/** Names an error for the command line and the API; both decide their exit code and status by its kind. */
export function faultOf(error: unknown, language: Language = "en"): Fault {
  if (error instanceof InvalidInput)
    return { kind: "input", code: "invalid-input", message: error.message, field: error.field };
  if (error instanceof NeedsPerson) {
    const { sentence, action } = explain(error.action, language);
    return { kind: "person", code: error.action.code, message: sentence, ...(action === "" ? {} : { action }) };
  }
  if (error instanceof RetryLater)
    return { kind: "later", code: "retry-later", message: error.message, retryAt: error.after };
  if (error instanceof DatabaseRefused)
    return { kind: "person", code: `database-${error.code}`, message: error.message };
  if (error instanceof Error && error.name === "AbortError")
    return { kind: "stopped", code: "stopped", message: "stopped before it was finished" };
  return { kind: "bug", code: "internal", message: wordsOf(error) };
}

/** A refused connection to both addresses of a host is an error without words around two that have some. */
function wordsOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === "") return error.errors.map(wordsOf).join("; ");
  return error instanceof Error ? error.message : String(error);
}
