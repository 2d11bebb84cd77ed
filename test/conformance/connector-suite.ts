import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Connector, Facts } from "../../src/core/connector.ts";
import { NeedsPerson } from "../../src/core/errors.ts";
import type { Mapped } from "../../src/core/mapping.ts";
import type { ChangedSince, Page, SourceResource } from "../../src/core/resources.ts";
import { type OpenConnection, openConnection } from "./open-connection.ts";
import { type Fields, type StandIn, startStandIn } from "./stand-in.ts";

/** Questions that a probe asks at most, where the connector's case does not say. */
const probeMaximumCalls = 12;
/** More than two pages of every vendor. */
const manyRows = 450;

/** One way in which a vendor may behave: its switches, and what a probe then finds out. */
interface Behaviour {
  readonly name: string;
  readonly switches: Fields;
}

/** A source as the suite sees it. */
interface SourceCase {
  readonly name: string;
  /** the stand-in's records behind it, such as `zoho-books/salesorders` */
  readonly records: string;
  /** the path of the list; `/` and the name where left out */
  readonly path?: string;
  readonly idField: string;
  /** what records of it consist of is stored here first */
  readonly arrange?: (standIn: StandIn) => Promise<unknown>;
  /** the form of the vendor's ids; 19 digits where left out */
  readonly ids?: RegExp;
  /** a made-up record; `index` makes it differ */
  readonly make: (index: number) => Fields;
  /** a change after which a record cannot be read, and the field that its rejection names */
  readonly spoil: { readonly changes: Fields; readonly field: string };
  readonly behaviours: readonly Behaviour[];
  /** the behaviour under which an interrupted list can be continued; absent where only a complete pass counts */
  readonly resumes?: string;
}

/** A target as the suite sees it. */
interface TargetCase {
  readonly name: string;
  readonly records: string;
  /** the path of its calls; `/` and the name where left out */
  readonly path?: string;
  /** the field of a stored record that holds its id; `id` where left out */
  readonly idField?: string;
  /** made-up parents that payloads refer to are stored here first */
  readonly arrange?: (standIn: StandIn) => Promise<readonly string[]>;
  readonly payload: (index: number, parents: readonly string[]) => Mapped;
  /** a payload that the vendor refuses */
  readonly refused: (parents: readonly string[]) => Mapped;
  /** `method` is that of the call which changes it; PATCH where left out */
  readonly update?: { readonly changes: Mapped; readonly stored: Fields; readonly method?: string };
  /** settings without which doubtful creates are told apart by content only; left out where one way serves all */
  readonly withoutRemoteIds?: Fields;
}

/** What a connector shows the suite. */
export interface ConnectorCase<Settings, Secrets> {
  readonly connector: Connector<Settings, Secrets>;
  readonly settings: (standIn: StandIn) => Fields;
  readonly secrets: (standIn: StandIn) => Secrets;
  readonly wrongSecrets: (right: Secrets) => readonly Secrets[];
  /** a reading call that works with the right credentials */
  readonly look: (connection: OpenConnection) => Promise<unknown>;
  /** true where the credentials themselves are the token, which has no end */
  readonly lastingToken?: true;
  readonly missingScope?: { readonly switches: Fields; readonly scope: string };
  readonly probes: readonly Behaviour[];
  /** questions that the probe asks at most; a dozen where left out */
  readonly probeCalls?: number;
  readonly sources: readonly SourceCase[];
  readonly targets: readonly TargetCase[];
}

