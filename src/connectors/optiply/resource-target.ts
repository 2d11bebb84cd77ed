import type { CallResult, Door, Facts, TargetResource, WriteResult } from "../../core/connector.ts";
import { RecordRejected } from "../../core/errors.ts";
import type { Mapped } from "../../core/mapping.ts";
import type { WriteQuery } from "./account.ts";
import { type AttributeTable, wireAttributes } from "./attributes.ts";
import { fieldsOf, readObject } from "./documents.ts";
import { type ContentMatch, findCreated } from "./find-created.ts";

/** A resource of Optiply that is written. */
export interface WrittenResource {
  /** path and JSON:API type in one, such as `sellOrders` */
  readonly name: string;
  readonly attributes: AttributeTable;
  readonly content: ContentMatch;
  /** finds the record that a 409 speaks of, where a pair must be unique */
  readonly findTwin?: (door: Door, payload: Mapped) => Promise<string | null>;
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
    create: (payload) => create(resource, context, payload),
    update: (id, changes) => update(resource, context, id, changes),
    find: (doubtful) =>
      findCreated(door, resource.name, doubtful, { couplingId, filterHonoured, content: resource.content }),
    oneAtATime: couplingId === undefined,
  };
}

async function create(resource: WrittenResource, context: TargetContext, payload: Mapped): Promise<WriteResult> {
  const body = bodyOf(resource, context, payload);
  if ("kind" in body) return body;
  const { door } = context;
  const path = `/${resource.name}`;
  const result = await door.call({ method: "POST", path, query: await context.query(), body, repeat: "never" });
  if (result.kind === "conflict" && resource.findTwin !== undefined) {
    const twin = await resource.findTwin(door, payload);
    return twin === null ? { kind: "refused", message: result.message } : { kind: "done", id: twin };
  }
  if (result.kind === "ok") {
    const made = readObject(fieldsOf(result.body).data);
    if (made === null) return { kind: "in-doubt", message: "Optiply's answer names no id" };
    return { kind: "done", id: made.id };
  }
  return result.kind === "in-doubt" ? result : { kind: "refused", message: result.message };
}

/** A partial change: only the given attributes move, so it may be repeated. */
async function update(
  resource: WrittenResource,
  context: TargetContext,
  id: string,
  changes: Mapped,
): Promise<WriteResult> {
  const body = bodyOf(resource, context, changes);
  if ("kind" in body) return body;
  const path = `/${resource.name}/${encodeURIComponent(id)}`;
  const query = await context.query();
  return written(id, await context.door.call({ method: "PATCH", path, query, body, repeat: "safe" }));
}

function written(id: string, result: CallResult): WriteResult {
  if (result.kind === "ok") return { kind: "done", id };
  if (result.kind === "conflict") return { kind: "refused", message: result.message };
  return result;
}

/** The request body, or why the record cannot be written. */
function bodyOf(
  resource: WrittenResource,
  { couplingId }: TargetContext,
  mapped: Mapped,
): object | (WriteResult & { kind: "refused" }) {
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
