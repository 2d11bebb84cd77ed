import type { Fields, Random, WireRequest } from "./wire.ts";
import { isFields } from "./wire.ts";

export const faultKinds = [
  "status",
  "status-after",
  "cut",
  "cut-after",
  "late",
  "slow",
  "rate-limited",
  "malformed-json",
  "empty-body",
  "nonzero-code",
  "shift-rows",
] as const;
export type FaultKind = (typeof faultKinds)[number];

export const shifts = ["touch", "delete", "insert"] as const;
export type Shift = (typeof shifts)[number];

/** Trouble on demand. Which calls it strikes: `vendor`, `method`, `path`, then `afterCalls`, then `count` or `probability`. */
export interface FaultRule {
  readonly vendor: string;
  readonly kind: FaultKind;
  readonly method?: string;
  /** A beginning of the path (`/items`, `/v1/products`) or a pattern (`/salesorders/{id}`, `/items*`). */
  readonly path?: string;
  /** How likely each matching call is struck, 0 to 1; left out: certainly. */
  readonly probability?: number;
  /** How many calls are struck in all; left out: no end. */
  readonly count?: number;
  /** How many matching calls pass first. */
  readonly afterCalls?: number;
  readonly delayMs?: number;
  /** For slow, malformed-json, empty-body, nonzero-code: whether the vendor does the work. */
  readonly afterWork?: boolean;
  /** For status and status-after; 500 when left out. */
  readonly status?: number;
  /** For rate-limited and nonzero-code, where the vendor has codes. */
  readonly code?: number;
  readonly shift?: Shift;
}

interface Standing {
  readonly id: number;
  readonly rule: FaultRule;
  readonly matches: (path: string) => boolean;
  seen: number;
  struck: number;
}

/** The faults that stand, in the order in which they were made; the first that strikes a call decides. */
export interface Faults {
  /** @throws RangeError naming the field, the value and what is allowed. */
  add(given: Fields): Fields;
  list(): Fields[];
  remove(id?: number): number;
  /** True when any rule of this kind stands. */
  has(kind: FaultKind): boolean;
  /** The rule that strikes this call; counts the call for every rule that matches. */
  strike(vendor: string, request: WireRequest): FaultRule | undefined;
}

/** What faults must know of a vendor. */
interface Struck {
  readonly name: string;
  readonly basePath: string;
  readonly rateLimitCodes: readonly number[];
}

/** @param random decides the faults that have a probability, so that a seed replays them. */
export function createFaults(vendors: readonly Struck[], random: () => Random): Faults {
  let standing: Standing[] = [];
  let lastId = 0;
  const shown = ({ id, rule, seen, struck }: Standing): Fields => ({ id, ...rule, seen, struck });
  return {
    add: (given) => {
      const rule = readRule(vendors, given);
      const vendor = vendors.find(({ name }) => name === rule.vendor);
      lastId += 1;
      const matchesPath = pathMatcher(rule.path);
      const basePath = `${vendor?.basePath}/`;
      const matches = (path: string) =>
        matchesPath(path) || (path.startsWith(basePath) && matchesPath(path.slice(basePath.length - 1)));
      const one = { id: lastId, rule, matches, seen: 0, struck: 0 };
      standing.push(one);
      return shown(one);
    },
    list: () => standing.map(shown),
    remove: (id) => {
      const before = standing.length;
      standing = id === undefined ? [] : standing.filter((one) => one.id !== id);
      return before - standing.length;
    },
    has: (kind) => standing.some(({ rule }) => rule.kind === kind),
    strike: (vendor, request) => {
      for (const one of standing) {
        if (one.rule.vendor !== vendor || !concerns(one, request)) continue;
        one.seen += 1;
        const { afterCalls = 0, count, probability } = one.rule;
        if (one.seen <= afterCalls || (count !== undefined && one.struck >= count)) continue;
        if (probability !== undefined && random()() >= probability) continue;
        one.struck += 1;
        return one.rule;
      }
      return undefined;
    },
  };
}

