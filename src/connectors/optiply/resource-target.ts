import type { CallResult, Door, Facts } from "../../core/connector.ts";
import { RecordRejected } from "../../core/errors.ts";
import type { Mapped } from "../../core/mapping.ts";
import type { TargetResource, WriteResult } from "../../core/resources.ts";
import type { WriteQuery } from "./account.ts";
import { type AttributeTable, wireAttributes } from "./attributes.ts";
import { fetchRecord, fieldsOf, isMadeByApi, type ResourceObject, readObject } from "./documents.ts";
import { type ContentMatch, findCreated, listLinked } from "./find-created.ts";
import { probeOrigin } from "./probe.ts";

/** A resource of Optiply that is written. */
export interface WrittenResource {
  /** path and JSON:API type in one, such as `sellOrders` */
  readonly name: string;
  readonly attributes: AttributeTable;
  readonly content: ContentMatch;
  /** finds the record that a 409 speaks of, where a pair must be unique */
  readonly findTwin?: (door: Door, payload: Mapped) => Promise<ResourceObject | null>;
}

/** What a session knows besides the door. */
export interface TargetContext {
  readonly door: Door;
  readonly query: WriteQuery;
  readonly couplingId: string | undefined;
  readonly facts: Facts;
}

/** The target of one such resource. */
export function resourceTarget(resource: WrittenResource, context: TargetContext): TargetResource {
  const { couplingId, door, facts } = context;
  const filterHonoured = facts.createdAtFilter !== false;
  return {
    name: resource.name,
    create: (payload) => createRecord(resource, context, payload),
    update: (id, changes) => updateRecord(resource, context, id, changes),
    remove: (id) => removeRecord(resource.name, context, id),
    has: async (id) => (await fetchRecord(door, resource.name, id)) !== null,
    find: async (doubtful) => {
      // Where no coupling keeps our remote ids, it matters whether Optiply tells by now what people made.
      const asked = couplingId === undefined && facts.buyOrdersOrigin !== "told";
      const originTold = asked ? (await probeOrigin(door)) === "told" : true;
      return findCreated(door, resource.name, doubtful, {
        couplingId,
        filterHonoured,
        content: resource.content,
        originTold,
      });
    },
    oneAtATime: couplingId === undefined,
    ...(couplingId === undefined || resource.attributes.remoteId === undefined
      ? {}
      : { linked: () => listLinked(door, resource.name, couplingId) }),
  };
}

/** Makes a record; what is null is left out, as there is nothing to clear yet. */
export async function createRecord(
  resource: Omit<WrittenResource, "content">,
  context: TargetContext,
  payload: Mapped,
): Promise<WriteResult> {
  const body = bodyOf(resource, context, withoutNulls(payload));
  if ("kind" in body) return body;
  const { door } = context;
  const path = `/${resource.name}`;
  const result = await door.call({ method: "POST", path, query: await context.query(), body, repeat: "never" });
  if (result.kind === "conflict" && resource.findTwin !== undefined) {
    const twin = await resource.findTwin(door, payload);
    if (twin === null) return { kind: "refused", message: result.message };
    return { kind: "done", id: twin.id, found: true, madeThere: !isMadeByApi(twin) };
  }
  if (result.kind === "ok") {
    const made = readObject(fieldsOf(result.body).data);
    if (made === null) return { kind: "in-doubt", message: "Optiply's answer names no id" };
    return { kind: "done", id: made.id };
  }
  return result.kind === "in-doubt" ? result : { kind: "refused", message: result.message };
}

/**
 * A partial change: only the given attributes move, so it may be repeated. Whether null clears an attribute is not
 * published: what the answer still shows counts as kept, and where null is refused the others are sent without it.
 */
export async function updateRecord(
  resource: Omit<WrittenResource, "content">,
  context: TargetContext,
  id: string,
  changes: Mapped,
): Promise<WriteResult> {
  const cleared = Object.keys(changes).filter((field) => changes[field] === null);
  const result = await patch(resource, context, id, changes);
  if (cleared.length === 0) return written(id, result);
  if (result.kind === "ok") {
    const kept = cleared.filter((field) => isStillThere(context, result.body, field));
    return { kind: "done", id, ...(kept.length === 0 ? {} : { kept }) };
  }
  if (result.kind !== "refused" && result.kind !== "conflict") return written(id, result);
  const others = withoutNulls(changes);
  const again = Object.keys(others).length === 0 ? null : written(id, await patch(resource, context, id, others));
  return again === null || again.kind === "done" ? { kind: "done", id, kept: cleared } : again;
}

/** Deletes a record. A repeated deletion finds nothing, which is the same to the caller. */
export async function removeRecord(name: string, context: TargetContext, id: string): Promise<WriteResult> {
  const path = `/${name}/${encodeURIComponent(id)}`;
  const query = await context.query();
  return written(id, await context.door.call({ method: "DELETE", path, query, repeat: "safe" }));
}

async function patch(
  resource: Omit<WrittenResource, "content">,
  context: TargetContext,
  id: string,
  changes: Mapped,
): Promise<CallResult> {
  const body = bodyOf(resource, context, changes);
  if ("kind" in body) return body;
  const path = `/${resource.name}/${encodeURIComponent(id)}`;
  return context.door.call({ method: "PATCH", path, query: await context.query(), body, repeat: "safe" });
}

/** Whether the full record that answers a PATCH shows a value; where it shows no record, nothing counts as cleared. */
function isStillThere({ couplingId }: TargetContext, body: unknown, field: string): boolean {
  const record = readObject(fieldsOf(body).data);
  if (record === null) return true;
  const { remoteIdMap } = record.attributes;
  const value = field === "remoteId" ? fieldsOf(remoteIdMap)[couplingId ?? ""] : record.attributes[field];
  return value !== undefined && value !== null;
}

function withoutNulls(mapped: Mapped): Mapped {
  return Object.fromEntries(Object.entries(mapped).filter(([, value]) => value !== null));
}

function written(id: string, result: CallResult): WriteResult {
  if (result.kind === "ok") return { kind: "done", id };
  if (result.kind === "conflict") return { kind: "refused", message: result.message };
  return result;
}

/** The request body, or why the record cannot be written. */
function bodyOf(
  resource: Omit<WrittenResource, "content">,
  { couplingId }: TargetContext,
  mapped: Mapped,
): object | { readonly kind: "refused"; readonly message: string } {
  const { remoteId, ...others } = mapped;
  // Nobody is known to send remoteId without a coupling, which it is scoped by.
  const fields = couplingId === undefined || remoteId === undefined ? others : mapped;
  try {
    return { data: { type: resource.name, attributes: wireAttributes(resource.attributes, fields) } };
  } catch (error) {
    if (!(error instanceof RecordRejected)) throw error;
    const { field, value, allowed } = error.parameters;
    return { kind: "refused", message: `${field} is ${value}; allowed: ${allowed}` };
  }
}
