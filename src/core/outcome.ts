/** What a run did to one record (product.md, "Words that mean one thing everywhere"). */
export const outcomes = ["created", "updated", "unchanged", "skipped", "waiting", "rejected"] as const;
export type Outcome = (typeof outcomes)[number];

/** How many records of a run came to each outcome. */
export type OutcomeCounts = Record<Outcome, number>;

/** All six counts at zero. */
export function noOutcomes(): OutcomeCounts {
  return { created: 0, updated: 0, unchanged: 0, skipped: 0, waiting: 0, rejected: 0 };
}

/** The stations of a write that was decided and stored before it was sent; `planned` are those that a plan names. */
export type IntentState = "planned" | "sent" | "confirmed" | "in-doubt" | "failed";

/** What a write does to the target; one create at the most per business fact. */
export type IntentKind = "create" | "update" | "delete";

/** Why a run was started. */
export const triggers = ["schedule", "webhook", "manual", "backfill"] as const;
export type Trigger = (typeof triggers)[number];