/** What every connector must show, against the stand-in servers over HTTP and through the real door. */
export function connectorSuite<Settings, Secrets>(given: ConnectorCase<Settings, Secrets>): void {
  const { connector } = given;
  let standIn: StandIn;
  let opened: OpenConnection[] = [];
  /** what replaced the secrets that work once, since the last reset */
  let renewed: Secrets | null = null;
  const connect = (more: { settings?: Fields; secrets?: Secrets; facts?: Facts } = {}) => {
    const connection = openConnection(connector, {
      settings: { ...given.settings(standIn), ...more.settings },
      secrets: more.secrets ?? renewed ?? given.secrets(standIn),
      facts: more.facts ?? {},
      onRenewed: (secrets) => {
        renewed = secrets as Secrets;
      },
    });
    opened.push(connection);
    return connection;
  };
  const context: SuiteContext<Secrets> = {
    standIn: () => standIn,
    connect,
    vendor: connector.vendor,
    behave: (switches) => {
      renewed = null;
      return standIn.reset({ [connector.vendor]: switches });
    },
  };

  beforeAll(async () => {
    standIn = await startStandIn();
  });
  afterAll(() => standIn.stop());
  beforeEach(() => {
    renewed = null;
    return standIn.reset();
  });
  afterEach(async () => {
    for (const connection of opened) await connection.close();
    const logged = opened.flatMap(({ logged: lines }) => lines).join("\n");
    const secrets = Object.entries(given.secrets(standIn) as Record<string, string>)
      .filter(([name]) => name !== "clientId" && name !== "username")
      .map(([, secret]) => secret);
    for (const secret of [...secrets, ...opened.flatMap(({ tokens }) => tokens)]) expect(logged).not.toContain(secret);
    opened = [];
  });

  describe("signing in", () => signInTests(given, context));
  describe("probe", () => probeTests(given, context));
  for (const source of given.sources) describe(`source ${source.name}`, () => sourceTests(source, context));
  for (const target of given.targets) describe(`target ${target.name}`, () => targetTests(target, context));
}

type Connections = Pick<SuiteContext<never>, "standIn" | "vendor" | "behave"> & {
  readonly connect: (more?: { settings?: Fields; facts?: Facts }) => OpenConnection;
};

interface SuiteContext<Secrets> {
  readonly standIn: () => StandIn;
  readonly connect: (more?: { settings?: Fields; secrets?: Secrets; facts?: Facts }) => OpenConnection;
  readonly vendor: string;
  readonly behave: (switches: Fields) => Promise<void>;
}

function signInTests<Settings, Secrets>(given: ConnectorCase<Settings, Secrets>, context: SuiteContext<Secrets>): void {
  test("wrong credentials need a person", async () => {
    for (const secrets of given.wrongSecrets(given.secrets(context.standIn()))) {
      const error = await given.look(context.connect({ secrets })).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(NeedsPerson);
      expect(error).toMatchObject({ action: { code: "credentials-refused" } });
    }
  });

  test.skipIf(given.lastingToken === true)("an expired token is renewed once, and the call goes through", async () => {
    const connection = context.connect();
    await given.look(connection);
    await context.standIn().expireTokens(context.vendor);
    await given.look(connection);
    expect(connection.tokens).toHaveLength(2);
  });

  test("many calls at once share one token", async () => {
    const connection = context.connect();
    await Promise.all(Array.from({ length: 8 }, () => given.look(connection)));
    expect(connection.tokens).toHaveLength(1);
  });

  const { missingScope } = given;
  if (missingScope === undefined) return;
  test("a missing scope is named, and no other token is asked for it", async () => {
    await context.behave(missingScope.switches);
    const connection = context.connect();
    await expect(given.look(connection)).rejects.toMatchObject({
      action: { code: "scope-missing", parameters: { scope: missingScope.scope } },
    });
    expect(connection.tokens).toHaveLength(1);
  });
}

function probeTests<Settings, Secrets>(given: ConnectorCase<Settings, Secrets>, context: SuiteContext<Secrets>): void {
  test.each(given.probes)("asks few reading calls: $name", async ({ switches }) => {
    await context.behave(switches);
    for (const { records, make, arrange } of given.sources) {
      await arrange?.(context.standIn());
      await context.standIn().add(records, rowsOf(make, 230));
    }
    const connection = context.connect();
    const facts = await connection.session.probe();
    expect(Object.keys(facts)).not.toEqual([]);
    const asked = connection.calls.filter(({ path }) => !path.includes("oauth"));
    expect(asked.length).toBeLessThanOrEqual(given.probeCalls ?? probeMaximumCalls);
    expect(new Set(asked.map(({ method }) => method))).toEqual(new Set(["GET"]));
  });
}

