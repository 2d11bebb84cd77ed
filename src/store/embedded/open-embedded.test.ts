import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { createInterface } from "node:readline";
import pg from "pg";
import { afterEach, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { DatabaseRefused } from "./database-refused.ts";
import { layoutOf } from "./folder-layout.ts";
import { type EmbeddedOptions, type EmbeddedServer, openEmbedded } from "./open-embedded.ts";
import { livingPostmaster, stopPostmaster } from "./postmaster.ts";
import type { Connection } from "./server-address.ts";
import { boundServerLog, logBytesKept } from "./server-log.ts";

// Real servers on a busy machine: initdb alone takes between 0.8 s and several.

const isRoot = process.getuid?.() === 0;
const nobodyId = 65534;
const backWithinMs = 5_000;

describe("opening", () => {
  it("makes the database on the first call, and a second caller joins it", async () => {
    const folder = join(newFolder(), "not", "there yet");
    const first = await open({ folder });
    const second = await open({ folder });
    expect([first.started, second.started]).toEqual([true, false]);
    expect(second.connection).toEqual(first.connection);
    const [row] = await query(
      first.connection,
      `SELECT current_setting('server_encoding') AS encoding, current_setting('fsync') AS fsync,
              current_setting('full_page_writes') AS full, current_setting('data_checksums') AS checksums,
              current_setting('listen_addresses') AS tcp, datlocprovider AS provider, datlocale AS locale
       FROM pg_database WHERE datname = current_database()`,
    );
    expect(row).toEqual({
      encoding: "UTF8",
      fsync: "on",
      full: "on",
      checksums: "on",
      tcp: "",
      provider: "b",
      locale: "C.UTF-8",
    });
    expect(fs.statSync(join(folder, "mizan-database.json")).mode & 0o777).toBe(0o600);
    expect(fs.statSync(join(folder, "postgres")).mode & 0o777).toBe(0o700);
  });

  it("refuses whoever does not know the password, on the socket too", async () => {
    const { connection } = await open({ folder: await madeFolder() });
    await expect(query({ ...connection, password: "guess" }, "SELECT 1")).rejects.toMatchObject({ code: "28P01" });
  });

  it("keeps the rows over a stop, in a folder with spaces and letters of other scripts", async () => {
    const folder = join(newFolder(), "ميزان the scales 'n $HOME");
    const first = await open({ folder });
    await query(first.connection, "CREATE TABLE kept AS SELECT 7 AS seven");
    await first.close();
    expect(livingPostmaster(layoutOf(folder))).toBeUndefined();
    const again = await open({ folder });
    expect(again.started).toBe(true);
    expect(await query(again.connection, "SELECT seven FROM kept")).toEqual([{ seven: 7 }]);
  });

  it("lets one of four processes make and start it, and the last one stops it", async () => {
    const folder = newFolder();
    const openers = await Promise.all([1, 2, 3, 4].map(() => startOpener(folder)));
    expect(openers.map((opener) => opener.started).sort()).toEqual([false, false, false, true]);
    const server = livingPostmaster(layoutOf(folder))?.pid;
    for (const opener of openers.slice(0, 3)) await opener.end();
    expect(livingPostmaster(layoutOf(folder))?.pid).toBe(server);
    await openers[3]?.end();
    expect(livingPostmaster(layoutOf(folder))).toBeUndefined();
  });

  it("does not lose a joiner to those who leave at the same time", async () => {
    const folder = await madeFolder();
    for (let round = 0; round < 5; round += 1) {
      const leaving = await open({ folder });
      const [, joined] = await Promise.all([leaving.close(), open({ folder })]);
      expect(await query(joined.connection, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
      await joined.close();
    }
  });

  it("uses a short socket folder where the path would be too long, and 127.0.0.1 on demand", async () => {
    const folder = join(newFolder(), "long".repeat(30));
    await movedInto(folder);
    const server = await open({ folder });
    expect(basename(server.connection.host)).toMatch(/^mizan-[0-9a-f]{20}$/);
    expect(fs.statSync(server.connection.host).mode & 0o777).toBe(0o700);
    expect((await open({ folder })).started).toBe(false);
    await closeAll();
    expect(fs.existsSync(server.connection.host)).toBe(false);

    const overTcp = await open({ folder, transport: "tcp" });
    expect(overTcp.connection.host).toBe("127.0.0.1");
    expect(await query(overTcp.connection, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
    expect((await open({ folder })).connection).toEqual(overTcp.connection);
  });

  it("does not take the server of the folder it was copied from for its own", async () => {
    const folder = join(newFolder(), "long".repeat(30));
    await movedInto(folder);
    const original = await open({ folder });
    const copy = `${folder}-copy`;
    execFileSync("cp", ["-a", folder, copy]);
    const copied = await open({ folder: copy });
    expect(copied.started).toBe(true);
    expect(copied.connection.host).not.toBe(original.connection.host);
  });

  it("starts although the process id of its dead server now belongs to another program", async () => {
    const folder = await madeFolder();
    fs.writeFileSync(
      join(folder, "postgres/postmaster.pid"),
      `${process.pid}\n/gone\n1700000000\n5432\n.\n\n1 2\nready   \n`,
    );
    fs.writeFileSync(join(folder, "postgres/.s.PGSQL.5432.lock"), `${process.pid}\n`);
    expect((await open({ folder })).started).toBe(true);
  });

  it("keeps its log bounded while the server writes to it", async () => {
    const folder = await madeFolder();
    const { connection } = await open({ folder });
    const layout = layoutOf(folder);
    fs.appendFileSync(layout.log, "x".repeat(logBytesKept + 1));
    boundServerLog(layout);
    expect(fs.statSync(layout.log).size).toBe(0);
    await query(connection, "SELECT pg_reload_conf()");
    await query({ ...connection, password: "guess" }, "SELECT 1").catch(() => undefined);
    const text = fs.readFileSync(layout.log, "utf8");
    expect(text).toContain("password authentication failed");
    expect(text.startsWith("\0")).toBe(false);
  });
});

describe("dying", () => {
  it("outlives the kill -9 of its starter", async () => {
    const folder = await madeFolder();
    const starter = await startOpener(folder);
    expect(starter.started).toBe(true);
    const other = await open({ folder });
    starter.child.kill("SIGKILL");
    await once(starter.child, "exit");
    expect(await query(other.connection, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
    expect((await open({ folder })).started).toBe(false);
  });

  const steps = ["starting.lock", "mizan-database.json", /^postgres\.partial/, "postgres"];
  it.each(steps)("is complete or absent after a kill -9 in its making, at the moment of %s", async (step) => {
    const folder = newFolder();
    const child = spawnOpener(folder);
    await appears(folder, step);
    child.kill("SIGKILL");
    await once(child, "exit");
    const server = await open({ folder });
    expect(await query(server.connection, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
    await server.close();
    expect(fs.readdirSync(folder).filter((name) => name.includes("partial"))).toEqual([]);
  });

  it("comes back for everybody within 5 s of its own kill -9, with every committed row", async () => {
    const folder = await madeFolder();
    const server = await open({ folder });
    const other = await startOpener(folder);
    await query(server.connection, "CREATE TABLE entries (entry int)");
    const busy = new pg.Client(server.connection);
    busy.on("error", () => undefined);
    await busy.connect();
    // A child in a long computation does not notice that its server has gone, and holds the shared memory.
    const computation = expect(busy.query("SELECT count(*) FROM generate_series(1, 100000000000)")).rejects.toThrow();
    const writer = await clientOf(server.connection);
    for (let entry = 0; entry < 200; entry += 1) await writer.query("INSERT INTO entries VALUES ($1)", [entry]);

    process.kill(serverPid(folder), "SIGKILL");
    const begun = performance.now();
    const lines = other.nextLine();
    other.child.stdin?.write("revive\n");
    await Promise.all([server.revive(), server.revive(), lines]);
    expect(performance.now() - begun).toBeLessThan(backWithinMs);
    expect(await query(server.connection, "SELECT count(*)::int AS entries FROM entries")).toEqual([{ entries: 200 }]);
    await computation;
    await other.end();
  });

  it("is back over TCP too", async () => {
    const folder = await madeFolder();
    const server = await open({ folder, transport: "tcp" });
    process.kill(serverPid(folder), "SIGKILL");
    await server.revive();
    expect(await query(server.connection, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
  });

  it("is restarted when a cleaner has taken its socket away", async () => {
    const folder = await madeFolder();
    const server = await open({ folder });
    fs.rmSync(join(folder, "postgres/.s.PGSQL.5432"));
    await server.revive();
    expect(await query(server.connection, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
  });

  it("revives nothing after close", async () => {
    const server = await open({ folder: await madeFolder() });
    await server.close();
    await server.close();
    await expect(server.revive()).rejects.toThrow("was closed by this process");
  });
});

describe("refusing, with the folder left as it was", () => {
  const inCluster = (name: string) => (folder: string) => join(folder, "postgres", name);
  const control = inCluster("global/pg_control");
  const version = inCluster("PG_VERSION");
  const description = (folder: string) => join(folder, "mizan-database.json");
  // biome-ignore format: one damage a line
  const damages: [string, string, RegExp, (folder: string) => void][] = [
    ["a cluster of another major version", "other-major-version", /PostgreSQL 17;/, (folder) => fs.writeFileSync(version(folder), "17\n")],
    ["a description of another major version", "other-major-version", /PostgreSQL 19;/, (folder) => rewrite(description(folder), '"postgresMajor": 18', '"postgresMajor": 19')],
    ["a newer format", "newer-format", /has format 99/, (folder) => rewrite(description(folder), '"format": 1', '"format": 99')],
    ["a description that is not JSON", "damaged", /mizan-database\.json is damaged/, (folder) => fs.writeFileSync(description(folder), "{")],
    ["a description without its fields", "damaged", /mizan-database\.json is damaged/, (folder) => fs.writeFileSync(description(folder), '{"format":1}')],
    ["a missing description", "not-ours", /not made by Mizan/, (folder) => fs.rmSync(description(folder))],
    ["a missing cluster", "damaged", /PG_VERSION is missing/, (folder) => fs.rmSync(join(folder, "postgres"), { recursive: true })],
    ["an empty PG_VERSION", "damaged", /PG_VERSION is empty/, (folder) => fs.truncateSync(version(folder))],
    ["a missing pg_control", "damaged", /pg_control is missing/, (folder) => fs.rmSync(control(folder))],
    ["a truncated pg_control", "damaged", /has 100 bytes instead of 8192/, (folder) => fs.truncateSync(control(folder), 100)],
    ["a zeroed pg_control", "damaged", /only zeros/, (folder) => fs.writeFileSync(control(folder), Buffer.alloc(8192))],
    ["a missing write-ahead log", "damaged", /pg_wal is missing/, (folder) => fs.rmSync(inCluster("pg_wal")(folder), { recursive: true })],
  ];
  it.each(damages)("%s", async (_name, code, message, damage) => {
    const folder = join(newFolder(), "data");
    execFileSync("cp", ["-a", join(made, "light"), folder]);
    damage(folder);
    await expectRefusal(folder, code, message);
  });

  it("a cluster that PostgreSQL itself finds damaged", async () => {
    const folder = await madeFolder();
    const bytes = fs.readFileSync(control(folder));
    bytes.fill(0xff, 100, 200);
    fs.writeFileSync(control(folder), bytes);
    const before = fingerprint(join(folder, "postgres"));
    await expect(openEmbedded({ folder })).rejects.toMatchObject({
      code: "damaged",
      message: expect.stringMatching(/control file/),
    });
    expect(fingerprint(join(folder, "postgres"))).toEqual(before);
  });

  it("a folder that is not empty and not ours", async () => {
    const folder = newFolder();
    fs.writeFileSync(join(folder, "holiday.jpg"), "sun");
    await expectRefusal(folder, "not-ours", /it holds holiday\.jpg/);
    fs.writeFileSync(join(folder, "PG_VERSION"), "15\n");
    await expectRefusal(folder, "not-ours", /PostgreSQL cluster, version 15/);
  });

  it("a file instead of a folder", async () => {
    const file = join(newFolder(), "file");
    fs.writeFileSync(file, "text");
    await expect(openEmbedded({ folder: file })).rejects.toMatchObject({ code: "not-a-folder" });
    await expect(openEmbedded({ folder: join(file, "below") })).rejects.toMatchObject({ code: "not-a-folder" });
    expect(fs.readFileSync(file, "utf8")).toBe("text");
  });

  it("a password that the database does not know", async () => {
    const folder = await madeFolder();
    rewrite(description(folder), /"password": ".*"/, '"password": "of another backup"');
    await expect(openEmbedded({ folder })).rejects.toMatchObject({
      code: "damaged",
      message: expect.stringMatching(/same backup/),
    });
    expect(livingPostmaster(layoutOf(folder))).toBeUndefined();
  });

  it.skipIf(isRoot && !canBecomeNobody())("a folder that the user may not write or read", async () => {
    const parent = isRoot ? newFolder(0o711) : newFolder();
    for (const [mode, code] of [
      [0o555, "unwritable"],
      [0o311, "unreadable"],
    ] as const) {
      const folder = join(parent, code);
      fs.mkdirSync(folder);
      fs.chmodSync(folder, mode);
      const refusal = isRoot ? await refusalOfNobody(folder) : await openEmbedded({ folder }).catch((error) => error);
      fs.chmodSync(folder, 0o755);
      expect(refusal).toMatchObject({ code });
      expect(fs.readdirSync(folder)).toEqual([]);
    }
  });

  it.skipIf(!canMount())("a full disk, at once or in the middle (needs root and mount)", async () => {
    const kinds = [
      ["size=20m", /20 MB are free/],
      ["size=200m,nr_inodes=300", /No space left/],
    ] as const;
    for (const [options, message] of kinds) {
      const disk = newFolder();
      execFileSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", disk]);
      try {
        const before = fingerprint(disk);
        const refusal = { code: "disk-full", message: expect.stringMatching(message) };
        await expect(openEmbedded({ folder: join(disk, "new", "data") })).rejects.toMatchObject(refusal);
        await expect(openEmbedded({ folder: disk })).rejects.toMatchObject(refusal);
        expect(fingerprint(disk)).toEqual(before);
      } finally {
        execFileSync("umount", [disk]);
      }
    }
  });
});

describe("users", () => {
  it.skipIf(!isRoot)("works as root below a folder that only root can enter (needs root)", async () => {
    const parent = newFolder();
    fs.chmodSync(parent, 0o700);
    const folder = join(parent, "clone", "data");
    const server = await open({ folder });
    expect(await query(server.connection, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
    const status = fs.readFileSync(`/proc/${serverPid(folder)}/status`, "utf8");
    expect(status).toMatch(/^Uid:\s+65534\s+65534\s+65534\s+65534$/m);
    expect(status).toMatch(/^Groups:\s*$/m);
    expect(fs.statSync(parent).mode & 0o777).toBe(0o700);
  });

  it.skipIf(!canBecomeNobody())(
    "works as a plain user, and root can come after them (needs root, to become one)",
    async () => {
      const folder = join(newFolder(0o711), "of a user");
      fs.mkdirSync(folder, { mode: 0o700 });
      fs.chownSync(folder, nobodyId, nobodyId);
      const plain = await startOpener(folder, nobodyId);
      expect(plain.started).toBe(true);
      expect((await open({ folder })).started).toBe(false);
      await plain.end();
      await closeAll();

      const asRoot = await open({ folder });
      expect(asRoot.started).toBe(true);
      const owners = fs.readdirSync(folder).map((name) => fs.statSync(join(folder, name)).uid);
      expect(new Set(owners)).toEqual(new Set([nobodyId]));
      await asRoot.close();
      const plainAgain = await startOpener(folder, nobodyId);
      expect(plainAgain.started).toBe(true);
      await plainAgain.end();
    },
  );
});

// --- one made database, copied for every test that only needs some database

let made: string;

beforeAll(async () => {
  made = fs.mkdtempSync(join(tmpdir(), "mizan-made-"));
  const server = await openEmbedded({ folder: join(made, "data") });
  await server.close();
  // Without the bulk, which no look at the folder reads: a dozen tests copy it and hash it twice.
  execFileSync("cp", ["-a", join(made, "data"), join(made, "light")]);
  for (const bulk of ["base/1", "base/4", "base/5", "pg_wal"]) {
    fs.rmSync(join(made, "light/postgres", bulk), { recursive: true });
    fs.mkdirSync(join(made, "light/postgres", bulk));
  }
  return () => fs.rmSync(made, { recursive: true });
});

async function madeFolder(): Promise<string> {
  const folder = join(newFolder(), "data");
  await movedInto(folder);
  return folder;
}

async function movedInto(folder: string): Promise<void> {
  execFileSync("cp", ["-a", join(made, "data"), folder]);
}

// --- what a test opened, and its folders, are gone after it

const folders: string[] = [];
const servers: EmbeddedServer[] = [];
const children: ChildProcess[] = [];

afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill("SIGKILL");
    await once(child, "exit");
  }
  await closeAll();
  for (const folder of folders.splice(0)) {
    for (const entry of fs.readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (entry.name === "postmaster.pid") await stopPostmaster(layoutOf(join(entry.parentPath, "..")), 5_000);
    }
    fs.rmSync(folder, { recursive: true, force: true });
  }
});

async function closeAll(): Promise<void> {
  for (const server of servers.splice(0)) await server.close();
}

function newFolder(mode = 0o700): string {
  const folder = fs.mkdtempSync(join(tmpdir(), "mizan-embedded-"));
  fs.chmodSync(folder, mode);
  folders.push(folder);
  return folder;
}

async function open(options: EmbeddedOptions): Promise<EmbeddedServer> {
  const server = await openEmbedded(options);
  servers.push(server);
  return server;
}

// --- another process that opens the folder, says so, and obeys "revive" and "close"

const openerProgram = `
  import { createInterface } from "node:readline";
  import { openEmbedded } from ${JSON.stringify(new URL("./open-embedded.ts", import.meta.url).href)};
  const say = (value) => process.stdout.write(JSON.stringify(value) + "\\n");
  try {
    const server = await openEmbedded({ folder: process.env.FOLDER });
    say({ started: server.started });
    for await (const line of createInterface({ input: process.stdin })) {
      if (line === "revive") { await server.revive(); say({ revived: true }); }
      if (line === "close") { await server.close(); process.exit(0); }
    }
  } catch (error) {
    say({ code: error.code, message: error.message });
    process.exit(1);
  }
`;

interface Opener {
  child: ChildProcess;
  started: boolean;
  nextLine(): Promise<Record<string, unknown>>;
  end(): Promise<void>;
}

function spawnOpener(folder: string, uid?: number): ChildProcess {
  const child = spawn(process.execPath, ["--input-type=module", "--eval", openerProgram], {
    cwd: "/",
    env: { ...process.env, FOLDER: folder },
    stdio: ["pipe", "pipe", "inherit"],
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  children.push(child);
  return child;
}

async function startOpener(folder: string, uid?: number): Promise<Opener> {
  const child = spawnOpener(folder, uid);
  const nextLine = linesOf(child);
  const { started, message } = await nextLine();
  expect(message).toBeUndefined();
  return {
    child,
    started: started === true,
    nextLine,
    end: async () => {
      child.stdin?.write("close\n");
      await once(child, "exit");
    },
  };
}

async function refusalOfNobody(folder: string): Promise<Record<string, unknown>> {
  return linesOf(spawnOpener(folder, nobodyId))();
}

function linesOf(child: ChildProcess): () => Promise<Record<string, unknown>> {
  if (!child.stdout) throw new Error("the opener has no standard output");
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return async () => JSON.parse((await lines.next()).value ?? '{"message":"the opener ended without a word"}');
}

// --- looking

async function clientOf(connection: Connection): Promise<pg.Client> {
  const client = new pg.Client(connection);
  client.on("error", () => undefined);
  await client.connect();
  onTestFinished(() => client.end().catch(() => undefined));
  return client;
}

async function query(connection: Connection, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client(connection);
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

function serverPid(folder: string): number {
  const postmaster = livingPostmaster(layoutOf(folder));
  if (!postmaster) throw new Error(`no server lives in ${folder}`);
  return postmaster.pid;
}

async function appears(folder: string, wanted: string | RegExp): Promise<void> {
  const isThere = () =>
    fs.readdirSync(folder).some((name) => (typeof wanted === "string" ? name === wanted : wanted.test(name)));
  const watcher = fs.watch(folder);
  while (!isThere()) await once(watcher, "change");
  watcher.close();
}

async function expectRefusal(folder: string, code: string, message: RegExp): Promise<void> {
  const before = fingerprint(folder);
  const refusal: unknown = await openEmbedded({ folder }).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(DatabaseRefused);
  expect(refusal).toMatchObject({ code, message: expect.stringMatching(message) });
  expect(refusal).toHaveProperty("message", expect.stringContaining(folder));
  expect(fingerprint(folder)).toEqual(before);
}

/** Every name below the folder with its mode, owner, time of change and content. */
function fingerprint(folder: string): string[] {
  const entries = fs.readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      const { mode, uid, gid, size, mtimeMs } = fs.lstatSync(path);
      if (!entry.isFile()) return [path.slice(folder.length), mode, uid, gid].join(" ");
      const hash = createHash("sha256").update(fs.readFileSync(path)).digest("hex");
      return [path.slice(folder.length), mode, uid, gid, size, mtimeMs, hash].join(" ");
    })
    .sort();
}

function rewrite(path: string, from: string | RegExp, to: string): void {
  const text = fs.readFileSync(path, "utf8");
  expect(text).toMatch(from);
  fs.writeFileSync(path, text.replace(from, to));
}

/** Whether another user can run this program: not where it lies below a folder of mode 0700. */
function canBecomeNobody(): boolean {
  if (!isRoot) return false;
  const source = `require("node:fs").readFileSync(${JSON.stringify(import.meta.filename)})`;
  const become = { uid: nobodyId, gid: nobodyId, cwd: "/" };
  return spawnSync(process.execPath, ["--eval", source], become).status === 0;
}

function canMount(): boolean {
  if (!isRoot || process.platform !== "linux") return false;
  const folder = fs.mkdtempSync(join(tmpdir(), "mizan-mount-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "tmpfs", folder], { stdio: "ignore" });
    execFileSync("umount", [folder]);
    return true;
  } catch {
    return false;
  } finally {
    fs.rmdirSync(folder);
  }
}
