import { compare, parseDecimal } from "../decimal.ts";
import {
  type Attribute,
  flag,
  instant,
  integer,
  isProblem,
  readInstant,
  readOnly,
  readValue,
  type Stored,
  text,
} from "./attributes.ts";
import { optiplyCredentials } from "./credentials.ts";
import { type ResourceName, resourceOf } from "./resources.ts";
import type { Row, Webshop } from "./webshop.ts";

const operators = ["EQ", "NEQ", "LIKE", "LT", "LE", "GT", "GE"] as const;
type Operator = (typeof operators)[number];

/** One `filter[attribute][OPERATOR]=values`; several of them must all hold. */
export interface Filter {
  readonly attribute: string;
  readonly kind: Attribute;
  readonly operator: Operator;
  readonly values: readonly Stored[];
}

/** The attributes to sort by, the first one first; `sign` is -1 where the order is descending. */
export type Sort = readonly { readonly attribute: string; readonly kind: Attribute; readonly sign: number }[];

interface Refusal {
  readonly refusal: string;
}

/** Attributes that every resource has besides its own. There is none for `remoteId` or `remoteIdMap`. */
const everywhere: Readonly<Record<string, Attribute>> = {
  id: readOnly(integer()),
  uuid: readOnly(text()),
  createdAt: readOnly(instant),
  updatedAt: readOnly(instant),
  createdFromPublicApi: readOnly(flag),
  accountId: readOnly(integer()),
};

export function isRefusal(value: object): value is Refusal {
  return "refusal" in value;
}

/** Reads all filters of a query. */
export function readFilters(webshop: Webshop, name: ResourceName, query: URLSearchParams): Filter[] | Refusal {
  const filters: Filter[] = [];
  for (const [key, value] of query) {
    const match = /^filter\[(\w+)\](?:\[(\w+)\])?$/.exec(key);
    if (match === null) {
      if (key.startsWith("filter")) return { refusal: `${key} is not a filter` };
      continue;
    }
    const [, attribute = "", operatorName = "EQ"] = match;
    const { completedFilter, updatedAtFilter } = webshop.switches;
    if (attribute === "completed" && completedFilter === "ignored") continue;
    if (attribute === "updatedAt" && updatedAtFilter === "ignored") continue;
    if (attribute === "updatedAt" && updatedAtFilter === "refused")
      return { refusal: `${name} cannot be filtered by ${attribute}` };
    const kind = attributeOf(webshop, name, attribute);
    if (kind === undefined) {
      if (webshop.switches.unknownFilter === "ignored") continue;
      return { refusal: `${name} has no attribute ${attribute} to filter on` };
    }
    const operator = operators.find((one) => one === operatorName);
    if (operator === undefined) return { refusal: `${operatorName} is not one of ${operators.join(", ")}` };
    const values = readFilterValues(webshop, attribute, kind, operator, value);
    if (isRefusal(values)) return values;
    filters.push({ attribute, kind, operator, values: values.values });
  }
  return filters;
}

export function passes(row: Row, { attribute, kind, operator, values }: Filter): boolean {
  const own = attributeValue(row, attribute);
  if (operator === "EQ") return values.some((value) => same(own, value, kind));
  if (operator === "NEQ") return values.every((value) => !same(own, value, kind));
  const [value = null] = values;
  if (own === null || value === null) return false;
  if (operator === "LIKE") return likePattern(String(value)).test(String(own));
  const difference = order(own, value, kind);
  if (operator === "LT") return difference < 0;
  if (operator === "LE") return difference <= 0;
  return operator === "GT" ? difference > 0 : difference >= 0;
}

/** `sort=-updatedAt,id`; undefined when nothing is asked. */
export function readSort(webshop: Webshop, name: ResourceName, given: string | null): Sort | Refusal {
  const sort = [];
  for (const part of (given ?? "").split(",").filter((one) => one !== "")) {
    const attribute = part.replace(/^-/, "");
    const kind = attributeOf(webshop, name, attribute);
    if (kind === undefined) return { refusal: `${name} has no attribute ${attribute} to sort by` };
    sort.push({ attribute, kind, sign: part.startsWith("-") ? -1 : 1 });
  }
  return sort;
}