function sourceTests(given: SourceCase, context: Connections): void {
  const { records, path = `/${given.name}`, idField, behaviours } = given;
  const probed = async (): Promise<Facts> => await context.connect().session.probe();
  const sourceOf = ({ session }: OpenConnection) =>
    session.sources[given.name] as unknown as SourceResource<Fields, Fields>;
  const addMany = async (count: number) => {
    await given.arrange?.(context.standIn());
    const rows = await context.standIn().add(records, rowsOf(given.make, count));
    return rows.map((row) => String(row[idField]));
  };

  describe.each(behaviours)("$name", ({ switches }) => {
    test.each(["delete", "touch", "insert"])("loses no row while rows shift (%s)", async (shift) => {
      await context.behave(switches);
      const before = await addMany(manyRows);
      const facts = await probed();
      await context.standIn().fault({ vendor: context.vendor, kind: "shift-rows", path, shift, count: 3 });
      const pages = await readAll(sourceOf(context.connect({ facts })), everything);
      const after = new Set((await context.standIn().all(records)).map((row) => String(row[idField])));
      const stayed = before.filter((id) => after.has(id));
      expect(pages.length).toBeGreaterThan(2);
      expect(stayed.filter((id) => !idsOf(pages, idField).has(id))).toEqual([]);
    });

    test("an unreadable row is told by its field, and the others come", async () => {
      await context.behave(switches);
      const [spoilt = "", ...others] = await addMany(5);
      await context.standIn().change(records, spoilt, given.spoil.changes);
      const source = sourceOf(context.connect({ facts: await probed() }));
      const pages = await readAll(source, everything);
      expect([...idsOf(pages, idField)].sort()).toEqual(others.sort());
      expect(pages.flatMap(({ unreadable }) => unreadable)).toEqual([
        expect.objectContaining({
          id: spoilt,
          rejection: expect.objectContaining({ parameters: expect.objectContaining({ field: given.spoil.field }) }),
        }),
      ]);
      expect(await source.read([spoilt])).toMatchObject(new Map([[spoilt, { kind: "unreadable" }]]));
    });
  });

  test("broken answers in the middle of a list are survived", async () => {
    await context.behave(behaviours[0]?.switches ?? {});
    const ids = await addMany(manyRows);
    const facts = await probed();
    const kinds = ["status", "cut", "malformed-json", "empty-body", "status-after"];
    for (const [index, kind] of kinds.entries())
      await context.standIn().fault({ vendor: context.vendor, kind, path, count: 1, afterCalls: index % 3 });
    const pages = await readAll(sourceOf(context.connect({ facts })), everything);
    expect([...idsOf(pages, idField)].sort()).toEqual(ids.sort());
  });

  test("full records come by id, missing ones are told, and ids stay exact", async () => {
    const ids = await addMany(3);
    const source = sourceOf(context.connect());
    const [gone = ""] = ids;
    await context.standIn().remove(records, gone);
    for (const id of ids) {
      const result = (await source.read([id])).get(id);
      if (id === gone) expect(result).toEqual({ kind: "missing" });
      else expect(result).toMatchObject({ kind: "found", record: { [idField]: id } });
      expect(id).toMatch(given.ids ?? /^\d{19}$/);
    }
  });

  const { resumes } = given;
  const behaviour = behaviours.find(({ name }) => name === resumes);
  if (behaviour === undefined) return;
  test("an interrupted list is continued from the position of its last finished page", async () => {
    await context.behave(behaviour.switches);
    const ids = await addMany(manyRows);
    const facts = await probed();
    const started: Page<Fields>[] = [];
    for await (const page of sourceOf(context.connect({ facts })).changedSince(everything)) {
      started.push(page);
      break;
    }
    const position = started[0]?.position ?? null;
    expect(position).not.toBeNull();
    const connection = context.connect({ facts });
    const rest = await readAll(sourceOf(connection), { ...everything, position });
    expect([...idsOf([...started, ...rest], idField)].sort()).toEqual(ids.sort());
    expect(idsOf(rest, idField).size).toBeLessThan(ids.length);
  });
}

