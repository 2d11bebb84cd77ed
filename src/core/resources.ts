/** What a connector's resources are: records that are read, and records that are written. */
import type { RecordRejected } from "./errors.ts";
import type { Mapped } from "./mapping.ts";
import type { Reason } from "./reasons.ts";

/** A source record that could not be read: it gets an outcome by itself and the page goes on. */
export interface UnreadableRow {
  /** null when not even an id could be read */
  readonly id: string | null;
  readonly rejection: RecordRejected;
}

/** One page of a list. */
export interface Page<Row> {
  readonly rows: readonly Row[];
  readonly unreadable: readonly UnreadableRow[];
  /** from where the list can be continued once this page is finished; null where only a complete pass counts */
  readonly position: string | null;
  /**
   * of a list of business days that comes newest first: rows of this day (YYYY-MM-DD) and of earlier ones may still come, those
   * of all later days have come. Left out where the list does not tell
   */
  readonly reachedDay?: string;
}

/** From where a list is read. */
export interface ChangedSince {
  /** only records changed at or after this moment (milliseconds since 1970); null = all */
  readonly since: number | null;
  /** only records whose business date is not before this day (YYYY-MM-DD), where the vendor can tell */
  readonly notBefore: string | null;
  /** continue an interrupted list from here */
  readonly position: string | null;
  /** true: a first reading that leaves finished records out brings those that were taken back all the same */
  readonly takenBack?: boolean;
}

/** Calendar days, YYYY-MM-DD, both included. */
export interface DayRange {
  readonly from: string;
  readonly to: string;
}

/** Rows out of a stretch of a range's list: from its first place (0 = the first row) to before its last. */
export interface RangePart<Row> {
  readonly from: number;
  readonly to: number;
  readonly rows: readonly Row[];
}

/** How many rows a range has. */
export interface RangeCount<Row> {
  readonly rows: number;
  /** what was met in counting, in the order of the list; the places between two parts were not looked at */
  readonly parts: readonly RangePart<Row>[];
  /** calls that it takes to list them all */
  readonly listCalls: number;
  /** looks at the page that holds a place, by one call. @throws {RetryLater} where the list cannot be read. */
  partAt(place: number): Promise<RangePart<Row>>;
}

/** What became of an id that was read in full. */
export type ReadResult<Source> =
  | { readonly kind: "found"; readonly record: Source }
  | { readonly kind: "missing" }
  | { readonly kind: "unreadable"; readonly rejection: RecordRejected };

/** A resource that is read: a list of rows, and full records by id. `Row` is what the list carries. */
export interface SourceResource<Row = unknown, Source extends Row = Row> {
  readonly name: string;
  idOf(row: Row): string;
  /** the moment of the last change, milliseconds since 1970; 0 where the vendor does not tell */
  changedAt(row: Row): number;
  /** pages until the list ends; rows may repeat, none that existed throughout is left out */
  changedSince(request: ChangedSince): AsyncIterable<Page<Row>>;
  /**
   * Pages of every row whose business day lies within the range (days YYYY-MM-DD, both included), for a backfill; rows may
   * repeat. Missing where the resource has no business day.
   */
  within?(range: DayRange): AsyncIterable<Page<Row>>;
  /** how many rows a range has, without reading them all, for a forecast; with parts of it to judge the others by */
  count?(range: DayRange): Promise<RangeCount<Row>>;
  /** the records that people mean by a text, such as an order number: by which of their numbers, and their label */
  named?(text: string): Promise<readonly NamedRecord<Row>[]>;
  /** every record that has a code which should be its own, such as a SKU, where that can be asked. @throws {RetryLater} */
  holders?(code: string): Promise<readonly CodeHolder[]>;
  /** full records by id, at most `batch` at once; one entry for each id asked */
  read(ids: readonly string[]): Promise<ReadonlyMap<string, ReadResult<Source>>>;
  readonly batch: number;
}

/** A record that has a code which should be its own. */
export interface CodeHolder {
  readonly id: string;
  readonly name: string;
}

