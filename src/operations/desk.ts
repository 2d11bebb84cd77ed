/** What every operation works with: the engine's bench and the list of vendors. */
import type { AccessToken, Connector, PageVisitor, Session } from "../core/connector.ts";
import { InvalidInput } from "../core/errors.ts";
import type { Flow, IntegrationKind } from "../core/flow.ts";
import type { Workbench } from "../engine/workbench.ts";
import { type Connection, findConnection } from "../store/connections.ts";
import { findIntegration, type Integration, listIntegrations } from "../store/integrations.ts";

/** A connection that is tried before it is saved. */
export interface Trial {
  readonly vendor: string;
  readonly settings: unknown;
  readonly secrets: unknown;
  /** the budget of the connection that is being renewed, if there is one */
  readonly connectionId: number | null;
  readonly signal: AbortSignal;
}

/** What a trial leaves to be saved. */
export interface KeptSecrets {
  readonly secrets: Readonly<Record<string, unknown>>;
  /** the token that was got, where getting it used up the secrets that were given; else null */
  readonly token: AccessToken | null;
}

export interface Desk extends Workbench {
  readonly connectors: ReadonlyMap<string, Connector>;
  /** the address under which vendors reach the API, without a slash at its end; null where it was not set */
  readonly publicUrl: string | null;
  /** where browsers may show a page of ours in a frame: dashboards of vendors, as origins */
  readonly framedBy: readonly string[];
  /** JSON as vendors write it: long numbers stay exact, depth is bounded; undefined where it is none */
  parseJson(text: string): unknown;
  /** makes lasting credentials of those that work once, where the vendor has such */
  exchange(trial: Pick<Trial, "vendor" | "settings" | "secrets">): Promise<unknown>;
  /** asks a vendor whose dashboard gave a token to an app's page; null where it is nobody's. @throws {RetryLater} */
  visitorOf(page: {
    readonly vendor: string;
    readonly settings: unknown;
    readonly app: string;
    readonly token: string;
  }): Promise<PageVisitor | null>;
  /** a session with credentials that are not saved yet */
  openTrial(trial: Trial): Promise<{ session: Session; kept(): KeptSecrets; close(): Promise<void> }>;
}

/** @throws {InvalidInput} listing the names there are. */
export async function integrationNamed(desk: Desk, name: string): Promise<Integration> {
  const found = await findIntegration(desk.store.database, { name });
  if (found !== null) return found;
  const names = (await listIntegrations(desk.store.database)).map((one) => one.name);
  throw new InvalidInput(
    "integration",
    `there is no integration ${JSON.stringify(name)}; there are: ${names.join(", ") || "none yet"}`,
  );
}

/** @throws {InvalidInput} when there is no such connection. */
export async function connectionNamed(desk: Desk, name: string): Promise<Connection> {
  const found = await findConnection(desk.store.database, { name });
  if (found === null) throw new InvalidInput("connection", `there is no connection ${JSON.stringify(name)}`);
  return found;
}

/** A side of an integration by the name of its connection. @throws {InvalidInput} where it is one of another vendor */
export async function connectionOf(desk: Desk, side: string, name: string, vendor: string): Promise<Connection> {
  const connection = await connectionNamed(desk, name);
  if (connection.vendor !== vendor)
    throw new InvalidInput(
      side,
      `${side} is ${name}, a connection of ${connection.vendor}; it must be one of ${vendor}`,
    );
  return connection;
}

/** The connection that a row refers to. */
export async function connectionById(desk: Desk, id: number): Promise<Connection> {
  const connection = await findConnection(desk.store.database, { id });
  if (connection === null) throw new Error(`connection ${id} does not exist`);
  return connection;
}

/** The kind of an integration. */
export function kindOf(desk: Desk, name: string): IntegrationKind {
  const kind = desk.kinds.get(name);
  if (kind === undefined)
    throw new InvalidInput("kind", `kind is ${JSON.stringify(name)}; allowed: ${[...desk.kinds.keys()].join(", ")}`);
  return kind;
}

/** The flows of an integration in the order in which a full sync runs them. */
export function flowsOf(desk: Desk, integration: Integration): Flow[] {
  const kind = kindOf(desk, integration.kind);
  const names = kind.flavours[integration.flavour] ?? [];
  return names.flatMap((name) => kind.flows.find((flow) => flow.name === name) ?? []);
}

/** The flows that a caller means: one by name, or all. @throws {InvalidInput} when the integration has no such flow. */
export function chosenFlows(desk: Desk, integration: Integration, name: string | undefined): Flow[] {
  const flows = flowsOf(desk, integration);
  if (name === undefined) return flows;
  const flow = flows.find((one) => one.name === name);
  if (flow !== undefined) return [flow];
  const other = flavoursWith(desk, integration, [name]);
  const there = `${integration.name} has no flow ${JSON.stringify(name)}; it has: ${flows.map((one) => one.name).join(", ")}`;
  throw new InvalidInput("flow", other === null ? there : `${there}. ${other}`);
}

/**
 * Refuses the name of a flow that there is in no flavour; one that the flavour has lost has a past all the same.
 * @param integration null = any @throws {InvalidInput}
 */
export function checkFlow(desk: Desk, integration: Integration | null, name: string): void {
  const kinds = integration === null ? [...desk.kinds.values()] : [kindOf(desk, integration.kind)];
  const names = kinds.flatMap((kind) => kind.flows.map((flow) => flow.name));
  if (names.includes(name)) return;
  const whose = integration === null ? "there is" : `${integration.name} has`;
  throw new InvalidInput("flow", `${whose} no flow ${JSON.stringify(name)}; there are: ${names.join(", ")}`);
}

/** Which flavours have all of these flows and how to change to one, as a sentence; null where none has. */
export function flavoursWith(desk: Desk, { name, kind }: Integration, flows: readonly string[]): string | null {
  const having = Object.entries(kindOf(desk, kind).flavours).filter(([, own]) =>
    flows.every((flow) => own.includes(flow)),
  );
  const [first] = having.map(([flavour]) => flavour);
  if (first === undefined) return null;
  const which =
    having.length === 1 ? `The flavour ${first} has` : `The flavours ${having.map(([one]) => one).join(", ")} have`;
  return `${which} ${flows.length === 1 ? "it" : "them"}: \`mizan integrations set ${name} --flavour ${first}\``;
}
