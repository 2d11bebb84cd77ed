import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { access, link, mkdir, open, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { InvalidInput } from "../core/errors.ts";
import { keyLength } from "./seal.ts";

/**
 * The key from the environment, or from the file `secret.key` beside the database, made at the first start.
 * @param anew make a key although there is a database already, because the one it was made with is lost
 * @throws {InvalidInput} when the file is damaged, or missing although there is a database that needs it
 */
export async function secretKey(given: string | undefined, home: string, anew: boolean): Promise<Buffer> {
  if (given !== undefined) return Buffer.from(given, "base64");
  await makeHome(home);
  const path = join(home, "secret.key");
  const present = await readFile(path, "utf8").catch((error: unknown) => {
    if (isCode(error, "ENOENT")) return null;
    throw new InvalidInput("MIZAN_HOME", `${path} cannot be read: ${error instanceof Error ? error.message : error}`);
  });
  if (present === null) {
    if (!anew && (await exists(join(home, "database", "mizan-database.json")))) throw lostKey(path);
    await makeKey(home, path);
    return secretKey(given, home, anew);
  }
  const key = Buffer.from(present.trim(), "base64");
  if (key.length === keyLength) return key;
  throw new InvalidInput(
    "secret.key",
    `${path} holds ${key.length} bytes; it must hold ${keyLength} in base64. Put back the right file; nothing was changed.`,
  );
}

/** Written whole or not at all: a file that is cut short would lock its owner out. */
async function makeKey(home: string, path: string): Promise<void> {
  const partial = join(home, `secret.key.${process.pid}.${randomBytes(4).toString("hex")}`);
  const file = await open(partial, "wx", 0o600);
  try {
    await file.writeFile(`${randomBytes(keyLength).toString("base64")}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  // Another start may have been first; then its key counts.
  await link(partial, path).catch((error: unknown) => {
    if (!isCode(error, "EEXIST")) throw error;
  });
  await rm(partial, { force: true });
}

async function makeHome(home: string): Promise<void> {
  try {
    await mkdir(home, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new InvalidInput(
      "MIZAN_HOME",
      `${home} cannot be used as a folder: ${error instanceof Error ? error.message : error}`,
    );
  }
}

function lostKey(path: string): InvalidInput {
  return new InvalidInput(
    "secret.key",
    `${path} is missing, but there is a database that was made with it. Put it back; if it is lost, \`mizan reset-key\` goes on with a new one, and every connection must be connected again. Nothing was changed.`,
  );
}

async function exists(path: string): Promise<boolean> {
  return access(path, constants.F_OK).then(
    () => true,
    () => false,
  );
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
