/** How a kind of integration is set up, as data and pure functions: the operations know no vendor (product.md, 1). */
import type { Choice, Facts } from "./connector.ts";
import type { DraftAmounts } from "./draft-amounts.ts";
import type { PersonAction } from "./errors.ts";
import type { Mapped } from "./mapping.ts";

/** A sentence for people. */
export interface Words {
  readonly en: string;
  readonly ar: string;
}

/** Something of each side. */
export interface BothSides<Of> {
  readonly source: Of;
  readonly target: Of;
}

/** What the vendors have to choose from: the members of each set that was asked for; a set that was not has none. */
export type ChoicesOf = (side: keyof BothSides<unknown>, set: string) => readonly Choice[];

/** One option as it is proposed. */
export interface ProposedOption {
  readonly option: string;
  /** as `--option` takes it; null where a person must choose */
  readonly value: string | null;
  readonly why: Words;
}

/** What a draft with known lines is made of. */
export interface DraftParts {
  readonly contactId: string;
  readonly productId: string;
  readonly locationId: string;
  /** YYYY-MM-DD */
  readonly day: string;
  /** that nothing else has */
  readonly reference: string;
}

/** How an option is found by a draft in the books. */
export interface Calibration {
  readonly option: string;
  /** the day of a document, by the zone of the books */
  dayOf(now: number): string;
  draft(parts: DraftParts): Mapped;
  /** @returns the option's value, `alike` others that explain the numbers too; null where none does */
  read(amounts: DraftAmounts): { readonly value: string; readonly alike: readonly string[] } | null;
  /** the target's resource of products, and the service whose lines the draft has: made once, then found by its SKU */
  readonly products: string;
  service(options: ReadonlyMap<string, string>): Mapped & { readonly sku: string };
  /** options whose proposed values the draft needs */
  readonly contactOption: string;
  readonly locationOption: string;
}

/** How a kind of integration is set up. */
export interface SetUp {
  /** the sets that a proposal needs, by what the probes found */
  readonly sets: (facts: BothSides<Facts>) => BothSides<readonly string[]>;
  readonly propose: (choices: ChoicesOf) => readonly ProposedOption[];
  readonly calibration: Calibration;
  /** why the integration must not start beside another link between the two accounts; null where no other one shows */
  readonly beside: (
    options: Readonly<Record<string, unknown>>,
    facts: BothSides<Facts>,
  ) => { readonly option: string; readonly message: string; readonly reason: PersonAction } | null;
}
