import { z } from "zod";
import type { Session } from "../core/connector.ts";
import { InvalidInput } from "../core/errors.ts";
import { fingerprint } from "../core/fingerprint.ts";
import type { ChosenOption, IntegrationKind } from "../core/flow.ts";
import { readInput } from "../core/invalid-fields.ts";
import type { ReasonCode } from "../core/reasons.ts";
import { readyConnection } from "../engine/ready-connection.ts";
import { stockFlowsOf } from "../engine/stock/note-orders.ts";
import { pauseBackfillsOf } from "../store/backfills.ts";
import type { Connection } from "../store/connections.ts";
import { letFlowsGoOn } from "../store/flow-pauses.ts";
import { ensureFlowStates, scheduleFlow } from "../store/flow-states.ts";
import {
  findIntegration,
  type Integration,
  addIntegration as insertIntegration,
  lockIntegration,
  updateIntegration,
} from "../store/integrations.ts";
import { retryRecords } from "../store/records.ts";
import { forgetHeldUnits } from "../store/reservations.ts";
import type { Executor } from "../store/schema.ts";
import { changePlaces, placeChange, refuseUnconfirmed } from "./change-places.ts";
import { chosenFlows, connectionById, connectionOf, type Desk, integrationNamed, kindOf } from "./desk.ts";
import { refuseTwin } from "./refuse-twin.ts";

/** What a new integration is made of. */
export const integrationInput = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, "lower-case letters, digits and dashes, at most 63"),
  kind: z.string(),
  /** the kind's first where it is left out */
  flavour: z.string().optional(),
  source: z.string(),
  target: z.string(),
  options: z.record(z.string(), z.unknown()).default({}),
  /** true: made without running, so that it can be planned first */
  paused: z.boolean().default(false),
});

export type IntegrationInput = z.input<typeof integrationInput>;

type Options = Readonly<Record<string, unknown>>;

/** An integration is made by a look at both accounts that is no older. */
const freshMs = 600_000;

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
  const flavour = given.flavour ?? Object.keys(kind.flavours)[0] ?? "";
  if (kind.flavours[flavour] === undefined)
    throw new InvalidInput(
      "flavour",
      `flavour is ${JSON.stringify(flavour)}; allowed: ${Object.keys(kind.flavours).join(", ")}`,
    );
  const known = {
    source: await connectionOf(desk, "source", given.source, kind.source),
    target: await connectionOf(desk, "target", given.target, kind.target),
  };
  if ((await findIntegration(desk.store.database, { name: given.name })) !== null)
    throw new InvalidInput("name", `there is an integration ${given.name} already`);
  wantsEvery(kind, given);
  const source = await lookedAt(desk, known.source, signal);
  const target = await lookedAt(desk, known.target, signal);
  const { options, warnings } = await checkOptions(desk, kind, { source, target }, given.options, signal);
  const beside = kind.setUp?.beside(options, { source: source.facts, target: target.facts }) ?? null;
  if (beside !== null) throw new InvalidInput(beside.option, beside.message);
  const now = new Date(desk.clock.now());
  const id = await desk.store.database.transaction().execute(async (executor) => {
    await refuseTwin(desk, executor, kind, { source, target });
    const added = await insertIntegration(executor, {
      name: given.name,
      kind: kind.name,
      flavour,
      sourceConnectionId: source.id,
      targetConnectionId: target.id,
      options,
      createdAt: now,
    });
    if (added === null) throw new InvalidInput("name", `there is an integration ${given.name} already`);
    if (given.paused) await updateIntegration(executor, added, { paused: true });
    const flows = kind.flows.filter((flow) => kind.flavours[flavour]?.includes(flow.name));
    await ensureFlowStates(executor, added, flows, now);
    return added;
  });
  desk.log("info", "integration added", { integration: given.name, id });
  return { integration: await integrationNamed(desk, given.name), warnings };
}

/** A connection as it is now, where its vendor's facts change: a shop that was empty when it was connected may have orders. */
async function lookedAt(desk: Desk, connection: Connection, signal: AbortSignal): Promise<Connection> {
  if (connection.checkedAt === null || desk.looksAgainAfterMs(connection) === null) return connection;
  return readyConnection(desk, connection.id, { signal, onCall: () => undefined }, freshMs);
}

/** Needed options that were not given are named together, with the way to them. @throws {InvalidInput} */
function wantsEvery(kind: IntegrationKind, { source, target, options }: z.output<typeof integrationInput>): void {
  const needed = Object.entries(kind.options.shape).filter(([, field]) => !field.safeParse(undefined).success);
  const missing = needed.filter(([name]) => options[name] === undefined || options[name] === "");
  const [first] = missing;
  if (first === undefined || kind.setUp === undefined) return;
  const words = missing.map(([name, { description }]) => `${name} (${description ?? ""})`).join("; ");
  const way = `\`mizan propose ${kind.name} --source ${source} --target ${target}\` proposes them`;
  throw new InvalidInput(
    first[0],
    `${missing.length === 1 ? "an option is" : "options are"} missing: ${words}; ${way}`,
  );
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
  const warnings = daysToCome(desk, kind, options);
  for (const side of ["source", "target"] as const) {
    const all = kind.chosen(options).filter((one) => one.side === side && one.entries.length > 0);
    if (all.length === 0) continue;
    const given = { purpose: "person", signal, overlay: {}, onCall: () => undefined } as const;
    const opened = await desk.openSession(sides[side], given);
    try {
      for (const chosen of all) {
        const message = await whyNotChosen(opened.session, chosen, desk.vendorTitle(sides[side].vendor));
        if (message === null) continue;
        if (chosen.unknown === "refuse") throw new InvalidInput(chosen.option, `${chosen.option}: ${message}`);
        warnings.push(`${chosen.option}: ${message}`);
      }
    } finally {
      await opened.close();
    }
  }
  return { options, warnings };
}

