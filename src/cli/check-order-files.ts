import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { createGunzip } from "node:zlib";
import { InvalidInput } from "../core/errors.ts";

const columns = ["InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID"];
const headMaximumBytes = 4_096;
const gzipStart = 0x1f;

/**
 * Looks at the first line of each order file, so that a wrong one is named before anything starts.
 * @throws {InvalidInput} when a file cannot be read or has not the columns of Online Retail
 */
export async function checkOrderFiles(paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const given = `--orders is ${JSON.stringify(path)}`;
    // `--orders --once` takes the option for a file.
    if (path.startsWith("--"))
      throw new InvalidInput("orders", `${given}, which is an option; allowed: names of CSV or CSV.gz files`);
    const head = await firstLine(path).catch((error: unknown) => {
      throw new InvalidInput("orders", `${given}, which cannot be read: ${readProblem(error)}`);
    });
    const names = head.split(",").map((name) => name.trim().replace(/^"(.*)"$/, "$1"));
    const missing = columns.filter((column) => !names.includes(column));
    if (missing.length > 0)
      throw new InvalidInput(
        "orders",
        `${given}, whose first line has no ${missing.join(", ")}; allowed: CSV or CSV.gz with the columns of Online Retail`,
      );
  }
}

async function firstLine(path: string): Promise<string> {
  const packed = await isGzip(path);
  const file = createReadStream(path, { highWaterMark: headMaximumBytes });
  const unpacked = createGunzip();
  // A pipe does not hand errors on by itself.
  if (packed) file.once("error", (error) => unpacked.destroy(error)).pipe(unpacked);
  let head = "";
  for await (const chunk of (packed ? unpacked : file) as AsyncIterable<Buffer>) {
    head += chunk.toString();
    if (head.includes("\n") || head.length >= headMaximumBytes) break;
  }
  file.destroy();
  return (head.split("\n")[0] ?? "").replace(/^\uFEFF/, "");
}

async function isGzip(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(1), 0, 1, 0);
    return bytesRead === 1 && buffer[0] === gzipStart;
  } finally {
    await file.close();
  }
}

const problems: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EISDIR: "it is a folder",
  EACCES: "this user may not read it",
  Z_DATA_ERROR: "it is damaged or not gzip",
};

function readProblem(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return problems[code] ?? (error instanceof Error ? error.message : String(error));
}
