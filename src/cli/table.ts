import { clean } from "./output.ts";

/** A column of a table; numbers stand at the right. */
export interface Column {
  readonly head: string;
  readonly right?: boolean;
}

/**
 * Lays rows out in columns under their heads. On a terminal the last column is cut at its edge; elsewhere nothing is.
 * @param width columns of the terminal; undefined or 0 (a terminal that does not know its size) = no edge
 */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[], width?: number): string {
  const lines = [columns.map(({ head }) => head), ...rows.map((row) => row.map(clean))];
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => textWidth(line[index] ?? ""))));
  const laid = lines.map((line) =>
    columns
      .map(({ right }, index) => {
        const text = line[index] ?? "";
        const blank = " ".repeat((widths[index] ?? 0) - textWidth(text));
        return right ? blank + text : text + blank;
      })
      .join("  ")
      .trimEnd(),
  );
  return laid.map((line) => cut(line, width)).join("\n");
}

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });
const wide =
  /\p{Emoji_Presentation}|\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Hangul}|[\uff01-\uff60]/u;

const isolate = /^[\u2068\u2069]$/;

/** How many columns a terminal needs for a text; the marks around an isolate need none. */
export function textWidth(text: string): number {
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += isolate.test(segment) ? 0 : wide.test(segment) ? 2 : 1;
  return width;
}

function cut(line: string, width: number | undefined): string {
  if (width === undefined || width === 0 || textWidth(line) <= width) return line;
  let kept = "";
  let used = 1;
  for (const { segment } of graphemes.segment(line)) {
    used += textWidth(segment);
    if (used > width) break;
    kept += segment;
  }
  return `${kept}…`;
}
