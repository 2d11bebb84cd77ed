/**
 * A flow: one row of an integration's table (product.md), as data. The engine, the generated docs page and `plan` all
 * read this same object.
 */
import type { z } from "zod";
import type { Choice } from "./connector.ts";
import type { Money } from "./decimal.ts";
import type { StockRole } from "./flow-stock.ts";
import type { LinkRequest, Mapped, Rows } from "./mapping.ts";
import type { Reason, ReasonCode, ReasonParameters } from "./reasons.ts";
import type { CodeHolder } from "./resources.ts";
import type { SetUp } from "./set-up.ts";

/** What a skip rule may know of a record besides the record itself. */
export interface SkipContext<Settings> {
  readonly settings: Settings;
  /** the record has a link already */
  readonly known: boolean;
  /** another record refers to this one and needs it */
  readonly referred: boolean;
  /** a person asked for this record */
  readonly wanted: boolean;
}

/** Why a record is left out. */
export interface SkipRule<Row, Settings> {
  readonly code: ReasonCode;
  /** the rule in words, for the printed table */
  readonly words: string;
  /** the options that decide it: when one changes, the records skipped by this rule are looked at again */
  readonly options?: readonly (keyof Settings & string)[];
  /** the parameters of the reason when the record is to be left out, else null */
  readonly when: (row: Row, context: SkipContext<Settings>) => ReasonParameters | null;
}

/** When the target of a linked record is deleted (rule Z6). */
export interface RemoveRule<Row> {
  /** the reason that says why */
  readonly code: ReasonCode;
  readonly words: string;
  /** the parameters of the reason when the target is to be deleted, else null */
  readonly when: (row: Row) => ReasonParameters | null;
}

/** The record of another flow that a record belongs to, such as the order that a refund takes back from. */
export interface ParentRule<Row, Source> {
  readonly flow: string;
  readonly id: (row: Row) => string;
  /** the reason of a record whose parent is not linked: nothing is read for it, and it waits where the parent does */
  readonly code: ReasonCode;
  readonly words: string;
  /** why nothing may be made of the record because its parent is no longer what was linked; it waits then */
  readonly moved?: {
    readonly code: ReasonCode;
    /** @param kept what `AfterRule.keeps` kept of the parent */
    readonly when: (record: Source, kept: Mapped) => ReasonParameters | null;
  };
}

/** A code that people may give to records which lack it at their source, such as a SKU (rule S11). */
export interface AssignRule<Source> {
  readonly words: string;
  readonly lacks: (record: Source) => boolean;
  /** @param holders other records of the source that have the code by now */
  readonly assigned: (record: Source, code: string, holders: readonly CodeHolder[]) => Source;
}

/** What is told of records that are linked and never updated, when they move at the source all the same. */
export interface AfterRule<Row, Source, Settings> {
  /** the reasons that `when` gives */
  readonly codes: readonly ReasonCode[];
  readonly words: string;
  /** a flow whose records may make it right, such as refunds: their source ids begin with this record's id and a dash */
  readonly beside: string;
  /** what is kept of a record when it is linked, to judge its list rows by later */
  readonly keeps: (record: Source) => Mapped;
  /**
   * Judges a list row, without a call. The ids at the target and the vendors are added to the reason.
   * @param context.kept null where the record was linked before anything was kept
   * @param context.beside what was written of the linked records of that flow
   * @param context.takenAgain the shop took its goods again after it had put them back
   */
  readonly when: (
    row: Row,
    context: {
      readonly kept: Mapped | null;
      readonly beside: readonly Mapped[];
      readonly takenAgain: boolean;
      readonly settings: Settings;
    },
  ) => Reason | null;
}

