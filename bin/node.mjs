/** Finds a Node that runs TypeScript as it stands. Plain JavaScript for Node 20. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

const needed = "22.18";

/** Whether this very process is new enough. */
export function isNewEnough(version = process.versions.node) {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > 22 || (major === 22 && minor >= 18);
}

/**
 * The program of a Node that is new enough: this one, or the one that npm installed.
 * @param {string} root folder of package.json
 * @throws {Error} saying what to install
 */
export function findNode(root) {
  if (isNewEnough()) return process.execPath;
  const name = process.platform === "win32" ? "node.exe" : "node";
  const installed = [
    join(root, "node_modules", ".bin", name),
    join(
      root,
      "node_modules",
      `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`,
      "bin",
      name,
    ),
  ];
  for (const program of installed) {
    if (!existsSync(program)) continue;
    const { stdout } = spawnSync(program, ["--version"], { encoding: "utf8" });
    if (isNewEnough(String(stdout).replace(/^v/, ""))) return program;
  }
  throw new Error(
    `Mizan needs Node ${needed} or newer; this is ${process.versions.node}, and npm has none for ${process.platform}-${process.arch}. Install it from https://nodejs.org.`,
  );
}
