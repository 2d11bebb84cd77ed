import { type Fields, isFields } from "../wire.ts";
import { isProblem, type Problem, readInstant, readValue, type Stored } from "./attributes.ts";
import { type ResourceName, resourceOf } from "./resources.ts";
import { type Row, referencesOf, rowsReferring, type Webshop } from "./webshop.ts";

/** The attributes of a write that hold their values, ready to be stored. */
export interface Reading {
  readonly attributes: Record<string, Stored>;
}

/** Attributes that any resource takes on write; they are stored beside the others. */
const besides = new Set(["remoteId", "remoteDataSyncedToDate", "orderLines", "accountId"]);

/**
 * Reads what a client or a merchant sent for one record.
 * @param options.partial true for a PATCH: nothing is required, and null follows the switch `nullOnPatch`.
 * @param options.lenient true for a merchant: nothing is required, because a shop may hold drafts without `placed`.
 */
export function readAttributes(
  webshop: Webshop,
  name: ResourceName,
  given: Fields,
  options: { readonly partial: boolean; readonly lenient: boolean },
): Reading | Problem {
  const { switches } = webshop;
  const attributes: Record<string, Stored> = {};
  for (const [attribute, kind] of Object.entries(resourceOf(name).attributes)) {
    const value = given[attribute];
    if (kind.readOnly === true && !options.lenient) continue;
    if (value === undefined || value === null) {
      const refusal = absent(webshop, attribute, kind.required === true, value, options);
      if (refusal !== undefined) return refusal;
      const clears = !options.partial || options.lenient || switches.nullOnPatch === "clears";
      if (value === null && clears) attributes[attribute] = null;
      continue;
    }
    const read = readValue(attribute, kind, value, switches);
    if (isProblem(read)) return read;
    attributes[attribute] = read;
  }
  const unknown = Object.keys(given).find(
    (one) => !besides.has(one) && !Object.hasOwn(resourceOf(name).attributes, one),
  );
  if (unknown !== undefined && switches.unknownAttributes === "refused" && !options.lenient) {
    return { status: 400, detail: `${name} has no attribute ${unknown}` };
  }
  return { attributes };
}

/** Checks what concerns other rows: references exist, pairs are unique, no loops, one line per product. */
export function conflict(
  webshop: Webshop,
  name: ResourceName,
  attributes: Reading["attributes"],
  own?: Row,
): Problem | undefined {
  const resource = resourceOf(name);
  for (const [attribute, { to }] of referencesOf(resource)) {
    const id = attributes[attribute];
    if (typeof id !== "number") continue;
    const known = webshop.tables[to as ResourceName].rows.has(id);
    // A receipt for a line that is gone answers 404; that was seen. For the others 400 is assumed.
    if (!known) return { status: name === "receiptLines" ? 404 : 400, detail: `${attribute} ${id} does not exist` };
  }
  if (resource.uniquePair !== undefined && pairTaken(webshop, name, resource.uniquePair, attributes, own)) {
    return { status: 409, detail: `${name} with this ${resource.uniquePair.join(" and ")} exists already` };
  }
  if (name === "productCompositions") return loop(webshop, attributes);
  if (name === "sellOrderLines" || name === "buyOrderLines") return lineConflict(webshop, name, attributes, own);
  return undefined;
}

/**
 * Reads `orderLines`: flat objects with productId, quantity and subtotalValue.
 * @returns the lines ready to be stored, without the id of their order.
 */
export function readOrderLines(
  webshop: Webshop,
  name: ResourceName,
  given: unknown,
): Reading["attributes"][] | Problem {
  const { lines } = resourceOf(name);
  if (given === undefined || given === null || lines === undefined) return [];
  if (!Array.isArray(given)) return { status: 400, detail: "orderLines must be a list" };
  const read: Reading["attributes"][] = [];
  const products = new Set<Stored>();
  for (const line of given as unknown[]) {
    if (!isFields(line)) return { status: 400, detail: "an entry of orderLines must be an object" };
    if ("attributes" in line) return { status: 400, detail: "entries of orderLines are flat objects" };
    // The parent is not known yet; any number stands in for it while the rest is checked.
    const reading = readAttributes(
      webshop,
      lines.resource,
      { ...line, [lines.parent]: 1 },
      { partial: false, lenient: false },
    );
    if ("detail" in reading) return reading;
    const { [lines.parent]: _, ...own } = reading.attributes;
    const wrong = conflict(webshop, lines.resource, own);
    if (wrong !== undefined) return wrong;
    const product = own.productId ?? null;
    if (products.has(product) && webshop.switches.duplicateOrderLines === "refused") {
      return { status: 409, detail: `product ${String(product)} stands twice in one order` };
    }
    products.add(product);
    read.push(own);
  }
  return read;
}