/** Compares by what is asked for; rows that are equal by it, and all rows when nothing is asked, stand in the order of their ids. */
export function comparison(sort: Sort): (left: Row, right: Row) => number {
  return (left, right) => {
    for (const { attribute, kind, sign } of sort) {
      const difference = orderWithNull(attributeValue(left, attribute), attributeValue(right, attribute), kind);
      if (difference !== 0) return difference * sign;
    }
    return left.id - right.id;
  };
}

function attributeOf(webshop: Webshop, name: ResourceName, attribute: string): Attribute | undefined {
  if (attribute === "createdFromPublicApi" && webshop.switches.createdFromPublicApi === "missing") return undefined;
  const own = resourceOf(name).attributes;
  if (Object.hasOwn(own, attribute)) return own[attribute];
  return Object.hasOwn(everywhere, attribute) ? everywhere[attribute] : undefined;
}

function attributeValue(row: Row, attribute: string): Stored {
  switch (attribute) {
    case "id":
      return row.id;
    case "uuid":
      return row.uuid;
    case "createdAt":
      return row.createdMs;
    case "updatedAt":
      return row.updatedMs;
    case "createdFromPublicApi":
      return row.createdFromPublicApi;
    case "accountId":
      return Number(optiplyCredentials.accountId);
    default:
      return row.attributes[attribute] ?? null;
  }
}

/** Enum values are upper case in filters although the attribute is lower case; `null` is a word of its own. */
function readFilterValues(
  webshop: Webshop,
  name: string,
  kind: Attribute,
  operator: Operator,
  given: string,
): { values: Stored[] } | Refusal {
  const parts = operator === "EQ" || operator === "NEQ" ? given.split(",") : [given];
  const values: Stored[] = [];
  for (const part of parts) {
    if (part === "null") values.push(null);
    else if (operator === "LIKE" || kind.kind === "text" || kind.kind === "emails") values.push(part);
    else {
      const value = readFilterValue(webshop, name, kind, part);
      if (value === undefined) return { refusal: `filter[${name}] cannot be ${part}` };
      values.push(value);
    }
  }
  return { values };
}

function readFilterValue(webshop: Webshop, name: string, kind: Attribute, part: string): Stored | undefined {
  if (kind.kind === "flag") return part === "true" ? true : part === "false" ? false : undefined;
  if (kind.kind === "word") return kind.allowed.find((one) => one.toUpperCase() === part);
  if (kind.kind === "instant") {
    return part.endsWith("Z") && webshop.switches.filterInstantZ === "refused" ? undefined : readInstant(part);
  }
  const value = readValue(name, kind, part, webshop.switches);
  return isProblem(value) ? undefined : value;
}

function same(own: Stored, value: Stored, kind: Attribute): boolean {
  if (own === null || value === null) return own === value;
  return order(own, value, kind) === 0;
}

function order(left: Stored, right: Stored, kind: Attribute): number {
  if (kind.kind === "money") {
    const one = parseDecimal(String(left));
    const other = parseDecimal(String(right));
    return one === undefined || other === undefined ? 0 : compare(one, other);
  }
  if (typeof left === "number" && typeof right === "number") return left - right;
  return String(left) < String(right) ? -1 : String(left) > String(right) ? 1 : 0;
}

function orderWithNull(left: Stored, right: Stored, kind: Attribute): number {
  if (left === null || right === null) return left === right ? 0 : left === null ? 1 : -1;
  return order(left, right, kind);
}

function likePattern(value: string): RegExp {
  const escaped = value.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replaceAll("%", ".*");
  return new RegExp(`^${escaped}$`, "is");
}