/** A first day that lies ahead is allowed, and may be a slip of the hand. */
function daysToCome(desk: Desk, kind: IntegrationKind, options: Options): string[] {
  const today = new Date(desk.clock.now()).toISOString().slice(0, 10);
  const names = new Set(kind.flows.flatMap(({ notBefore }) => notBefore ?? []));
  return [...names].flatMap((name) => {
    const day = options[name];
    return typeof day === "string" && day > today ? [`${name} is ${day}, a day to come: nothing before it flows`] : [];
  });
}

async function whyNotChosen(session: Session, chosen: ChosenOption, vendor: string): Promise<string | null> {
  if (chosen.refused !== undefined) return chosen.refused((await session.choices?.(chosen.set)) ?? []);
  const known = await session.lookUp(chosen.set);
  const names = new Set(known.values());
  const entries = chosen.entries.filter((entry) => !known.has(entry) && !(chosen.names && names.has(entry)));
  if (entries.length === 0) return null;
  const listed = [...known].slice(0, 20).map(([id, name]) => (name === "" || name === id ? id : `${id} (${name})`));
  return `${entries.join(", ")} is not known in ${vendor}; known: ${listed.join(", ") || "none"}`;
}

/** What an interval may be, in words. */
export const allowedMinutes = "whole minutes from 1 to 10080";

/** What may be changed of an integration. */
export interface IntegrationChange {
  /** options to set; null takes an option back to its default */
  readonly options?: Readonly<Record<string, unknown>> | undefined;
  readonly flavour?: string | undefined;
  readonly everyMinutes?: Readonly<Record<string, number>> | undefined;
  /** true: what is counted at a place that changes is counted anew (product.md, 1.1: "Branches") */
  readonly recount?: boolean | undefined;
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
  const moved = placeChange(kind, integration.options, options);
  await refuseUnconfirmed(desk, kind, integration, moved, change.recount ?? false);
  const now = new Date(desk.clock.now());
  const changed = Object.keys(options).filter(
    (key) => JSON.stringify(options[key]) !== JSON.stringify(integration.options[key]),
  );
  const save = async (executor: Executor) => {
    await refuseChangedMeanwhile(executor, integration);
    await updateIntegration(executor, integration.id, { options, flavour });
    const flows = kind.flows.filter((flow) => kind.flavours[flavour]?.includes(flow.name));
    await ensureFlowStates(executor, integration.id, flows, now);
    for (const [flow, everyMinutes] of Object.entries(change.everyMinutes ?? {}))
      await scheduleFlow(executor, { integrationId: integration.id, flow }, { everyMinutes, stretchedMinutes: null });
    await pauseBackfillsOf(executor, integration.id, flows, now);
    for (const flow of kind.flows)
      if (flow.stock?.role === "takes" && flow.stock.options.some((option) => changed.includes(option)))
        await forgetHeldUnits(executor, stockFlowsOf(flow, integration.id));
    const codes = skippedBecauseOf(kind, changed);
    if (codes.length > 0)
      await retryRecords(executor, { integrationId: integration.id, outcomes: ["skipped"], codes }, now);
  };
  if (moved === null) await desk.store.database.transaction().execute(save);
  else warnings.push(...(await changePlaces(desk, kind, integration, moved, { save, signal })));
  return { integration: await integrationNamed(desk, name), warnings };
}

/** What another person saved while this change was looked up at the vendors is not overwritten. @throws {InvalidInput} */
async function refuseChangedMeanwhile(executor: Executor, { id, name, options, flavour }: Integration): Promise<void> {
  const now = await lockIntegration(executor, id);
  if (now?.flavour === flavour && fingerprint(now.options) === fingerprint(options)) return;
  throw new InvalidInput(
    "integration",
    `${name} was changed by someone else at the same time; look at it and try again`,
  );
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

/** No run of it would work beside another link between the two accounts, so that it is not said to run. @throws {InvalidInput} */
async function refuseBeside(desk: Desk, integration: Integration): Promise<void> {
  const kind = kindOf(desk, integration.kind);
  const [source, target] = await Promise.all([
    connectionById(desk, integration.sourceConnectionId),
    connectionById(desk, integration.targetConnectionId),
  ]);
  const beside = kind.setUp?.beside(integration.options, { source: source.facts, target: target.facts }) ?? null;
  if (beside !== null) throw new InvalidInput(beside.option, beside.message);
}

/**
 * Stops or resumes the schedule. Resuming also lets the flows go on that stopped because a document came out different from
 * what was asked: a person has looked at it then.
 * @throws {InvalidInput} where it is to be resumed beside another link between the two accounts
 */
export async function pauseIntegration(desk: Desk, name: string, paused: boolean): Promise<Integration> {
  const integration = await integrationNamed(desk, name);
  if (!paused) await refuseBeside(desk, integration);
  const now = new Date(desk.clock.now());
  await desk.store.database.transaction().execute(async (executor) => {
    await updateIntegration(executor, integration.id, { paused });
    const released = paused ? [] : await letFlowsGoOn(executor, integration.id);
    for (const flow of released)
      await retryRecords(
        executor,
        { integrationId: integration.id, flow, outcomes: ["waiting"], codes: ["flow-paused"] },
        now,
      );
  });
  return integrationNamed(desk, name);
}