/**
 * Reads `remoteId` and `remoteDataSyncedToDate` into the row, which must not be stored yet or must be safe to change.
 * @param couplingId the query parameter, null when it is missing.
 */
export function readRemote(
  webshop: Webshop,
  name: ResourceName,
  given: Fields,
  couplingId: string | null,
): ((row: Row) => void) | Problem {
  const { switches } = webshop;
  const { remoteId, remoteDataSyncedToDate: synced } = given;
  if (remoteId !== undefined && remoteId !== null && couplingId === null && switches.couplingIdMissing === "refused") {
    return { status: 400, detail: "couplingId is missing" };
  }
  const refusing = switches.remoteDataSyncedToDateRefusedOn.split(",").map((one) => one.trim());
  if (synced !== undefined && synced !== null) {
    const needed = switches.remoteDataSyncedToDate === "needs-coupling" && couplingId === null;
    if (needed || switches.remoteDataSyncedToDate === "refused" || refusing.includes(name)) {
      return { status: 400, detail: `remoteDataSyncedToDate is not accepted on ${name}` };
    }
  }
  const syncedMs = synced === undefined || synced === null ? undefined : readInstant(synced);
  if (synced !== undefined && synced !== null && syncedMs === undefined) {
    return { status: 400, detail: `remoteDataSyncedToDate: ${JSON.stringify(synced)} is not a date and time` };
  }
  const key = couplingId ?? (switches.couplingIdMissing === "accepted" ? "default" : undefined);
  return (row) => {
    if (syncedMs !== undefined) row.remoteDataSyncedToMs = syncedMs;
    if (key === undefined || remoteId === undefined) return;
    if (remoteId === null) delete row.remoteIdMap[key];
    else row.remoteIdMap = { ...row.remoteIdMap, [key]: String(remoteId) };
  };
}

function absent(
  webshop: Webshop,
  attribute: string,
  required: boolean,
  value: undefined | null,
  { partial, lenient }: { readonly partial: boolean; readonly lenient: boolean },
): Problem | undefined {
  if (value === null && partial && !lenient && webshop.switches.nullOnPatch === "refused") {
    return { status: 400, detail: `${attribute} cannot be null` };
  }
  const ignored = partial && (value === undefined || webshop.switches.nullOnPatch === "ignored");
  return required && !ignored && !lenient ? { status: 400, detail: `${attribute} is required` } : undefined;
}

function pairTaken(
  webshop: Webshop,
  name: ResourceName,
  pair: readonly [string, string],
  attributes: Reading["attributes"],
  own?: Row,
): boolean {
  const merged = { ...own?.attributes, ...attributes };
  const [one, other] = pair;
  const id = merged[one];
  if (typeof id !== "number") return false;
  return [...rowsReferring(webshop, name, one, id)].some(
    (row) => row !== own && row.attributes[other] === merged[other],
  );
}

function loop(webshop: Webshop, attributes: Reading["attributes"]): Problem | undefined {
  const whole = attributes.composedProductId;
  const open: Stored[] = [attributes.partProductId ?? null];
  const seen = new Set<Stored>();
  for (let part = open.pop(); part !== undefined; part = open.pop()) {
    if (part === whole) return { status: 400, detail: "a product cannot be a part of itself" };
    if (typeof part !== "number" || seen.has(part)) continue;
    seen.add(part);
    for (const row of rowsReferring(webshop, "productCompositions", "composedProductId", part)) {
      open.push(row.attributes.partProductId ?? null);
    }
  }
  return undefined;
}

function lineConflict(
  webshop: Webshop,
  name: "sellOrderLines" | "buyOrderLines",
  attributes: Reading["attributes"],
  own?: Row,
): Problem | undefined {
  const { switches } = webshop;
  const quantity = attributes.quantity;
  if (
    name === "sellOrderLines" &&
    switches.nonPositiveQuantities === "refused" &&
    typeof quantity === "number" &&
    quantity <= 0
  ) {
    return { status: 400, detail: `quantity is ${quantity}; at least 1 is needed` };
  }
  const parent = name === "sellOrderLines" ? "sellOrderId" : "buyOrderId";
  if (switches.duplicateOrderLines === "accepted") return undefined;
  return pairTaken(webshop, name, [parent, "productId"], attributes, own)
    ? { status: 409, detail: `product ${String(attributes.productId)} stands twice in one order` }
    : undefined;
}
