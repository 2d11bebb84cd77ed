const blank = "[redacted]";
/** Shorter values are words that occur everywhere; blanking them would make every line unreadable. */
const secretLengthMin = 6;
/** Tokens change by the hour; older ones no longer open anything. */
const secretsMax = 200;

const sensitiveNames = "[\\w.-]*(?:token|secret|passw(?:or)?d|api[-_]?key)[\\w.-]*";
const patterns: readonly (readonly [RegExp, string])[] = [
  [/((?:proxy-)?authorization["']?\s*[:=]\s*["']?)[^"'\r\n,}]+/gi, `$1${blank}`],
  [/\b(bearer|basic|zoho-oauthtoken)\s+[\w.~+/=-]{6,}/gi, `$1 ${blank}`],
  // Fields of a query or a form.
  [new RegExp(`(${sensitiveNames}=)[^&\\s"']+`, "gi"), `$1${blank}`],
  [/((?:^|[?&\s])(?:[\w.-]*[._-])?(?:code|key)=)[^&\s"']+/gi, `$1${blank}`],
  // Members of a JSON object; numbers stay, because a vendor's error code is one.
  [new RegExp(`("${sensitiveNames}"\\s*:\\s*")(?:[^"\\\\]|\\\\.)*`, "gi"), `$1${blank}`],
];
const sensitiveField = /token|secret|passw(or)?d|authorization|cookie|api[-_]?key|private[-_]?key/i;

/** Takes secrets out of whatever is logged or kept as a message. */
export interface Redactor {
  text(text: string): string;
  fields(fields: Readonly<Record<string, unknown>>): Record<string, unknown>;
  /** a secret learnt later, such as a new access token */
  add(secret: string): void;
  /** all texts in a value, such as secrets that replace others */
  addAll(secrets: unknown): void;
}

/**
 * Makes a redactor that knows the given secrets, in any nesting, and recognises others by where they stand:
 * authorization headers, bearer tokens, and fields named like a token, secret, password, code or key.
 */
export function createRedactor(secrets: unknown): Redactor {
  const known = new Set<string>();
  let knownPattern: RegExp | null = null;

  function add(secret: string): void {
    if (secret.length < secretLengthMin || known.has(secret)) return;
    if (known.size >= secretsMax) known.delete(known.values().next().value ?? "");
    known.add(secret);
    knownPattern = patternOf(known);
  }

  function text(value: string): string {
    const withoutKnown = knownPattern === null ? value : value.replace(knownPattern, blank);
    return patterns.reduce((rest, [pattern, replacement]) => rest.replace(pattern, replacement), withoutKnown);
  }

  const addAll = (values: unknown) => {
    for (const secret of stringsIn(values)) add(secret);
  };
  addAll(secrets);
  return { add, addAll, text, fields: (fields) => redactFields(fields, text) };
}

function redactFields(fields: Readonly<Record<string, unknown>>, text: Redactor["text"]): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => {
      if (sensitiveField.test(name)) return [name, blank];
      if (typeof value === "string") return [name, text(value)];
      if (value instanceof Error) return [name, text(value.stack ?? value.message)];
      if (typeof value === "object" && value !== null) return [name, text(JSON.stringify(value))];
      return [name, value];
    }),
  );
}

/** Finds each secret as it is, as part of a URL or form, as part of JSON, and in Base64. */
function patternOf(secrets: ReadonlySet<string>): RegExp {
  const forms = [...secrets].flatMap((secret) => [
    secret,
    encodeURIComponent(secret),
    new URLSearchParams([["", secret]]).toString().slice(1),
    JSON.stringify(secret).slice(1, -1),
    Buffer.from(secret).toString("base64"),
  ]);
  const longestFirst = [...new Set(forms)].sort((a, b) => b.length - a.length);
  return new RegExp(longestFirst.map((form) => form.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|"), "g");
}

function stringsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(stringsIn);
}
