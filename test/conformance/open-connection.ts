import { type BudgetState, exchangeBudget, freshBudget } from "../../src/core/budget.ts";
import type { AccessToken, Connector, Facts, Session } from "../../src/core/connector.ts";
import type { BudgetLedger, TokenVault } from "../../src/core/ledger.ts";
import type { CallReport } from "../../src/outbound/log.ts";
import { type OpenDoor, openDoor } from "../../src/outbound/open-door.ts";
import { systemClock } from "../../src/outbound/system-clock.ts";

let lastConnectionId = 0;

/** A connection that works against the stand-in servers, with everything it reported on the way. */
export interface OpenConnection {
  readonly door: OpenDoor;
  readonly session: Session;
  readonly calls: readonly CallReport[];
  /** every line that was logged, as text */
  readonly logged: readonly string[];
  /** every access token that was in use */
  readonly tokens: readonly string[];
  close(): Promise<void>;
}

/** Opens a connector's session through the real door; the budget and the token are kept in memory. */
export function openConnection<Settings, Secrets>(
  connector: Connector<Settings, Secrets>,
  given: {
    readonly settings: unknown;
    readonly secrets: Secrets;
    readonly facts?: Facts;
    /** hears of the secrets that replace those that work once */
    readonly onRenewed?: (secrets: Readonly<Record<string, unknown>>) => void;
  },
): OpenConnection {
  const settings = connector.settings.parse(given.settings);
  const calls: CallReport[] = [];
  const logged: string[] = [];
  const tokens: string[] = [];
  lastConnectionId += 1;
  const door = openDoor({
    connectionId: lastConnectionId,
    connector,
    settings,
    secrets: given.secrets,
    ledger: memoryLedger(),
    vault: memoryVault(tokens, given.secrets, given.onRenewed ?? (() => undefined)),
    clock: systemClock,
    random: () => 0,
    process: "conformance",
    purpose: "flow",
    signal: new AbortController().signal,
    log: (level, message, fields) => logged.push(`${level} ${message} ${JSON.stringify(fields)}`),
    onCall: (report) => {
      calls.push(report);
      logged.push(JSON.stringify(report));
    },
  });
  const session = connector.open(door, settings, given.facts ?? {});
  return { door, session, calls, logged, tokens, close: () => door.close() };
}

function memoryLedger(): BudgetLedger {
  let state: BudgetState = freshBudget;
  return {
    exchange: async (_connectionId, limits, request) => {
      const exchanged = exchangeBudget(state, limits, request);
      state = exchanged.state;
      return exchanged.grant;
    },
  };
}

function memoryVault(
  tokens: string[],
  given: unknown,
  onRenewed: (secrets: Readonly<Record<string, unknown>>) => void,
): TokenVault {
  let current: AccessToken | null = null;
  let secrets = given as Readonly<Record<string, unknown>>;
  const renew: TokenVault["renew"] = async (_connectionId, stale, signIn) => {
    if (current !== null && current.token !== stale) return current;
    current = await signIn();
    tokens.push(current.token);
    return current;
  };
  return {
    current: async () => current,
    renew,
    renewOnce: (connectionId, stale, signIn) =>
      renew(connectionId, stale.token, async () => {
        const { renewedSecrets, ...fresh } = await signIn({ secrets, leaving: async () => undefined });
        secrets = renewedSecrets ?? secrets;
        onRenewed(secrets);
        return fresh;
      }),
  };
}
