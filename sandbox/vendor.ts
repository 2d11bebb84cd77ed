import type { Shift } from "./faults.ts";
import type { SwitchSet } from "./switch-set.ts";
import type { Clock, Fields, Pause, Random, WireRequest, WireResponse } from "./wire.ts";

/** One row of the list of stand-in vendors (`vendors.ts`): what differs between vendors and nothing else. */
export interface Vendor {
  /** The name in addresses, switches, faults and the control API. */
  readonly name: string;
  /** The name that people read. */
  readonly title: string;
  /** What every path of the API begins with; the paths of faults may leave it out. */
  readonly basePath: string;
  /** The codes that a `rate-limited` fault may name; empty where the vendor's 429 has none. */
  readonly rateLimitCodes: readonly number[];
  /** Finds the ids of the rows in the body of a listing, for `shift-rows`: the first group is the id. */
  readonly rowIds: RegExp;
  /** Added to the seed, so that each vendor has a sequence of its own. Never changed: it decides made-up ids and tokens. */
  readonly seedStep: number;
  /** Made up; they work after start and after every reset. */
  readonly credentials: Readonly<Record<string, string>>;
  /** Every open behaviour, with what it may be. */
  readonly switchSet: SwitchSet;
  /** The servers that a client can reach, each on a port of its own. */
  readonly doors: readonly string[];
  /** What a client is told, once it is known where the doors are. */
  addresses(urlOf: (door: string) => string): Readonly<Record<string, string>>;
  open(surroundings: Surroundings): OpenVendor;
}

/** What a vendor lives in. */
export interface Surroundings {
  readonly clock: Clock;
  readonly random: Random;
  /** The address of one of its own doors; known only once the listeners run. */
  readonly urlOf: (door: string) => string;
  /** Sends what a vendor sends by itself: webhooks. */
  readonly post: Post;
}

/** Posts to an address outside; the status of the answer, or 0 where there was none. Never throws. */
export type Post = (url: string, headers: Readonly<Record<string, string>>, body: string) => Promise<number>;

/** A vendor at work: what faults and the control API need of it. */
export interface OpenVendor {
  /** The stand-in itself, for whoever drives it without HTTP. */
  readonly standIn: object;
  /** The present values of the switches, changed in place. */
  readonly switches: object;
  /** The door's server. */
  serve(door: string, request: WireRequest, pause: Pause): Promise<WireResponse>;
  /** Forgets everything but what is there at start, and sets the switches back. */
  reset(random: Random): void;
  /** Ends every access token at once. */
  expireTokens(): void;
  /** How a failure of the application itself looks (500, 501, …). */
  failure(status: number): WireResponse;
  /** A 200 whose body says that something went wrong. */
  failureWithin200(code: number | undefined): WireResponse;
  /** The vendor's own 429. */
  rateLimited(request: WireRequest, code: number | undefined): WireResponse;
  /** Touches, deletes or doubles a row between two pages of a listing. */
  shiftRow(request: WireRequest, rowId: string | undefined, shift: Shift | undefined): void;
  /** @throws RangeError when the vendor keeps no such resource, naming those it keeps. */
  storeOf(resource: string): RecordStore;
  /** Ways to fill it, by the name in `POST /import/{name}`. */
  readonly imports: Readonly<Record<string, Import>>;
  /** What the control API can do at this vendor beyond its records; undefined when it knows no such address. */
  control?(request: WireRequest, parts: readonly string[]): Promise<WireResponse | undefined>;
}

/** @throws RangeError when an option is wrong. */
type Import = (options: Fields) => object | Promise<object>;

/** What a merchant can do with one kind of records. */
export interface RecordStore {
  add(given: Fields): Fields;
  change(id: string, changes: Fields): Fields | undefined;
  remove(id: string): boolean;
  read(id: string): Fields | undefined;
  readAll(organizationId: string | undefined): Iterable<Fields>;
}

/** The sentence for a resource that a vendor does not keep. */
export function noSuchResource(vendor: string, resource: string, known: readonly string[]): RangeError {
  return new RangeError(`${vendor} keeps no ${resource}; it keeps: ${known.join(", ")}`);
}
