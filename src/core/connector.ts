/**
 * What a connector is: one folder that knows one vendor's API and nothing of our product. The engine sees only these
 * shapes and no connector's name.
 */
import type { z } from "zod";
import type { BudgetLimits, BudgetObservation, CallPurpose } from "./budget.ts";
import type { Clock } from "./clock.ts";
import type { PersonAction, RecordRejected } from "./errors.ts";
import type { Mapped } from "./mapping.ts";

/** Answers of a probe: what this account's vendor really does, stored per connection. */
export type Facts = Readonly<Record<string, string | number | boolean | null | readonly string[]>>;

/** An access token with its end of life. */
export interface AccessToken {
  readonly token: string;
  /** milliseconds since 1970 */
  readonly expiresAt: number;
}

/** A call to the vendor, in the vendor's own terms. */
export interface CallRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** path below the connection's API address, starting with a slash */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /**
   * `safe`: repeating it changes nothing (reads; writes of absolute values), so it is repeated after no or a broken
   * answer. `never`: a create; without a clear answer it is in doubt.
   */
  readonly repeat: "safe" | "never";
  /** true where the vendor counts it for no day, so that its answer tells nothing of one */
  readonly uncounted?: true;
}

/** What came of a call. Pauses and people are errors (`RetryLater`, `NeedsPerson`); the rest is told apart here. */
export type CallResult =
  | { readonly kind: "ok"; readonly body: unknown; readonly status: number }
  | { readonly kind: "missing"; readonly message: string }
  | { readonly kind: "conflict"; readonly message: string }
  | { readonly kind: "refused"; readonly message: string }
  | { readonly kind: "in-doubt"; readonly message: string };

/** What a connector makes of one raw answer; the pure heart of a vendor's error handling. */
export type Judgement =
  | { readonly kind: "ok"; readonly body: unknown }
  | { readonly kind: "missing" | "conflict" | "refused"; readonly message: string }
  /** the vendor may or may not have done it, or its answer is broken: 5xx, unreadable body */
  | { readonly kind: "broken"; readonly message: string }
  /** the vendor did nothing because of a limit; wait until then (milliseconds since 1970) and ask again */
  | { readonly kind: "limited"; readonly reason: "minute-quota" | "day-quota" | "concurrency"; readonly until: number }
  | { readonly kind: "token-expired"; readonly message: string }
  | { readonly kind: "needs-person"; readonly action: PersonAction; readonly message: string };

/** A raw answer: headers in lower case, body parsed without loss (long numbers stay text), undefined when unreadable. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly text: string;
}

/** One connection's way out: budget, token, repeats and redaction are behind it. */
export interface Door {
  call(request: CallRequest): Promise<CallResult>;
  readonly clock: Clock;
  /**
   * How far the vendor's clock is ahead of ours, in milliseconds, by the Date header of the last answer; null before
   * one came. Moments that are compared with the vendor's own timestamps must be moved by it.
   */
  clockAheadMs(): number | null;
}

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
}

/** From where a list is read. */
export interface ChangedSince {
  /** only records changed at or after this moment (milliseconds since 1970); null = all */
  readonly since: number | null;
  /** only records whose business date is not before this day (YYYY-MM-DD), where the vendor can tell */
  readonly notBefore: string | null;
  /** continue an interrupted list from here */
  readonly position: string | null;
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
  /** full records by id, at most `batch` at once; one entry for each id asked */
  read(ids: readonly string[]): Promise<ReadonlyMap<string, ReadResult<Source>>>;
  readonly batch: number;
}

/** What came of a write. */
export type WriteResult =
  | WriteDone
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

