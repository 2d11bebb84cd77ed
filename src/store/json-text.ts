/** An escaped NUL, or half of a character that stands alone: valid in JSON, refused by jsonb. */
const unstorable = /(?<!\\)((?:\\\\)*)\\u(?:0000|d[89a-f][0-9a-f]{2})/gi;

/**
 * A value as JSON that PostgreSQL stores whatever texts vendors and people put in: what jsonb refuses becomes the
 * replacement character, so that one odd text never stops a page.
 */
export function jsonText(value: unknown): string {
  return JSON.stringify(value).replace(unstorable, "$1\\ufffd");
}

/** A text that PostgreSQL stores: without NUL and halves of characters. */
export function storableText(text: string): string {
  return text.toWellFormed().replaceAll("\0", "\uFFFD");
}
