/**
 * The mapping kernel: a mapping table as data. Each row says which source fields it reads and by which rule, in words,
 * so that the printed table, the plan and the sync can never disagree.
 */
import { RecordRejected } from "./errors.ts";
import type { Reason, ReasonCode, ReasonParameters } from "./reasons.ts";

declare const idOf: unique symbol;

/** An id of a record at a target. Only `linked` makes one, so an unlinked id does not compile. */
export type Id<Resource extends string> = string & { readonly [idOf]: Resource };

/**
 * Asks the engine for the other id of a linked record. `there`: from its id at the flow's source to the one at the target;
 * `back`: from its id at the flow's target to the one at the source, for flows that run the other way.
 */
export class LinkRequest {
  readonly flow: string;
  /** the id that is known: at the flow's source, or at its target where the way is `back` */
  readonly id: string;
  readonly way: "there" | "back";

  constructor(flow: string, id: string, way: "there" | "back" = "there") {
    this.flow = flow;
    this.id = id;
    this.way = way;
  }

  toJSON(): Record<string, string> {
    return this.way === "there" ? { linked: this.flow, sourceId: this.id } : { linked: this.flow, targetId: this.id };
  }
}

/** What a row may ask besides the source record. */
export interface MappingContext<Settings> {
  readonly settings: Settings;
  /** true when the record does not exist at the target yet */
  readonly creating: boolean;
  /** the record as it was last written, with references by source id; null when it was not written yet */
  readonly before: Mapped | null;
  /** true when the record was first made at the target, by people and not by this flow */
  readonly madeThere: boolean;
  /** what was kept of the record that this one belongs to when that was linked; null where nothing was */
  readonly parentKept?: Mapped | null;
  /** the present moment, milliseconds since 1970, for documents that carry the day they are sent */
  readonly now: number;
  /** keeps a remark in the history of the record */
  note(code: ReasonCode, parameters: ReasonParameters): void;
}

/** A pure change of one value, with the words that the printed table shows. */
export interface Conversion<In, Out> {
  readonly words: string;
  /** @throws {RecordRejected} naming `field` where the value cannot be converted. */
  convert(value: In, field: string, note: MappingContext<never>["note"]): Out;
}

/** One row of a mapping table: target field ← source fields, rule in words. */
export interface Row<Source, Settings, Out> {
  readonly sources: readonly string[];
  readonly words: string;
  /** what the value is at the target: a plain value, the id of another record, or a list of lines */
  readonly shape: "value" | "linked" | "lines";
  /** the rows of one line, where the shape is `lines` */
  readonly lines?: LineRows;
  /** `undefined` leaves the target field out */
  read(source: Source, context: MappingContext<Settings>): Out;
}

/** The rows inside an `each`, kept for the printed table. */
export type LineRows = Readonly<Record<string, Pick<Row<never, never, unknown>, "sources" | "words">>>;

/** A row that can still be converted. */
export interface OpenRow<Source, Settings, Out> extends Row<Source, Settings, Out> {
  /** the same row with a conversion behind it */
  as<Next>(conversion: Conversion<Out, Next>): OpenRow<Source, Settings, Next>;
  /** sends the field only under a condition; else it is left out and never compared */
  onlyWhen(
    words: string,
    when: (context: MappingContext<Settings>) => boolean,
  ): OpenRow<Source, Settings, Out | undefined>;
}

/** All rows of a table: one for each field of the target, none forgotten. */
export type Rows<Source, Settings, Target> = {
  readonly [Field in keyof Target]-?: Row<Source, Settings, Target[Field]>;
};

type Field<Source> = keyof Source & string;

/** The words with which a flow file writes its rows. */
export interface Columns<Source, Settings> {
  /** one field as it stands */
  <Name extends Field<Source>>(name: Name): OpenRow<Source, Settings, Source[Name]>;
  /** several fields and a rule in words */
  from<Out>(
    names: readonly Field<Source>[],
    words: string,
    rule: (source: Source, context: MappingContext<Settings>) => Out,
  ): OpenRow<Source, Settings, Out>;
  /** a rule that an option of the integration decides */
  setting<Name extends keyof Settings & string, Out>(
    name: Name,
    names: readonly Field<Source>[],
    words: string,
    rule: (source: Source, setting: Settings[Name], context: MappingContext<Settings>) => Out,
  ): OpenRow<Source, Settings, Out>;
  /** the target id of another record, through its link */
  linked<Resource extends string>(name: Field<Source>, flow: string): OpenRow<Source, Settings, Id<Resource>>;
  /** the source id of another record, from its id at the target: for flows that run the other way */
  linkedBack<Resource extends string>(name: Field<Source>, flow: string): OpenRow<Source, Settings, Id<Resource>>;
  /** a list of lines, made by a rule that may merge and leave out; undefined leaves the whole field out */
  each<Line, LineTarget>(
    name: Field<Source>,
    words: string,
    lines: (source: Source, context: MappingContext<Settings>) => readonly Line[],
    rows: Rows<Line, Settings, LineTarget>,
  ): Row<Source, Settings, readonly LineTarget[]>;
  each<Line, LineTarget>(
    name: Field<Source>,
    words: string,
    lines: (source: Source, context: MappingContext<Settings>) => readonly Line[] | undefined,
    rows: Rows<Line, Settings, LineTarget>,
  ): Row<Source, Settings, readonly LineTarget[] | undefined>;
}