function concerns({ rule, matches }: Standing, { method, path, query }: WireRequest): boolean {
  if (rule.method !== undefined && rule.method !== method) return false;
  // Token endpoints are struck only when they are named: trouble with data should not need a new token.
  if (rule.path === undefined && /\/oauth2?\//.test(path)) return false;
  if (!matches(path)) return false;
  const laterPage = Number(query.get("page") ?? 1) > 1 || Number(query.get("page[offset]") ?? 0) > 0;
  return rule.kind !== "shift-rows" || (method === "GET" && laterPage);
}

function pathMatcher(path: string | undefined): (path: string) => boolean {
  if (path === undefined) return () => true;
  if (!/[*{]/.test(path)) return (asked) => asked.startsWith(path);
  const pattern = path
    .split(/(\{[^}]*\}|\*)/)
    .map((part) => (part === "*" ? ".*" : part.startsWith("{") ? "[^/]+" : part.replace(/[.+?^${}()|[\]\\]/g, "\\$&")))
    .join("");
  const expression = new RegExp(`^${pattern}$`);
  return (asked) => expression.test(asked);
}

/** Each field of a rule: whether the value is taken, and what is allowed in words. */
const ruleFields: Readonly<
  Record<Exclude<keyof FaultRule, "vendor">, readonly [accepts: (value: unknown) => boolean, allowed: string]>
> = {
  kind: [(value) => faultKinds.some((one) => one === value), faultKinds.join(", ")],
  method: [(value) => typeof value === "string" && /^[A-Z]+$/.test(value), "an HTTP method in capitals"],
  path: [(value) => typeof value === "string" && /^[/*]/.test(value), "a path or pattern that begins with / or *"],
  probability: [(value) => typeof value === "number" && value >= 0 && value <= 1, "0 to 1"],
  count: [isWhole, "a whole number"],
  afterCalls: [isWhole, "a whole number"],
  delayMs: [isWhole, "a whole number of milliseconds"],
  afterWork: [(value) => typeof value === "boolean", "true, false"],
  status: [(value) => isWhole(value) && Number(value) >= 400 && Number(value) <= 599, "400 to 599"],
  code: [isWhole, "a whole number; for rate-limited one of the vendor's own"],
  shift: [(value) => shifts.some((one) => one === value), shifts.join(", ")],
};

function readRule(vendors: readonly Struck[], given: Fields): FaultRule {
  const names = vendors.map(({ name }) => name);
  const fields: Readonly<Record<string, (typeof ruleFields)[keyof typeof ruleFields]>> = {
    vendor: [(value) => names.some((one) => one === value), names.join(", ")],
    ...ruleFields,
  };
  for (const [name, value] of Object.entries(given)) {
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (field === undefined)
      throw new RangeError(`a fault has no ${name}; there are: ${Object.keys(fields).join(", ")}`);
    const [accepts, allowed] = field;
    if (!accepts(value))
      throw new RangeError(`${name} of a fault cannot be ${JSON.stringify(value)}; allowed: ${allowed}`);
  }
  if (!isRule(given)) throw new RangeError("a fault needs vendor and kind");
  // A vendor whose 429 has no codes ignores one.
  const codes = vendors.find(({ name }) => name === given.vendor)?.rateLimitCodes ?? [];
  const known = codes.length === 0 || codes.some((code) => code === given.code);
  if (given.kind === "rate-limited" && given.code !== undefined && !known) {
    throw new RangeError(
      `code of a rate-limited fault cannot be ${JSON.stringify(given.code)}; allowed: ${codes.join(", ")}`,
    );
  }
  return { ...given };
}

function isRule(given: unknown): given is FaultRule {
  return isFields(given) && given.vendor !== undefined && given.kind !== undefined;
}

function isWhole(value: unknown): boolean {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
