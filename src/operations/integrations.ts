import { z } from "zod";
import { InvalidInput } from "../core/errors.ts";
import type { ChosenOption, IntegrationKind } from "../core/flow.ts";
import { readInput } from "../core/invalid-fields.ts";
import type { ReasonCode } from "../core/reasons.ts";
import { pauseBackfillsOf } from "../store/backfills.ts";
import type { Connection } from "../store/connections.ts";
import { ensureFlowStates, scheduleFlow } from "../store/flow-states.ts";
import {
  findIntegration,
  type Integration,
  addIntegration as insertIntegration,
  updateIntegration,
} from "../store/integrations.ts";
import { retryRecords } from "../store/records.ts";
import { chosenFlows, connectionById, connectionNamed, type Desk, integrationNamed, kindOf } from "./desk.ts";
import { refuseTwin } from "./refuse-twin.ts";

/** What a new integration is made of. */
export const integrationInput = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, "lower-case letters, digits and dashes, at most 63"),
  kind: z.string(),
  flavour: z.string().default("simple"),
  source: z.string(),
  target: z.string(),
  options: z.record(z.string(), z.unknown()).default({}),
  /** true: made without running, so that it can be planned first */
  paused: z.boolean().default(false),
});

export type IntegrationInput = z.input<typeof integrationInput>;

type Options = Readonly<Record<string, unknown>>;

/** What came of adding or changing an integration: entries that were saved although the vendor does not know them. */
export interface SettingsReport {
  readonly integration: Integration;
  readonly warnings: readonly string[];
}

/** Makes an integration of two connections. @throws {InvalidInput} naming the option, its value and what is allowed. */
export async function addIntegration(
  desk: Desk,
  input: IntegrationInput,
  signal: AbortSignal,
): Promise<SettingsReport> {
  const given = readInput(integrationInput, input);
  const kind = kindOf(desk, given.kind);
  if (kind.flavours[given.flavour] === undefined)
    throw new InvalidInput(
      "flavour",
      `flavour is ${JSON.stringify(given.flavour)}; allowed: ${Object.keys(kind.flavours).join(", ")}`,
    );
  const source = await connectionOf(desk, "source", given.source, kind.source);
  const target = await connectionOf(desk, "target", given.target, kind.target);
  if ((await findIntegration(desk.store.database, { name: given.name })) !== null)
    throw new InvalidInput("name", `there is an integration ${given.name} already`);
  const { options, warnings } = await checkOptions(desk, kind, { source, target }, given.options, signal);
  await refuseTwin(desk, kind, { source, target });
  const now = new Date(desk.clock.now());
  const id = await desk.store.database.transaction().execute(async (executor) => {
    const added = await insertIntegration(executor, {
      name: given.name,
      kind: kind.name,
      flavour: given.flavour,
      sourceConnectionId: source.id,
      targetConnectionId: target.id,
      options,
      createdAt: now,
    });
    if (added === null) throw new InvalidInput("name", `there is an integration ${given.name} already`);
    if (given.paused) await updateIntegration(executor, added, { paused: true });
    const flows = kind.flows.filter((flow) => kind.flavours[given.flavour]?.includes(flow.name));
    await ensureFlowStates(executor, added, flows, now);
    return added;
  });
  desk.log("info", "integration added", { integration: given.name, id });
  return { integration: await integrationNamed(desk, given.name), warnings };
}

async function connectionOf(desk: Desk, side: string, name: string, vendor: string): Promise<Connection> {
  const connection = await connectionNamed(desk, name);
  if (connection.vendor !== vendor)
    throw new InvalidInput(
      side,
      `${side} is ${name}, a connection of ${connection.vendor}; it must be one of ${vendor}`,
    );
  return connection;
}

/** Reads options by their schema, compares them with the connections and looks their entries up at the vendors. */
async function checkOptions(
  desk: Desk,
  kind: IntegrationKind,
  sides: { source: Connection; target: Connection },
  input: Options,
  signal: AbortSignal,
): Promise<{ options: Options; warnings: string[] }> {
  const options = readInput<Options>(kind.options, input);
  const conflict = kind.conflict(options, { source: sides.source.settings, target: sides.target.settings });
  if (conflict !== null) throw new InvalidInput(conflict.option, conflict.message);
  const warnings: string[] = [];
  for (const chosen of kind.chosen(options)) {
    if (chosen.entries.length === 0) continue;
    const connection = sides[chosen.side];
    const unknown = await unknownEntries(desk, connection, chosen, signal);
    if (unknown.entries.length === 0) continue;
    const message = `${chosen.option}: ${unknown.entries.join(", ")} is not known in ${desk.vendorTitle(connection.vendor)}; known: ${unknown.known}`;
    if (chosen.unknown === "refuse") throw new InvalidInput(chosen.option, message);
    warnings.push(message);
  }
  return { options, warnings };
}