/** A flow as its file writes it. `Row` is what a list carries, `Source` the full record. */
export interface FlowDefinition<Row, Source extends Row, Target, Settings> {
  /** the name in the database, the API, the CLI and links */
  readonly name: string;
  /** the title of the table in the seed document */
  readonly title: string;
  /** one of its records, in sentences, such as "the supplier" */
  readonly one: { readonly en: string; readonly ar: string };
  readonly from: { readonly vendor: string; readonly resource: string };
  readonly to: { readonly vendor: string; readonly resource: string };
  readonly everyMinutes: number;
  /** the fields that carry the two ids, for the printed table */
  readonly link: { readonly source: keyof Source & string; readonly target: keyof Target & string };
  /**
   * `all`: each pass lists everything; `changed`: only what changed since the last pass; `referred`: nothing is listed,
   * records are read when others refer to them
   */
  readonly reads: "all" | "changed" | "referred";
  /** false: created and never changed afterwards (rule Z1) */
  readonly updates: boolean;
  /** true: several of its records may be one at the target, such as customers who share a phone number */
  readonly sharesTargets?: boolean;
  /** `export`: its calls may use the day's reserve, and it does not wait behind the other flows (rule Z5) */
  readonly purpose?: "export";
  /** the flow that runs the other way over the same records: what one of the two links, the other knows at once */
  readonly counterpart?: string;
  /** references that cannot be changed: where one differs, the target is deleted and made anew */
  readonly fixed?: readonly (keyof Target & string)[];
  /** when the target of a linked record is deleted; one that was made there by people needs a person instead */
  readonly remove?: RemoveRule<Row>;
  /** what the target gets, if anything, when complete passes no longer find a record at the source (architecture, law 6) */
  readonly gone?: {
    readonly words: string;
    readonly changes: Readonly<Partial<Target>>;
    /** the reason that says so; `gone-at-source` unless it is another */
    readonly code?: ReasonCode;
  };
  /** what is sent once, and whose later changes at the source are told and not sent (rule Z5) */
  readonly watch?: {
    readonly code: ReasonCode;
    readonly words: string;
    readonly fields: readonly (keyof Target & string)[];
    /** whether the fields hold just what the counterpart wrote last; references as ids of the flow's target */
    readonly holds: (fields: Mapped, written: Mapped) => boolean;
  };
  /** what is told when a linked record moves at the source, in a flow without updates; the target stays as it is */
  readonly after?: AfterRule<Row, Source, Settings>;
  /** the record of another flow that each record belongs to */
  readonly parent?: ParentRule<Row, Source>;
  /** what people may assign to its records where the source leaves it empty */
  readonly assigns?: AssignRule<Source>;
  /** the part it plays in the stock equation */
  readonly stock?: StockRole<Source, Settings>;
  /** records that must be linked first, although their ids are not sent, such as the opening counts of what is sold */
  readonly needs?: (record: Source, settings: Settings) => readonly LinkRequest[];
  /** flows over the same source ids that go on as soon as a record of this one is linked, such as payments of invoices */
  readonly followedBy?: readonly string[];
  /** true: a record that another one refers to and that is not linked is settled at once */
  readonly whenReferredTo: boolean;
  /** words a person knows the record by, such as an order number */
  readonly label: (row: Row) => string;
  /** rules that a list row can decide; judged again on the full record */
  readonly skip: readonly SkipRule<Row, Settings>[];
  /** rules that need the full record */
  readonly skipRead?: readonly SkipRule<Source, Settings>[];
  /** what a record must say of itself to be mapped at all; throws `RecordRejected` by name and value */
  readonly required?: { readonly words: string; readonly check: (record: Source, settings: Settings) => void };
  /** which rows must be read in full before they can be mapped */
  readonly detail: { readonly words: string; readonly needed: (row: Row, context: SkipContext<Settings>) => boolean };
  readonly rows: Rows<Source, Settings, Target>;
  /** fields that only tell the connector what to do: plans do not show them */
  readonly internal?: readonly (keyof Target & string)[];
  /** a mapped record that says nothing, such as an order without lines */
  readonly empty?: (mapped: Mapped, notes: readonly Reason[]) => Reason | null;
  /** the option that holds the first business day of regular runs */
  readonly notBefore?: keyof Settings & string;
  /** the amount of a record, which plans add up by currency */
  readonly amount?: (record: Source) => Money | null;
  /** sets at the source whose members the options choose: a vanished one stops the flow for a person */
  readonly chosen?: (settings: Settings) => { readonly set: string; readonly ids: readonly string[] } | null;
}

/** A flow whose record types the engine no longer needs to know. */
export type Flow = FlowDefinition<never, never, Record<string, unknown>, never>;

/** Checks a flow by its types and forgets them. */
export function defineFlow<Row, Source extends Row, Target, Settings>(
  definition: FlowDefinition<Row, Source, Target, Settings>,
): Flow {
  return definition as unknown as Flow;
}

/** What a kind of integration may know of a connection. */
export interface ConnectionView {
  readonly settings: Readonly<Record<string, unknown>>;
  /** what the probe found */
  readonly facts: Readonly<Record<string, unknown>>;
}

/** A kind of integration: a pair of vendors, its options and its flows by flavour. */
export interface IntegrationKind {
  readonly name: string;
  readonly title: string;
  readonly source: string;
  readonly target: string;
  readonly options: z.ZodObject;
  /** flavour → names of its flows, in the order in which a full sync runs them */
  readonly flavours: Readonly<Record<string, readonly string[]>>;
  readonly flows: readonly Flow[];
  /** settings that the options lay over those of the two connections, such as the region */
  readonly overlay: (options: Readonly<Record<string, unknown>>) => {
    readonly source: Readonly<Record<string, unknown>>;
    readonly target: Readonly<Record<string, unknown>>;
  };
  /** options that hold what a connection says where they are not set themselves */
  readonly inherited: (sides: {
    readonly source: ConnectionView;
    readonly target: ConnectionView;
  }) => Readonly<Record<string, unknown>>;
  /** what is wrong between the options and the settings of the two connections, or null */
  readonly conflict: (
    options: Readonly<Record<string, unknown>>,
    settings: {
      readonly source: Readonly<Record<string, unknown>>;
      readonly target: Readonly<Record<string, unknown>>;
    },
  ) => { readonly option: string; readonly message: string } | null;
  /** options whose entries must exist at a vendor, checked when they are set */
  readonly chosen: (options: Readonly<Record<string, unknown>>) => readonly ChosenOption[];
  /** how its options are proposed and found out, where they can be */
  readonly setUp?: SetUp;
}

/** Entries of an option that name members of a set at a vendor. */
export interface ChosenOption {
  readonly option: string;
  readonly side: "source" | "target";
  readonly set: string;
  readonly entries: readonly string[];
  /** an entry may be a member's name as well as its id */
  readonly names: boolean;
  /** an entry that matches nothing refuses the setting, or is reported while the setting is saved */
  readonly unknown: "refuse" | "report";
  /** where more is asked of an entry than to exist: what is wrong with what the set holds, or null */
  readonly refused?: (found: readonly Choice[]) => string | null;
}
