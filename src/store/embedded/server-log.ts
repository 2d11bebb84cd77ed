import { chmodSync, closeSync, copyFileSync, openSync, readSync, statSync, truncateSync } from "node:fs";
import type { FolderLayout } from "./folder-layout.ts";
import { giveToFolderOwner } from "./server-owner.ts";

/** The log and its predecessor are each kept at about this size. */
export const logBytesKept = 2 * 1024 * 1024;
const tailBytes = 4096;

/** Opens the server's log for appending; the caller closes the descriptor. */
export function openServerLog(layout: FolderLayout): number {
  boundServerLog(layout);
  const descriptor = openSync(layout.log, "a", 0o600);
  giveToFolderOwner(layout.log);
  return descriptor;
}

/**
 * Keeps the log bounded while the server writes to it. The server appends, so that cutting the file to nothing makes it
 * go on at the new end.
 */
export function boundServerLog(layout: FolderLayout): void {
  if (logSize(layout) <= logBytesKept) return;
  copyFileSync(layout.log, layout.olderLog);
  chmodSync(layout.olderLog, 0o600);
  giveToFolderOwner(layout.olderLog);
  truncateSync(layout.log);
}

export function logSize(layout: FolderLayout): number {
  return statSync(layout.log, { throwIfNoEntry: false })?.size ?? 0;
}

/** What was logged since the log had the given size; the end of it when that is much. */
export function logSince(layout: FolderLayout, size: number): string {
  const start = Math.max(size, logSize(layout) - tailBytes);
  const descriptor = openSync(layout.log, "r");
  try {
    const buffer = Buffer.alloc(tailBytes);
    return buffer.toString("utf8", 0, readSync(descriptor, buffer, 0, tailBytes, start)).trim();
  } finally {
    closeSync(descriptor);
  }
}