function targetTests(given: TargetCase, context: Connections): void {
  const { records, path = `/${given.name}`, idField = "id", withoutRemoteIds } = given;
  const targetOf = ({ session }: OpenConnection) => {
    const target = session.targets[given.name];
    if (target === undefined) throw new Error(`${context.vendor} has no target ${given.name}`);
    return target;
  };
  const arrange = async () => (await given.arrange?.(context.standIn())) ?? [];
  const stored = async () => await context.standIn().all(records);
  const storedIds = async () => (await stored()).map((row) => String(row[idField]));

  test("a create is done once and names its id", async () => {
    const parents = await arrange();
    const result = await targetOf(context.connect()).create(given.payload(1, parents));
    expect(await storedIds()).toEqual([result.kind === "done" ? result.id : result]);
  });

  test("what the vendor refuses is refused, and nothing is stored", async () => {
    const parents = await arrange();
    const result = await targetOf(context.connect()).create(given.refused(parents));
    expect(result).toMatchObject({ kind: "refused" });
    expect(await stored()).toEqual([]);
  });

  describe.each([
    { name: "with remote ids", settings: {} },
    ...(withoutRemoteIds === undefined ? [] : [{ name: "without remote ids", settings: withoutRemoteIds }]),
  ])("$name", ({ settings }) => {
    test.each(["cut-after", "status-after", "malformed-json"])(
      "a create behind %s is in doubt, and is found",
      async (kind) => {
        const parents = await arrange();
        const connection = context.connect({ settings });
        const target = targetOf(connection);
        // Rows of others around the doubtful one must not be taken for it.
        for (const index of [1, 2])
          expect(await target.create(given.payload(index, parents))).toMatchObject({ kind: "done" });
        await context
          .standIn()
          .fault({ vendor: context.vendor, kind, method: "POST", path, count: 1, afterWork: true });
        const sentAt = Date.now();
        const payload = given.payload(3, parents);
        expect(await target.create(payload)).toMatchObject({ kind: "in-doubt" });
        const all = await storedIds();
        expect(all).toHaveLength(3);
        const absent = { key: "absent", payload: given.payload(4, parents), sentAt };
        const found = await target.find([{ key: "made", payload, sentAt }, absent]);
        expect(found).toEqual(
          new Map([
            ["made", [all.at(-1)]],
            ["absent", []],
          ]),
        );
      },
    );

    test.each(["cut", "status"])("a create behind %s is in doubt, and is not there", async (kind) => {
      const parents = await arrange();
      const target = targetOf(context.connect({ settings }));
      await context.standIn().fault({ vendor: context.vendor, kind, method: "POST", path, count: 1 });
      const payload = given.payload(1, parents);
      const sentAt = Date.now();
      expect(await target.create(payload)).toMatchObject({ kind: "in-doubt" });
      expect(await target.find([{ key: "one", payload, sentAt }])).toEqual(new Map([["one", []]]));
    });

    test("among many rows exactly the doubtful ones are found", async () => {
      const parents = await arrange();
      const target = targetOf(context.connect({ settings: { ...settings, concurrency: 8 } }));
      const sentAt = Date.now();
      const payloads = Array.from({ length: 230 }, (_, index) => given.payload(index, parents));
      const made = await Promise.all(payloads.map((payload) => target.create(payload)));
      const doubtful = [0, 115, 229].map((index) => ({ key: String(index), payload: payloads[index] ?? {}, sentAt }));
      const found = await target.find(doubtful);
      for (const { key } of doubtful) {
        const result = made[Number(key)];
        expect(found.get(key)).toEqual([result?.kind === "done" ? result.id : "not made"]);
      }
    });
  });

  const { update } = given;
  if (update === undefined) return;
  test("an update changes only what it names, is repeated safely, and misses what is gone", async () => {
    const parents = await arrange();
    const target = targetOf(context.connect());
    const made = await target.create(given.payload(1, parents));
    if (made.kind !== "done") throw new Error(`not made: ${made.kind}`);
    const [before] = await stored();
    await context
      .standIn()
      .fault({ vendor: context.vendor, kind: "cut-after", method: update.method ?? "PATCH", count: 2 });
    expect(await target.update(made.id, update.changes)).toEqual({ kind: "done", id: made.id });
    const [after] = await stored();
    const { updatedAt: _updated, last_modified_time: _modified, updated_at: _changed, ...rest } = before ?? {};
    expect(after).toMatchObject({ ...rest, ...update.stored });
    await context.standIn().remove(records, made.id);
    expect(await target.update(made.id, update.changes)).toMatchObject({ kind: "missing" });
  });
}

const everything: ChangedSince = { since: null, notBefore: null, position: null };

/** Reads a list to its end. */
export async function readAll<Row>(source: SourceResource<Row, Row>, request: ChangedSince): Promise<Page<Row>[]> {
  const pages: Page<Row>[] = [];
  for await (const page of source.changedSince(request)) pages.push(page);
  return pages;
}

/** The ids of all rows, each once. */
export function idsOf(pages: readonly Page<Fields>[], idField: string): Set<string> {
  return new Set(pages.flatMap(({ rows }) => rows.map((row) => String(row[idField]))));
}

function rowsOf(make: (index: number) => Fields, count: number): Fields[] {
  return Array.from({ length: count }, (_, index) => make(index));
}
