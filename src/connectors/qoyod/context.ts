import type { Door, Facts } from "../../core/connector.ts";
import type { BookStock } from "../../core/stock.ts";
import type { InTurn } from "./in-turn.ts";

/** What a session's resources work with. */
export interface QoyodContext {
  readonly door: Door;
  readonly perPage: number;
  readonly facts: Facts;
  readonly inTurn: InTurn;
  readonly stock: BookStock;
}
