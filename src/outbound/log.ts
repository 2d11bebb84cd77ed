/** Where notable events go; handed in by whoever opens the door. */
export type Log = (
  level: "debug" | "info" | "warn" | "error",
  message: string,
  fields: Readonly<Record<string, unknown>>,
) => void;

/** One HTTP exchange, for counting. */
export interface CallReport {
  readonly vendor: string;
  readonly method: string;
  /** without the query */
  readonly path: string;
  /** null when no answer came */
  readonly status: number | null;
  readonly ms: number;
  /** 1 for the first try of a call */
  readonly attempt: number;
}
