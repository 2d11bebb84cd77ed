/** What an answer to a write comes to. */
import type { CallResult } from "../../core/connector.ts";
import type { WriteResult } from "../../core/resources.ts";
import { type Fields, readId, recordOf } from "./fields.ts";

/** The record that a create made, or what came of it instead. */
export type Made =
  | { readonly kind: "made"; readonly id: string; readonly record: Fields }
  | (WriteResult & { readonly kind: "refused" | "in-doubt" });

/** Reads the answer to a create. One that was done but names no id is in doubt: its search finds it. */
export function madeOf(result: CallResult, envelope: string): Made {
  if (result.kind === "in-doubt") return result;
  if (result.kind !== "ok") return { kind: "refused", message: result.message };
  const record = recordOf(result.body, envelope);
  const id = readId(record.id);
  return id === null ? { kind: "in-doubt", message: "Qoyod's answer names no id" } : { kind: "made", id, record };
}

/** What an update comes to. */
export function updatedOf(result: CallResult, id: string): WriteResult {
  if (result.kind === "ok") return { kind: "done", id };
  return result.kind === "conflict" ? { kind: "refused", message: result.message } : result;
}

/** What Qoyod's API cannot change at all: documents, counts and payments are final. */
export function unchangeable(name: string): (id: string) => Promise<WriteResult> {
  return async (id) => ({ kind: "refused", message: `${name} ${id} cannot be changed through Qoyod's API` });
}
