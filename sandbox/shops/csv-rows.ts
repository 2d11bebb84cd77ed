import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { StringDecoder } from "node:string_decoder";
import { createGunzip } from "node:zlib";

const FIRST_GZIP_BYTE = 0x1f;

/**
 * Reads a CSV file (RFC 4180: quoted fields, doubled quotes, line breaks inside quotes), gzipped or not, row by row.
 * @param onRow gets the fields of each row; empty lines are left out.
 */
export async function readCsvRows(path: string, onRow: (fields: string[]) => void): Promise<void> {
  const take = rowTaker(onRow);
  const decoder = new StringDecoder("utf8");
  const consume = async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) take(decoder.write(chunk));
  };
  if (await isGzip(path)) await pipeline(createReadStream(path), createGunzip(), consume);
  else await pipeline(createReadStream(path), consume);
  take(decoder.end());
  // A last row without a line break still counts.
  take("\n");
}

async function isGzip(path: string): Promise<boolean> {
  for await (const chunk of createReadStream(path, { end: 0 }) as AsyncIterable<Buffer>)
    return chunk[0] === FIRST_GZIP_BYTE;
  return false;
}

/** A parser that is fed text in any portions. */
function rowTaker(onRow: (fields: string[]) => void): (text: string) => void {
  let fields: string[] = [];
  let field = "";
  let state: "plain" | "quoted" | "quote-in-quoted" = "plain";
  const endRow = () => {
    fields.push(field.endsWith("\r") ? field.slice(0, -1) : field);
    if (fields.length > 1 || fields[0] !== "") onRow(fields);
    fields = [];
    field = "";
  };
  const takePlain = (character: string) => {
    if (character === ",") {
      fields.push(field);
      field = "";
    } else if (character === "\n") endRow();
    else if (character === '"' && field === "") state = "quoted";
    // A byte order mark belongs to the file, not to the first column's name.
    else if (character !== "\uFEFF") field += character;
  };
  return (text) => {
    for (const character of text) {
      if (state === "plain") takePlain(character);
      else if (state === "quoted") {
        if (character === '"') state = "quote-in-quoted";
        else field += character;
      } else if (character === '"') {
        field += '"';
        state = "quoted";
      } else {
        state = "plain";
        takePlain(character);
      }
    }
  };
}
