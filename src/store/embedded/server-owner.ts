import { chownSync, existsSync, readFileSync, statSync } from "node:fs";
import { dirname } from "node:path";
import type { FolderLayout } from "./folder-layout.ts";

/** The user and group that the server runs under. */
export interface ServerOwner {
  readonly uid: number;
  readonly gid: number;
}

const fallbackId = 65534;

/**
 * Whom the server runs as: undefined for "whoever runs Mizan". PostgreSQL refuses to run as root, so root hands it to
 * the owner of the cluster, else to the owner of the folder, else to "nobody", which every system has.
 */
export function serverOwner(layout: FolderLayout): ServerOwner | undefined {
  if (!isRoot()) return undefined;
  for (const path of [layout.cluster, layout.folder]) {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat && stat.uid !== 0) return { uid: stat.uid, gid: stat.gid === 0 ? fallbackId : stat.gid };
  }
  return nobody();
}

/** Lets root's files in somebody else's folder belong to that somebody, who may come back without root. */
export function giveToFolderOwner(path: string): void {
  if (!isRoot()) return;
  const { uid, gid } = statSync(dirname(path));
  if (uid !== 0) chownSync(path, uid, gid);
}

export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

function nobody(): ServerOwner {
  const entry = existsSync("/etc/passwd")
    ? /^nobody:[^:]*:(\d+):(\d+):/m.exec(readFileSync("/etc/passwd", "utf8"))
    : null;
  return { uid: Number(entry?.[1] ?? fallbackId), gid: Number(entry?.[2] ?? fallbackId) };
}
