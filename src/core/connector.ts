/**
 * What a connector is: one folder that knows one vendor's API and nothing of our product. The engine sees only these
 * shapes and no connector's name.
 */
import type { z } from "zod";
import type { BudgetLimits, BudgetObservation, CallPurpose } from "./budget.ts";
import type { Clock } from "./clock.ts";
import type { DraftAmounts } from "./draft-amounts.ts";
import type { PersonAction } from "./errors.ts";
import type { Mapped } from "./mapping.ts";
import type { Mirror } from "./mirror.ts";
import type { SourceResource, TargetResource } from "./resources.ts";
import type { BookStock, ShopStock } from "./stock.ts";
import type { WebhookCheck } from "./webhook.ts";

/** Answers of a probe: what this account's vendor really does, stored per connection. */
export type Facts = Readonly<Record<string, string | number | boolean | null | readonly string[]>>;

/** An access token with its end of life. */
export interface AccessToken {
  readonly token: string;
  /** milliseconds since 1970 */
  readonly expiresAt: number;
  /** the lasting secrets in place of those that were used up to get it, where the vendor's work only once */
  readonly renewedSecrets?: Readonly<Record<string, unknown>>;
  /** when it is to be renewed ahead of its end, milliseconds since 1970; shortly before the end where left out */
  readonly renewAt?: number;
}

/** A call to the vendor, in the vendor's own terms. */
export interface CallRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** path below the connection's API address, starting with a slash */
  readonly path: string;
  /** a list gives its parameter several times, such as `status[]` of Salla */
  readonly query?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: unknown;
  /** another address of the vendor's than the API's, such as its accounts server; on an allowed host as well */
  readonly address?: string;
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
  /** the copy of a list that is kept for the connection; none where it is only tried */
  mirror?(resource: string): Mirror;
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
  /** the members of a set with what they are, for proposals of settings, such as accounts with their types */
  choices?(set: string): Promise<readonly Choice[]>;
  /** a shop's quantities: read, and written where the books decide them */
  readonly shopStock?: ShopStock;
  /** the stock that the books hold, by location */
  readonly bookStock?: BookStock;
  /**
   * Has the vendor post every event that the connector reads to an address, signed with the secret; may be repeated.
   * @returns the subscriptions of that address @throws {InvalidInput} where the vendor does not take the address
   */
  subscribe?(url: string, secret: string): Promise<readonly Subscription[]>;
  /** every subscription of the account, of other addresses too */
  subscriptions?(): Promise<readonly Subscription[]>;
  /** the remote ids of ours that a record carries */
  remoteIdsOf?(resource: string, id: string): Promise<readonly string[]>;
  /** asks by a draft how the books calculate; only after a person agreed, because it shows for a moment in live books */
  calibrate?(draft: Mapped): Promise<DraftAmounts>;
  /** asks the vendor what its reference leaves open; at most a dozen reading calls, one after the other */
  probe(): Promise<Facts>;
}

/** An event that the vendor posts to an address. */
export interface Subscription {
  readonly id: string;
  readonly event: string;
  readonly url: string;
}

/** A member of a set that settings choose from. */
export interface Choice {
  readonly id: string;
  readonly name: string;
  /** what it is, in the vendor's words, such as the type of an account; empty where it has none */
  readonly kind: string;
}

/** What sign-in may use: plain HTTP to the accounts server, counted but outside the API budget. */
export interface SignInRequest {
  readonly url: string;
  readonly form: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly basic?: { readonly user: string; readonly password: string };
}

/** A question to the vendor outside the API budget and without a token of ours, as JSON. */
export interface PlainRequest {
  readonly url: string;
  readonly json: unknown;
  readonly headers: Readonly<Record<string, string>>;
}

/** Who opened a page of ours inside the vendor's dashboard, as the vendor says. */
export interface PageVisitor {
  /** whose dashboard it is, as `accountOf` names accounts */
  readonly account: string;
  /** until when the vendor vouches for it, milliseconds since 1970 */
  readonly until: number;
}

/** How a vendor vouches for who opened a page of ours inside its dashboard. */
export interface PageCheck<Settings> {
  /** the id of the app whose page it is; null where nobody knows it yet */
  appOf(settings: Settings, facts: Facts): string | null;
  /**
   * asks the vendor whose dashboard gave this token to the app
   * @returns null where it is no token of the app, or has ended. @throws {RetryLater}
   */
  visitorOf(
    context: { readonly settings: Settings; readonly app: string; readonly token: string; readonly clock: Clock },
    send: (request: PlainRequest) => Promise<RawAnswer>,
  ): Promise<PageVisitor | null>;
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
  /** how long after a look at an account what it told holds, in milliseconds; left out: until a person looks again */
  readonly looksAgainAfterMs?: (facts: Facts) => number;
  /** names the account that a connection reaches, so that two connections to one are known; null where nothing tells */
  accountOf?(settings: Settings, facts: Facts): string | null;
  /** what a person should do at the vendor, by what a probe found, or (`refusal`) by why it found nothing */
  advise?(facts: Facts, refusal: PersonAction | null): readonly PersonAction[];
  /**
   * the facts by which `accountOf` names an account that the vendor has told with its authorisation, where the connection
   * was saved before anybody could look at it
   */
  factsOfAccount?(account: string): Facts;
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
  /**
   * true where what signs in works only once: an ambiguous sign-in is then never repeated (architecture, law 8). `signIn`
   * gives `renewedSecrets`, and throws `RetryLater` with `inDoubt` where what it sent may be used up.
   */
  readonly signInOnce?: true;
  /** what must happen at the vendor before these secrets let anyone in; null where they do. Saved untried until then. */
  awaits?(secrets: Secrets): PersonAction | null;
  /** what the vendor posts to us, where it does */
  readonly webhooks?: WebhookCheck<Settings, Secrets>;
  /** pages of ours inside its dashboard, where it has such */
  readonly pages?: PageCheck<Settings>;
  judge(answer: RawAnswer, request: CallRequest, now: number): Judgement;
  /** true where `judge` says what a redirect means; else it is a broken answer. None is ever followed. */
  readonly judgesRedirects?: true;
  /** how long the vendor may think before it answers, in milliseconds, where that is longer than usual */
  readonly slowestAnswerMs?: number;
  observe(answer: RawAnswer, now: number): BudgetObservation;
  open(door: Door, settings: Settings, facts: Facts): Session;
}

/** The door with the purpose of its calls fixed, as a run holds it. */
export interface DoorOptions {
  readonly purpose: CallPurpose;
  readonly signal: AbortSignal;
}
