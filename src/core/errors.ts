/**
 * The four errors of Mizan, named by what happens next (architecture, law 5). A fourth kind needs no class here:
 * anything that is none of these three is our own bug and fails the run loudly.
 */
import type { ReasonCode, ReasonParameters } from "./reasons.ts";

/** The work is sound but not now: try again at `after`. Nothing that was accepted is lost. */
export class RetryLater extends Error {
  override readonly name = "RetryLater";
  readonly after: Date;
  /** nothing can be called on this connection before then; false: only this call failed */
  readonly connectionRests: boolean;
  /** the vendor may have done what was asked, so that what works only once may be used up */
  readonly inDoubt: boolean;

  constructor(
    after: Date,
    message: string,
    options: { readonly connectionRests?: boolean; readonly inDoubt?: boolean } = {},
  ) {
    super(message);
    this.after = after;
    this.connectionRests = options.connectionRests ?? false;
    this.inDoubt = options.inDoubt ?? false;
  }
}

/** What a person must do before a connection works again; the codes are those of `reasons.ts`. */
export interface PersonAction {
  readonly code: ReasonCode;
  readonly parameters: ReasonParameters;
}

/** A connection cannot go on before a person acts; its flows pause and keep their cursors. */
export class NeedsPerson extends Error {
  override readonly name = "NeedsPerson";
  readonly action: PersonAction;

  constructor(action: PersonAction, message: string) {
    super(message);
    this.action = action;
  }
}

/** One record is wrong in itself: it gets the outcome `rejected` with this reason, and the rest goes on. */
export class RecordRejected extends Error {
  override readonly name = "RecordRejected";
  readonly code: ReasonCode;
  readonly parameters: ReasonParameters;

  constructor(code: ReasonCode, parameters: ReasonParameters) {
    super(`${code}: ${JSON.stringify(parameters)}`);
    this.code = code;
    this.parameters = parameters;
  }
}

/** Wrong input of a person or a script: an option, a flag, a file. Names the thing, the value and what is allowed. */
export class InvalidInput extends Error {
  override readonly name = "InvalidInput";
  readonly field: string;

  constructor(field: string, message: string) {
    super(message);
    this.field = field;
  }
}
