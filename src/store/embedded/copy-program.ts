import { randomBytes } from "node:crypto";
import { chmodSync, cpSync, lstatSync, readdirSync, renameSync, rmSync, type Stats } from "node:fs";
import { join } from "node:path";
import { partialMark } from "./folder-layout.ts";

/**
 * Makes sure that `target` is a complete copy of the program in `source`, readable by everybody and changeable only by
 * the user who runs Mizan. A copy that is already there is checked file by file before it is trusted: `target` may be
 * in a place where others can make folders, and cleaners take old files out of such places.
 *
 * Throws when the copy that is there belongs to somebody else or could be changed by somebody else.
 */
export async function copyProgram(source: string, target: string): Promise<void> {
  if (lstatSync(target, { throwIfNoEntry: false })) {
    checkNobodyElseCanChange(target);
    if (isComplete(source, target)) return;
    rmSync(target, { recursive: true, force: true });
  }
  const partial = `${target}${partialMark}-${randomBytes(6).toString("hex")}`;
  try {
    cpSync(source, partial, { recursive: true, verbatimSymlinks: true });
    openForReading(partial);
    renameSync(partial, target);
  } catch (error) {
    // Another process may have made the same copy meanwhile; then its copy is as good as ours.
    if (!lstatSync(target, { throwIfNoEntry: false })) throw error;
    checkNobodyElseCanChange(target);
    if (!isComplete(source, target)) throw error;
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

function checkNobodyElseCanChange(path: string): void {
  const uid = process.getuid?.() ?? 0;
  for (const { path: entry, stat } of [{ path, stat: lstatSync(path) }, ...entriesOf(path)]) {
    if (process.platform === "win32") return;
    const writableByOthers = !stat.isSymbolicLink() && (stat.mode & 0o022) !== 0;
    if (stat.uid !== uid || writableByOthers) throw new Error(`${entry} could have been changed by another user`);
    if (entry === path && !stat.isDirectory()) throw new Error(`${entry} is not a folder`);
  }
}

function isComplete(source: string, target: string): boolean {
  return entriesOf(source).every(({ path, stat }) => {
    const copy = lstatSync(join(target, path.slice(source.length)), { throwIfNoEntry: false });
    if (stat.isSymbolicLink()) return copy?.isSymbolicLink() === true;
    return stat.isDirectory() ? copy?.isDirectory() === true : copy?.isFile() === true && copy.size === stat.size;
  });
}

// An installation under umask 077 is readable by its owner only; the copy is for another user.
function openForReading(folder: string): void {
  chmodSync(folder, 0o755);
  for (const { path, stat } of entriesOf(folder)) {
    if (!stat.isSymbolicLink()) chmodSync(path, 0o755);
  }
}

function entriesOf(folder: string): { path: string; stat: Stats }[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).map((entry) => {
    const path = join(entry.parentPath, entry.name);
    return { path, stat: lstatSync(path) };
  });
}
