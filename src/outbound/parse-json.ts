/** Deeper than any vendor's answer; a bound for everything that later walks the value. */
const depthMax = 100;
/** What a JavaScript number keeps of a decimal without loss. */
const digitsMax = 15;

/** An escape of NUL or of half a character: texts that no database and no other vendor would take. */
const oddEscape = /\\u(?:0000|d[89a-f])/i;

const quote = 34;
const backslash = 92;

/**
 * Parses JSON without loss: a number that a JavaScript number cannot hold exactly (more than 15 significant digits, or
 * an exponent out of range) comes out as the text it was written as. Vendors' ids have up to 19 digits.
 * NUL and halves of characters become the replacement character.
 * @returns undefined when the text is not JSON or is nested deeper than 100
 */
export function parseJson(text: string): unknown {
  const json = text.startsWith("\uFEFF") ? text.slice(1) : text;
  const content = scan(json);
  if (content === "too deep") return undefined;
  try {
    return content === "plain" && !oddEscape.test(json) ? JSON.parse(json) : JSON.parse(json, keepExact);
  } catch {
    return undefined;
  }
}

/** Looks through the text once, so that the slow way of parsing is taken only for numbers that need it. */
function scan(json: string): "plain" | "long numbers" | "too deep" {
  let depth = 0;
  let content: "plain" | "long numbers" = "plain";
  for (let index = 0; index < json.length; index += 1) {
    const character = json.charCodeAt(index);
    if (character === quote) index = endOfText(json, index);
    else if (isOpening(character)) depth += 1;
    else if (isClosing(character)) depth -= 1;
    else if (isDigit(character)) {
      const end = endOfNumber(json, index);
      if (end - index > digitsMax || !isDigits(json, index, end)) {
        if (!isExact(json.slice(index, end))) content = "long numbers";
      }
      index = end - 1;
    }
    if (depth > depthMax) return "too deep";
  }
  return content;
}

/** The index of the closing quote, or the end of the text where there is none. */
function endOfText(json: string, start: number): number {
  for (let end = json.indexOf('"', start + 1); end !== -1; end = json.indexOf('"', end + 1)) {
    let before = end - 1;
    while (json.charCodeAt(before) === backslash) before -= 1;
    if ((end - before) % 2 === 1) return end;
  }
  return json.length;
}

function endOfNumber(json: string, start: number): number {
  let end = start + 1;
  while (end < json.length && isNumberPart(json.charCodeAt(end))) end += 1;
  return end;
}

function isDigits(json: string, start: number, end: number): boolean {
  for (let index = start; index < end; index += 1) {
    const character = json.charCodeAt(index);
    if (!isDigit(character) && character !== 46) return false;
  }
  return true;
}

/** Whether a JavaScript number holds this JSON number exactly enough to write the same digits again. */
function isExact(source: string): boolean {
  const [mantissa = "", exponent] = source.toLowerCase().split("e");
  const digits = mantissa.replace(/[-.]/g, "").replace(/^0+/, "");
  if (digits.length > digitsMax) return false;
  if (exponent === undefined || digits === "") return true;
  const value = Number(source);
  // Below the smallest full-precision number, digits get lost before zero is reached.
  return Number.isFinite(value) && Math.abs(value) >= 2.3e-308;
}

function keepExact(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value === "string") return value.toWellFormed().replaceAll("\0", "\uFFFD");
  if (typeof value !== "number" || context?.source === undefined) return value;
  return isExact(context.source) ? value : context.source;
}

function isDigit(character: number): boolean {
  return character >= 48 && character <= 57;
}

/** A digit, `.`, `+`, `-`, `e` or `E`. */
function isNumberPart(character: number): boolean {
  return (
    isDigit(character) ||
    character === 46 ||
    character === 43 ||
    character === 45 ||
    character === 101 ||
    character === 69
  );
}

function isOpening(character: number): boolean {
  return character === 91 || character === 123;
}

function isClosing(character: number): boolean {
  return character === 93 || character === 125;
}
