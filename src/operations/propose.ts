import type { Choice } from "../core/connector.ts";
import { InvalidInput } from "../core/errors.ts";
import type { IntegrationKind } from "../core/flow.ts";
import type { Language } from "../core/reasons.ts";
import type { ProposedOption, SetUp } from "../core/set-up.ts";
import type { Connection } from "../store/connections.ts";
import { connectionOf, type Desk, kindOf } from "./desk.ts";

/** For which two connections settings are proposed. */
export interface ProposalRequest {
  /** the kind of the integration, such as salla-qoyod */
  readonly kind: string;
  readonly source: string;
  readonly target: string;
  readonly language?: Language;
  readonly signal: AbortSignal;
}

/** One option with the value that is proposed, and why. */
export interface OptionProposal {
  readonly option: string;
  /** as `--option` takes it; null where a person must choose */
  readonly value: string | null;
  /** whether nothing runs without it */
  readonly needed: boolean;
  readonly why: string;
}

/** What is proposed; nothing of it is saved. */
export interface Proposal {
  readonly kind: string;
  readonly source: string;
  readonly target: string;
  readonly options: readonly OptionProposal[];
  /** needed options that a person must choose */
  readonly missing: readonly string[];
  /** makes the integration with what is proposed */
  readonly command: string;
}

/**
 * Reads what two accounts have to choose from, and proposes the options of an integration between them.
 * @throws {InvalidInput} {NeedsPerson} {RetryLater}
 */
export async function propose(desk: Desk, request: ProposalRequest): Promise<Proposal> {
  const kind = kindOf(desk, request.kind);
  const { setUp } = kind;
  if (setUp === undefined)
    throw new InvalidInput("kind", `options of ${kind.name} cannot be proposed; give them yourself`);
  const source = await connectionOf(desk, "source", request.source, kind.source);
  const target = await connectionOf(desk, "target", request.target, kind.target);
  const proposed = await proposeFor(desk, setUp, { source, target }, request.signal);
  const options = proposed.map(
    ({ option, value, why }): OptionProposal => ({
      option,
      value,
      needed: isNeeded(kind, option),
      why: why[request.language ?? "en"],
    }),
  );
  const given = options.flatMap(({ option, value }) => (value === null ? [] : [`${option}=${quoted(value)}`]));
  const missing = options.filter(({ needed, value }) => needed && value === null).map(({ option }) => option);
  const words = ["mizan integrations add", kind.name, "--name shop", "--source", source.name, "--target", target.name];
  const more = missing.map((option) => `${option}=…`);
  const command = [...words, "--option", ...given, ...more].join(" ");
  return { kind: kind.name, source: source.name, target: target.name, options, missing, command };
}

/** @param sides a side that is left out has nothing to choose from */
export async function proposeFor(
  desk: Desk,
  setUp: SetUp,
  sides: { readonly source?: Connection; readonly target: Connection },
  signal: AbortSignal,
): Promise<readonly ProposedOption[]> {
  const { source, target } = sides;
  const sets = setUp.sets({ source: source?.facts ?? {}, target: target.facts });
  const found = new Map<string, readonly Choice[]>();
  const read = async (side: "source" | "target", connection: Connection) => {
    const members = await choicesOf(desk, connection, sets[side], signal);
    for (const [set, choices] of members) found.set(`${side}/${set}`, choices);
  };
  if (source !== undefined) await read("source", source);
  await read("target", target);
  return setUp.propose((side, set) => found.get(`${side}/${set}`) ?? []);
}

async function choicesOf(
  desk: Desk,
  connection: Connection,
  sets: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, readonly Choice[]>> {
  const opened = await desk.openSession(connection, {
    purpose: "person",
    signal,
    overlay: {},
    onCall: () => undefined,
  });
  const found = new Map<string, readonly Choice[]>();
  try {
    for (const set of sets) found.set(set, (await opened.session.choices?.(set)) ?? []);
    return found;
  } finally {
    await opened.close();
  }
}

/** Whether an integration of the kind cannot be made without the option. */
function isNeeded({ options }: IntegrationKind, option: string): boolean {
  const field = (options.shape as Readonly<Record<string, { safeParse(value: unknown): { success: boolean } }>>)[
    option
  ];
  return field?.safeParse(undefined).success === false;
}

/** A value as shells take it. */
function quoted(value: string): string {
  return /^[\w=,./-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`;
}