async function unknownEntries(
  desk: Desk,
  connection: Connection,
  chosen: ChosenOption,
  signal: AbortSignal,
): Promise<{ entries: string[]; known: string }> {
  const opened = await desk.openSession(connection, {
    purpose: "person",
    signal,
    overlay: {},
    onCall: () => undefined,
  });
  const known = await opened.session.lookUp(chosen.set).finally(() => opened.close());
  const names = new Set(known.values());
  const entries = chosen.entries.filter((entry) => !known.has(entry) && !(chosen.names && names.has(entry)));
  const listed = [...known].slice(0, 20).map(([id, name]) => (name === "" || name === id ? id : `${id} (${name})`));
  return { entries, known: listed.join(", ") || "none" };
}

/** What an interval may be, in words. */
export const allowedMinutes = "whole minutes from 1 to 10080";

/** What may be changed of an integration. */
export interface IntegrationChange {
  /** options to set; null takes an option back to its default */
  readonly options?: Readonly<Record<string, unknown>> | undefined;
  readonly flavour?: string | undefined;
  readonly everyMinutes?: Readonly<Record<string, number>> | undefined;
}

/**
 * Changes options, flavour or intervals. Cursors do not move; records that an option had left out are looked at again.
 * @throws {InvalidInput}
 */
export async function setIntegration(
  desk: Desk,
  name: string,
  change: IntegrationChange,
  signal: AbortSignal,
): Promise<SettingsReport> {
  const integration = await integrationNamed(desk, name);
  const kind = kindOf(desk, integration.kind);
  const flavour = change.flavour ?? integration.flavour;
  if (kind.flavours[flavour] === undefined)
    throw new InvalidInput(
      "flavour",
      `flavour is ${JSON.stringify(flavour)}; allowed: ${Object.keys(kind.flavours).join(", ")}`,
    );
  wantsFirstDay(desk, integration, flavour, change.options ?? {});
  const merged = { ...integration.options, ...change.options };
  const wanted = Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== null));
  const sides = {
    source: await connectionById(desk, integration.sourceConnectionId),
    target: await connectionById(desk, integration.targetConnectionId),
  };
  const { options, warnings } = await checkOptions(desk, kind, sides, wanted, signal);
  for (const [flow, minutes] of Object.entries(change.everyMinutes ?? {})) {
    chosenFlows(desk, { ...integration, flavour }, flow);
    if (!Number.isInteger(minutes) || minutes < 1 || minutes > 10_080)
      throw new InvalidInput("every", `every is ${minutes} for ${flow}; allowed: ${allowedMinutes}`);
  }
  const now = new Date(desk.clock.now());
  const changed = Object.keys(options).filter(
    (key) => JSON.stringify(options[key]) !== JSON.stringify(integration.options[key]),
  );
  await desk.store.database.transaction().execute(async (executor) => {
    await updateIntegration(executor, integration.id, { options, flavour });
    const flows = kind.flows.filter((flow) => kind.flavours[flavour]?.includes(flow.name));
    await ensureFlowStates(executor, integration.id, flows, now);
    for (const [flow, everyMinutes] of Object.entries(change.everyMinutes ?? {}))
      await scheduleFlow(executor, { integrationId: integration.id, flow }, { everyMinutes, stretchedMinutes: null });
    await pauseBackfillsOf(executor, integration.id, flows, now);
    const codes = skippedBecauseOf(kind, changed);
    if (codes.length > 0)
      await retryRecords(executor, { integrationId: integration.id, outcomes: ["skipped"], codes }, now);
  });
  return { integration: await integrationNamed(desk, name), warnings };
}

/**
 * A flavour that adds an export would send what people placed long ago, and have ordered by hand since: the first day is
 * chosen with it, be it the same as before.
 */
function wantsFirstDay(desk: Desk, integration: Integration, flavour: string, options: Options): void {
  const kind = kindOf(desk, integration.kind);
  const isAdded = ({ name }: { name: string }) =>
    kind.flavours[flavour]?.includes(name) === true && kind.flavours[integration.flavour]?.includes(name) !== true;
  for (const flow of kind.flows.filter((one) => one.purpose === "export" && isAdded(one))) {
    const [option] = flow.skip.find(({ code }) => code === "before-orders-since")?.options ?? [];
    if (option === undefined || options[option] !== undefined) continue;
    throw new InvalidInput(
      option,
      `flavour ${flavour} exports every open order that people placed in ${desk.vendorTitle(flow.from.vendor)} since ${option}, which is ${String(integration.options[option])}: give ${option} with it, a later day or the same one`,
    );
  }
}

/** The reasons whose rules read one of the changed options. */
function skippedBecauseOf(kind: IntegrationKind, changed: readonly string[]): ReasonCode[] {
  const rules = kind.flows.flatMap((flow) => [...flow.skip, ...(flow.skipRead ?? [])]);
  return rules.filter((rule) => rule.options?.some((option) => changed.includes(option))).map((rule) => rule.code);
}

export async function pauseIntegration(desk: Desk, name: string, paused: boolean): Promise<Integration> {
  const integration = await integrationNamed(desk, name);
  await updateIntegration(desk.store.database, integration.id, { paused });
  return integrationNamed(desk, name);
}
