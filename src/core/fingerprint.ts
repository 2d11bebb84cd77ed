import { createHash } from "node:crypto";

/**
 * A short digest of a value, the same for the same content whatever the order of its keys. Two mapped records with one
 * fingerprint need no write.
 * @returns 43 characters, SHA-256 in base64url.
 */
export function fingerprint(value: unknown): string {
  return createHash("sha256").update(canonicalJson(value)).digest("base64url");
}

/** JSON with sorted keys and without undefined members. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) => {
    if (member === null || typeof member !== "object" || Array.isArray(member)) return member;
    return Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
