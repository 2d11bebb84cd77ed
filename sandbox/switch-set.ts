/** One open behaviour of a vendor: how it stands at start, what may be set, and what it means. */
interface Switch<Value> {
  readonly initial: Value;
  /** The allowed values in words, for error messages and the README. */
  readonly allowed: string;
  readonly meaning: string;
  accepts(value: unknown): value is Value;
}

/** The present values of a set of switches. */
export type SwitchValues<Set> = {
  -readonly [Name in keyof Set]: Set[Name] extends Switch<infer Value> ? Value : never;
};

/** Switches by name. */
export type SwitchSet = Readonly<Record<string, Switch<unknown>>>;

/** One of a few words. */
export function choice<const Value extends string>(
  initial: NoInfer<Value>,
  allowed: readonly Value[],
  meaning: string,
): Switch<Value> {
  return {
    initial,
    allowed: allowed.map((value) => JSON.stringify(value)).join(", "),
    meaning,
    accepts: (value): value is Value => allowed.some((one) => one === value),
  };
}

/** True or false. */
export function flag(initial: boolean, meaning: string): Switch<boolean> {
  return { initial, allowed: "true, false", meaning, accepts: (value) => typeof value === "boolean" };
}

/** A whole number, 0 or more. */
export function whole(initial: number, meaning: string): Switch<number> {
  return { initial, allowed: "a whole number, 0 or more", meaning, accepts: isWhole };
}

/** A whole number, or null for "off". */
export function wholeOrNull(initial: number | null, meaning: string): Switch<number | null> {
  return {
    initial,
    allowed: "a whole number, or null for off",
    meaning,
    accepts: (value): value is number | null => value === null || isWhole(value),
  };
}

/** Any text. */
export function words(initial: string, meaning: string): Switch<string> {
  return { initial, allowed: "text", meaning, accepts: (value) => typeof value === "string" };
}

/** The values at start. */
export function initialValues<Set extends SwitchSet>(set: Set): SwitchValues<Set> {
  return Object.fromEntries(
    Object.entries(set).map(([name, { initial }]) => [name, initial]),
  ) as unknown as SwitchValues<Set>;
}

/**
 * Changes values in place, all of `changes` or none.
 * @returns the sentence that refuses, naming the switch, the value and what is allowed; undefined when all was set.
 */
export function changeSwitches(values: object, set: SwitchSet, changes: Record<string, unknown>): string | undefined {
  for (const [name, value] of Object.entries(changes)) {
    const one = Object.hasOwn(set, name) ? set[name] : undefined;
    if (one === undefined) return `no switch is named ${name}; there are: ${Object.keys(set).join(", ")}`;
    if (!one.accepts(value)) return `switch ${name} cannot be ${JSON.stringify(value)}; allowed: ${one.allowed}`;
  }
  Object.assign(values, changes);
  return undefined;
}

function isWhole(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
