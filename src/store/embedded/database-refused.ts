/** What kept the embedded database from being used. Scripts and tests decide by the code, people by the message. */
export type RefusalCode =
  | "not-a-folder"
  | "unreadable"
  | "unwritable"
  | "not-ours"
  | "newer-format"
  | "other-major-version"
  | "damaged"
  | "disk-full"
  | "program-missing"
  | "program-unusable"
  | "owner-unusable"
  | "lock-unusable"
  | "start-failed"
  | "server-too-old"
  | "newer-database"
  | "other-database";

/**
 * The embedded database cannot be used as it stands, and a person has to decide. A refusal never changes a cluster:
 * whatever was in the folder is still there, byte for byte.
 */
export class DatabaseRefused extends Error {
  readonly code: RefusalCode;

  /**
   * @param code   the stable reason
   * @param found  one sentence that names the folder or package and what was found there
   * @param remedy one sentence that says what to do about it
   */
  constructor(code: RefusalCode, found: string, remedy: string, options?: ErrorOptions) {
    super(`${found} ${remedy}`, options);
    this.name = "DatabaseRefused";
    this.code = code;
  }
}

/** The way out that is open to everybody, for the end of a remedy. */
export const useServerInstead = "or set MIZAN_DATABASE_URL to a PostgreSQL server (15 or later) of your own";
