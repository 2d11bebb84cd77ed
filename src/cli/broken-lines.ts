/** Sentences are broken here, so that no word is cut at the edge of a small terminal. */
const sentenceWidth = 78;

export function indented(lines: string): string {
  return lines.replaceAll(/^/gm, "  ");
}

/** A sentence in lines of at most `sentenceWidth` with their indent, and never within a word. */
export function broken(sentence: string): string {
  return sentence.replaceAll(new RegExp(`(.{1,${sentenceWidth - 2}})( |$)`, "g"), (_, line: string, end: string) =>
    end === "" ? line : `${line}\n`,
  );
}