/** A record that a text may mean. */
export interface NamedRecord<Row = unknown> {
  readonly id: string;
  readonly label: string;
  /** the record as the list has it */
  readonly row: Row;
  /** which of its fields holds the text, in the vendor's words, such as `reference_id` */
  readonly by: string;
}

/** What came of a write. */
export type WriteResult =
  | WriteDone
  /** nothing was done, and nothing is wrong with the record: it waits, says why, and is tried again by itself */
  | { readonly kind: "later"; readonly reason: Reason }
  /** a create found records there that are or may be it, and made none */
  | {
      readonly kind: "several";
      readonly ids: readonly string[];
      /** where a person can give it another reference, when the reference is what makes it doubtful */
      readonly referenceAt?: "source" | "target";
    }
  /** nothing was done; the record is wrong or the vendor will not have it */
  | { readonly kind: "refused"; readonly message: string }
  /** an update or a removal found nothing there */
  | { readonly kind: "missing"; readonly message: string }
  | { readonly kind: "in-doubt"; readonly message: string };

/** A write that was done, or a create that found its record there already. */
export interface WriteDone {
  readonly kind: "done";
  readonly id: string;
  /** true: a record that was there already was taken, so that what it holds is not what was sent */
  readonly found?: boolean;
  /** true: the record found there was made by people at the target, not through its API */
  readonly madeThere?: boolean;
  /** fields that were sent as null, and that the target would not clear */
  readonly kept?: readonly string[];
  /** what the target made of it differs from what was asked; it stays, and a person must look */
  readonly differs?: Reason;
  /** an update was done, and something around it is left for a person; nothing else stops */
  readonly asks?: Reason;
  /** remarks for the history of the record */
  readonly notes?: readonly Reason[];
}

/** A record at the target that carries a remote id of ours. */
export interface LinkedRecord {
  readonly id: string;
  readonly remoteId: string;
  /** made by people at the target, not through its API */
  readonly madeThere: boolean;
}

/** A create whose fate is unknown. */
export interface DoubtfulCreate {
  readonly key: string;
  /** the mapped payload with links resolved, as it was sent */
  readonly payload: Mapped;
  /** when it was sent, milliseconds since 1970 */
  readonly sentAt: number;
}

/**
 * What a search tells of a doubtful create: the ids of every record that is or may be it, none meaning "not there now"; or
 * why only a person can tell, where the target can be asked for its state alone and that has moved on.
 */
export type Found = readonly string[] | Unclear;

/** Neither there nor not there. */
export interface Unclear {
  readonly kind: "unclear";
  readonly reason: Reason;
  /** it is there, and the target made of it something else than was asked */
  readonly differs?: true;
}

/** A resource that is written. */
export interface TargetResource {
  readonly name: string;
  create(payload: Mapped): Promise<WriteResult>;
  /** changes only the given fields of the record; null clears a field */
  update(id: string, changes: Mapped): Promise<WriteResult>;
  /** deletes the record; `missing` = it was gone already. Only where a flow removes records. */
  remove?(id: string): Promise<WriteResult>;
  /**
   * Whether the record is there still. Only where people must delete what they made, or where no update would tell that a
   * linked record is gone. @throws {RetryLater}
   */
  has?(id: string): Promise<boolean>;
  /**
   * The record as it is there, for references that cannot be changed; null where it is gone. Only where a flow has such
   * references and takes records that were there before. @throws {RetryLater}
   */
  shown?(id: string): Promise<Mapped | null>;
  /**
   * Searches the vendor for doubtful creates. One listing serves them all.
   * @returns an entry for each key.
   */
  find(doubtful: readonly DoubtfulCreate[]): Promise<ReadonlyMap<string, Found>>;
  /**
   * Every record that carries a remote id of ours, in pages: what is there from before is linked and not made again.
   * Missing where nothing tells. @throws {RetryLater}
   */
  linked?(): AsyncIterable<readonly LinkedRecord[]>;
  /** true where a doubtful create can be told apart, or one that differs be seen in time, only if creates run one at a time */
  readonly oneAtATime: boolean;
  /** true where a create does not do all that was asked, so that an update must follow it */
  readonly inSteps?: boolean;
}
