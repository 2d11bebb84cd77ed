import type { BudgetLimits, CallPurpose } from "../core/budget.ts";
import type { Clock, Random } from "../core/clock.ts";
import type { Facts, Session } from "../core/connector.ts";
import type { IntegrationKind } from "../core/flow.ts";
import type { Connection } from "../store/connections.ts";
import type { Integration } from "../store/integrations.ts";
import type { Store } from "../store/open-store.ts";
import type { Seal } from "../store/seal.ts";

/** What is said about the work as it goes; secrets never reach it. */
export type Log = (
  level: "debug" | "info" | "warn" | "error",
  message: string,
  fields?: Readonly<Record<string, unknown>>,
) => void;

/** A session that is open for one purpose, with the calls it has made so far. */
export interface OpenSession {
  readonly session: Session;
  close(): Promise<void>;
}

/** How a session is to be opened. */
export interface SessionOptions {
  readonly purpose: CallPurpose;
  readonly signal: AbortSignal;
  /** settings that an integration lays over those of the connection */
  readonly overlay: Readonly<Record<string, unknown>>;
  /** hears of every call: vendor, method and HTTP status (0 = no answer) */
  readonly onCall: (call: { vendor: string; method: string; status: number }) => void;
}

/** Everything the engine works with; `main.ts` puts it together. */
export interface Workbench {
  readonly store: Store;
  readonly seal: Seal;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** names this process in runs and budgets */
  readonly process: string;
  readonly kinds: ReadonlyMap<string, IntegrationKind>;
  readonly vendorTitle: (vendor: string) => string;
  /** what a connection may spend */
  readonly limitsOf: (connection: Connection) => BudgetLimits;
  /** the vendor's account that a connection reaches; null where nothing tells */
  accountOf(connection: Pick<Connection, "vendor" | "settings" | "facts">): string | null;
  /** what a connection knows of its account by the name alone that the vendor told; null where its name means nothing to it */
  factsOfAccount(vendor: string, account: string): Facts | null;
  /** how long after a look at a connection what it told holds, in milliseconds; null = until a person looks again */
  looksAgainAfterMs(connection: Pick<Connection, "vendor" | "facts">): number | null;
  openSession(connection: Connection, options: SessionOptions): Promise<OpenSession>;
  /** the settings that an integration's options lay over a connection */
  overlay(integration: Integration, side: "source" | "target"): Readonly<Record<string, unknown>>;
}