/** The column words for one source type and the options of one integration. */
export function columns<Source, Settings>(): Columns<Source, Settings> {
  const one = <Name extends Field<Source>>(name: Name) =>
    openRow<Source, Settings, Source[Name]>([name], "", (source) => source[name]);
  return Object.assign(one, {
    from: openRow<Source, Settings, never>,
    setting: (
      name: keyof Settings & string,
      names: readonly string[],
      words: string,
      rule: SettingRule<Source, Settings>,
    ) =>
      openRow<Source, Settings, unknown>(names, `${words} (option ${name})`, (source, context) =>
        rule(source, context.settings[name], context),
      ),
    linked: (name: Field<Source>, flow: string) => linkedRow<Source, Settings>(name, flow, "there"),
    linkedBack: (name: Field<Source>, flow: string) => linkedRow<Source, Settings>(name, flow, "back"),
    each: eachRow,
  }) as Columns<Source, Settings>;
}

type SettingRule<Source, Settings> = (
  source: Source,
  setting: Settings[keyof Settings],
  context: MappingContext<Settings>,
) => unknown;

function openRow<Source, Settings, Out>(
  sources: readonly string[],
  words: string,
  read: (source: Source, context: MappingContext<Settings>) => Out,
  shape: "value" | "linked" = "value",
): OpenRow<Source, Settings, Out> {
  return {
    sources,
    words,
    shape,
    read,
    as: (conversion) =>
      openRow(sources, joinWords(words, conversion.words), (source, context) =>
        conversion.convert(read(source, context), sources.join(" / "), context.note),
      ),
    onlyWhen: (condition, when) =>
      openRow(
        sources,
        joinWords(words, condition),
        (source, context) => (when(context) ? read(source, context) : undefined),
        shape,
      ),
  };
}

function linkedRow<Source, Settings>(
  name: Field<Source>,
  flow: string,
  way: "there" | "back",
): OpenRow<Source, Settings, unknown> {
  const read = (source: Source) => {
    const id = source[name];
    if (typeof id !== "string" || id === "") throw new RecordRejected("field-missing", { field: name });
    return new LinkRequest(flow, id, way);
  };
  return openRow([name], `through the link of ${flow}`, read, "linked");
}

function eachRow<Source, Settings, Line, LineTarget>(
  name: string,
  words: string,
  lines: (source: Source, context: MappingContext<Settings>) => readonly Line[] | undefined,
  rows: Rows<Line, Settings, LineTarget>,
): Row<Source, Settings, unknown> {
  return {
    sources: [name],
    words,
    shape: "lines",
    lines: rows as unknown as LineRows,
    read: (source, context) => lines(source, context)?.map((line) => mapRows(rows, line, context)),
  };
}

function joinWords(left: string, right: string): string {
  return [left, right].filter((part) => part !== "").join("; ");
}

/** A target record before its links are resolved: plain values, link requests, lists of lines. */
export type Mapped = Readonly<Record<string, unknown>>;

/** The mapped record and the remarks that the mapping made. */
export interface MappingResult {
  readonly mapped: Mapped;
  readonly notes: readonly Reason[];
}

/**
 * Maps one source record by its table.
 * @throws {RecordRejected} from the first row that cannot be read.
 */
export function mapRecord<Source, Settings, Target>(
  rows: Rows<Source, Settings, Target>,
  source: Source,
  context: Omit<MappingContext<Settings>, "note">,
): MappingResult {
  const notes: Reason[] = [];
  const mapped = mapRows(rows, source, { ...context, note: (code, parameters) => notes.push({ code, parameters }) });
  return { mapped, notes };
}

function mapRows<Source, Settings, Target>(
  rows: Rows<Source, Settings, Target>,
  source: Source,
  context: MappingContext<Settings>,
): Mapped {
  const mapped: Record<string, unknown> = {};
  for (const [field, row] of Object.entries<Row<Source, Settings, unknown>>(rows)) {
    const value = row.read(source, context);
    if (value !== undefined) mapped[field] = value;
  }
  return mapped;
}

/** Every link request inside a mapped record, each once. */
export function linkRequests(mapped: Mapped): LinkRequest[] {
  const found = new Map<string, LinkRequest>();
  visit(mapped, (request) => found.set(`${request.way} ${request.flow}\n${request.id}`, request));
  return [...found.values()];
}

function visit(value: unknown, see: (request: LinkRequest) => void): void {
  if (value instanceof LinkRequest) see(value);
  else if (Array.isArray(value)) for (const member of value) visit(member, see);
  else if (value !== null && typeof value === "object") for (const member of Object.values(value)) visit(member, see);
}

/** The mapped record with each link request replaced by the id that `resolve` gives for it. */
export function withLinks(mapped: Mapped, resolve: (request: LinkRequest) => string): Mapped {
  const replace = (value: unknown): unknown => {
    if (value instanceof LinkRequest) return resolve(value);
    if (Array.isArray(value)) return value.map(replace);
    if (value !== null && typeof value === "object")
      return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, replace(member)]));
    return value;
  };
  return replace(mapped) as Mapped;
}
