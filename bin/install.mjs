/**
 * Installs the dependencies where they are missing or older than the lockfile, so that every command of a bare clone
 * works at once. Plain JavaScript for Node 20 and without any package, because it runs before there is one.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const pollMs = 200;
/** The installing process touches its lock this often; one that has not been touched for much longer is left over. */
const touchMs = 2_000;
const staleMs = 20_000;

/**
 * Makes `node_modules` fit `package-lock.json`. Two starts at once install once: the second waits for the first.
 * @param {string} root folder of package.json
 * @throws {Error} when npm fails
 */
export async function install(root) {
  if (isInstalled(root)) return;
  const lock = join(root, ".installing");
  for (let waited = false; !takeLock(lock); waited = true) {
    if (!waited) console.error("Another start is installing the dependencies; waiting for it.");
    await sleep(pollMs);
    if (isInstalled(root)) return;
  }
  const touching = setInterval(() => touch(lock), touchMs);
  try {
    if (isInstalled(root)) return;
    console.error("Installing the dependencies, once; this takes about half a minute …");
    await installPackages(root);
    writeMarker(root);
  } finally {
    clearInterval(touching);
    rmSync(lock, { force: true });
  }
}

/** The marker holds the lockfile's digest; without one, the list that npm leaves in node_modules is compared. */
function isInstalled(root) {
  const { marker, digest } = markerOf(root);
  if (existsSync(marker) && readFileSync(marker, "utf8").trim() === digest) return true;
  const listed = join(root, "node_modules", ".package-lock.json");
  // While another start installs, its half-finished folder must not be taken for a whole one.
  if (!existsSync(listed) || existsSync(join(root, ".installing"))) return false;
  const wanted = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
  const present = JSON.parse(readFileSync(listed, "utf8")).packages;
  const fits = Object.entries(wanted).every(([path, { version, optional, dev, link }]) => {
    if (path === "" || link) return true;
    return present[path] === undefined ? optional === true || dev === true : present[path].version === version;
  });
  if (fits) writeMarker(root);
  return fits;
}

function markerOf(root) {
  const digest = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  return { marker: join(root, "node_modules", ".mizan-lockfile"), digest };
}

function writeMarker(root) {
  const { marker, digest } = markerOf(root);
  try {
    writeFileSync(marker, `${digest}\n`);
  } catch {
    // The folder may belong to somebody else; then the comparison is made again at the next start.
  }
}

/** The file is made by one process only; one that nobody touches any more is taken away. */
function takeLock(lock) {
  try {
    writeFileSync(lock, `${process.pid}\n`, { flag: "wx" });
    return true;
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
  }
  try {
    if (Date.now() - statSync(lock).mtimeMs > staleMs) rmSync(lock, { force: true });
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
  }
  return false;
}

function touch(lock) {
  try {
    const now = new Date();
    utimesSync(lock, now, now);
  } catch {
    // Taken away by hand; the installation goes on.
  }
}

/**
 * Installs what the lockfile names. Some mirrors of the registry lack packages that only other platforms need; `npm ci`
 * refuses then, while `npm install` leaves them out and takes everything else exactly as the lockfile says.
 */
async function installPackages(root) {
  const quiet = ["--no-audit", "--no-fund", "--loglevel=error"];
  const strict = await npm(root, ["ci", ...quiet]);
  if (strict.code === 0) return;
  const lenient = await npm(root, ["install", "--no-save", ...quiet]);
  if (lenient.code === 0) return;
  throw new Error(`npm could not install the dependencies:\n${strict.words}\n${lenient.words}`);
}

function npm(root, words) {
  return new Promise((resolve, reject) => {
    const child = spawn("npm", words, {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
      shell: process.platform === "win32",
    });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk) => {
        said += chunk;
      });
    }
    child.once("error", (error) => reject(new Error(`npm could not be started: ${error.message}`)));
    child.once("close", (code) => resolve({ code, words: said.trim() }));
  });
}