/** A resource that is written. */
export interface TargetResource {
  readonly name: string;
  create(payload: Mapped): Promise<WriteResult>;
  /** changes only the given fields of the record; null clears a field */
  update(id: string, changes: Mapped): Promise<WriteResult>;
  /** deletes the record; `missing` = it was gone already. Only where a flow removes records. */
  remove?(id: string): Promise<WriteResult>;
  /** whether the record is there still. Only where people must delete what they made. @throws {RetryLater} */
  has?(id: string): Promise<boolean>;
  /**
   * Searches the vendor for doubtful creates: the ids of every record that is or may be it. One listing serves them all.
   * @returns an entry for each key; an empty list means "not there now".
   */
  find(doubtful: readonly DoubtfulCreate[]): Promise<ReadonlyMap<string, readonly string[]>>;
  /**
   * Every record that carries a remote id of ours, in pages: what is there from before is linked and not made again.
   * Missing where nothing tells. @throws {RetryLater}
   */
  linked?(): AsyncIterable<readonly LinkedRecord[]>;
  /** true where a doubtful create can be told apart only if creates run one at a time */
  readonly oneAtATime: boolean;
  /** true where a create does not do all that was asked, so that an update must follow it */
  readonly inSteps?: boolean;
}

/** A connection that is open for work. */
export interface Session {
  /** how far the vendor's clock is ahead of ours, as `Door.clockAheadMs` */
  clockAheadMs(): number | null;
  readonly sources: Readonly<Record<string, SourceResource<never, never>>>;
  readonly targets: Readonly<Record<string, TargetResource>>;
  /** names of a set at the vendor that options choose from, such as warehouses: id → name */
  lookUp(set: string): Promise<ReadonlyMap<string, string>>;
  /** the name of a record as people know it, for reasons that name it; null where there is none */
  nameOf?(resource: string, id: string): Promise<string | null>;
  /** the remote ids of ours that a record carries */
  remoteIdsOf?(resource: string, id: string): Promise<readonly string[]>;
  /** asks the vendor what its reference leaves open; at most a dozen reading calls, one after the other */
  probe(): Promise<Facts>;
}

/** What sign-in may use: plain HTTP to the accounts server, counted but outside the API budget. */
export interface SignInRequest {
  readonly url: string;
  readonly form: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly basic?: { readonly user: string; readonly password: string };
}

/** Everything of one connection that the connector works with. */
export interface ConnectorContext<Settings, Secrets> {
  readonly settings: Settings;
  readonly secrets: Secrets;
  readonly clock: Clock;
}

/** How credentials that work once, such as the code of a consent, become the lasting ones. */
export interface CredentialExchange<Settings, Secrets> {
  /** the field whose presence says that these are given in place of the lasting ones */
  readonly by: string;
  readonly secrets: z.ZodType;
  /** @throws {NeedsPerson} {RetryLater} */
  run(
    context: ConnectorContext<Settings, unknown>,
    send: (request: SignInRequest) => Promise<RawAnswer>,
  ): Promise<Secrets>;
}

/** One vendor. Adding one = one folder and one line in the list. */
export interface Connector<Settings = unknown, Secrets = unknown> {
  readonly vendor: string;
  /** the vendor's name as people write it */
  readonly title: string;
  readonly settings: z.ZodType<Settings>;
  readonly secrets: z.ZodType<Secrets>;
  readonly exchange?: CredentialExchange<Settings, Secrets>;
  /** least privileges asked of the vendor, for the documentation and `doctor` */
  readonly privileges: readonly string[];
  /** names the account that a connection reaches, so that two connections to one are known; null where nothing tells */
  accountOf?(settings: Settings, facts: Facts): string | null;
  limits(settings: Settings): BudgetLimits;
  /** the address that every call's path is put behind, and the only hosts that ever get a request */
  apiUrl(settings: Settings): string;
  allowedHosts(settings: Settings): readonly string[];
  /** the header lines of an authorised call */
  headers(token: string, settings: Settings): Readonly<Record<string, string>>;
  /** query parameters of every call, by method */
  query(settings: Settings, method: CallRequest["method"]): Readonly<Record<string, string>>;
  /** gets a token; `send` posts to the accounts server. @throws {NeedsPerson} {RetryLater} */
  signIn(
    context: ConnectorContext<Settings, Secrets>,
    send: (request: SignInRequest) => Promise<RawAnswer>,
  ): Promise<AccessToken>;
  judge(answer: RawAnswer, request: CallRequest, now: number): Judgement;
  observe(answer: RawAnswer, now: number): BudgetObservation;
  open(door: Door, settings: Settings, facts: Facts): Session;
}

/** The door with the purpose of its calls fixed, as a run holds it. */
export interface DoorOptions {
  readonly purpose: CallPurpose;
  readonly signal: AbortSignal;
}
