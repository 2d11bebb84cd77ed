import { z } from "zod";
import type { Door, Facts } from "../../core/connector.ts";
import { readInstant } from "../../core/conversions.ts";
import { NeedsPerson, RecordRejected } from "../../core/errors.ts";
import type { Page, ReadResult, SourceResource, UnreadableRow } from "../../core/resources.ts";
import { FilterRefused, fetchRecord, fieldsOf, listFailed } from "./documents.ts";
import {
  flagOrFalse,
  id,
  optionalAmount,
  optionalInstant,
  type Reading,
  readRecord,
  remoteIds,
  requiredFlag,
  wholeNumber,
} from "./fields.ts";
import { movedOrders } from "./moved-orders.ts";
import { buyOrderLines, readOrderLines } from "./order-lines.ts";
import { ourRemoteIds } from "./our-remote-ids.ts";
import { readOverlappingPages } from "./overlapping-pages.ts";
import { probeOrigin } from "./probe.ts";

const header = z.object({
  id,
  supplierId: id,
  placed: optionalInstant,
  completed: optionalInstant,
  expectedDeliveryDate: optionalInstant,
  totalValue: optionalAmount,
  assembly: flagOrFalse,
  createdFromPublicApi: requiredFlag,
  remoteIdMap: remoteIds,
  updatedAt: optionalInstant,
});

const line = z.object({
  id,
  productId: id,
  quantity: wholeNumber,
  subtotalValue: optionalAmount,
  updatedAt: optionalInstant,
});

const order = header.extend({ lines: z.array(line) });

/** A buy order as the list carries it. */
export interface BuyOrderRow extends Omit<z.output<typeof header>, "remoteIdMap"> {
  /** the ids under which our coupling knows it; empty = it was not exported by us */
  readonly remoteIds: readonly string[];
  /** the last change of its lines that is known, milliseconds since 1970; 0 = none */
  readonly linesMovedAt: number;
}

/** A buy order with its lines. */
export interface BuyOrder extends BuyOrderRow {
  readonly lines: readonly BuyOrderLine[];
}

/** A line of a buy order as it is read. */
export type BuyOrderLine = z.output<typeof line>;

/** The last change among the lines of an order, by its id. */
type Moved = ReadonlyMap<string, number>;

interface SourceContext {
  readonly door: Door;
  readonly couplingId: string | undefined;
  readonly facts: Facts;
}

/**
 * Open buy orders, for the export (seed Z5): the whole list each time, for nothing marks those that shall be exported. The
 * moment of an order is that of its own last change or of a line's, whichever is later.
 */
export function buyOrdersSource(context: SourceContext): SourceResource<BuyOrderRow, BuyOrder> {
  let told: Promise<void> | undefined;
  /** Before the first order is read in full to be exported: at the latest now it must be sure who made it. */
  const ensureTold = () => {
    told ??= checkOrigin(context);
    return told;
  };
  return {
    name: "buyOrders",
    idOf: (row) => row.id,
    changedAt: ({ updatedAt, linesMovedAt }) => Math.max(instantOf(updatedAt), linesMovedAt),
    changedSince: ({ since }) => openOrders(context, since),
    read: async (ids) => {
      await ensureTold();
      return new Map(await Promise.all(ids.map(async (one) => [one, await readOrder(context, one)] as const)));
    },
    batch: 1,
  };
}

/** @throws {NeedsPerson} origin-untold: orders that people made could not be told from those that Mizan imported. */
async function* openOrders(context: SourceContext, since: number | null): AsyncGenerator<Page<BuyOrderRow>, void> {
  const { door, facts } = context;
  if (facts.buyOrdersOrigin === "untold") throw untold();
  const moved: Moved = since === null ? new Map() : await movedOrders(door, buyOrderLines, since);
  if (facts.completedFilter !== false) {
    try {
      yield* listOrders(context, moved, { "filter[completed]": "null", sort: "id" });
      return;
    } catch (error) {
      if (!(error instanceof FilterRefused)) throw error;
    }
  }
  try {
    yield* listOrders(context, moved, { sort: "id" });
  } catch (error) {
    if (error instanceof FilterRefused) throw listFailed(door, "buyOrders", error.message);
    throw error;
  }
}

/**
 * An account that was empty when it was connected tells by now, because products were made in it since.
 * @throws {NeedsPerson} origin-untold, where still nothing was made through the API by what Optiply says.
 */
async function checkOrigin({ door, facts }: SourceContext): Promise<void> {
  if (facts.buyOrdersOrigin === "told") return;
  if ((await probeOrigin(door)) !== "told") throw untold();
}

function untold(): NeedsPerson {
  return new NeedsPerson(
    { code: "origin-untold", parameters: { vendor: "Optiply" } },
    "Optiply does not tell which of its buy orders people made, so none can be exported",
  );
}

async function* listOrders(
  context: SourceContext,
  moved: Moved,
  query: Readonly<Record<string, string>>,
): AsyncGenerator<Page<BuyOrderRow>, void> {
  for await (const values of readOverlappingPages(context.door, "buyOrders", query)) {
    const rows: BuyOrderRow[] = [];
    const unreadable: UnreadableRow[] = [];
    for (const value of values.map(flat).filter((one) => !isCompleted(one))) {
      const reading = readRecord(header, value);
      if (reading.kind === "read") rows.push(rowOf(reading.row, context, moved.get(reading.row.id) ?? 0));
      else unreadable.push({ id: reading.id, rejection: reading.rejection });
    }
    yield { rows, unreadable, position: null };
  }
}

async function readOrder(context: SourceContext, orderId: string): Promise<ReadResult<BuyOrder>> {
  const { door } = context;
  const found = await fetchRecord(door, "buyOrders", orderId);
  if (found === null) return { kind: "missing" };
  try {
    const lines = (await readOrderLines(door, buyOrderLines, orderId)).map(flat);
    const reading: Reading<z.output<typeof order>> = readRecord(order, { ...found.attributes, id: found.id, lines });
    if (reading.kind === "unreadable") return { kind: "unreadable", rejection: reading.rejection };
    const linesMovedAt = Math.max(0, ...reading.row.lines.map(({ updatedAt }) => instantOf(updatedAt)));
    return { kind: "found", record: { ...rowOf(reading.row, context, linesMovedAt), lines: reading.row.lines } };
  } catch (error) {
    if (!(error instanceof FilterRefused)) throw error;
    const parameters = { vendor: "Optiply", message: error.message };
    return { kind: "unreadable", rejection: new RecordRejected("vendor-error", parameters) };
  }
}

/** Completed ones are left out before anything else is looked at, so that an old odd one troubles nobody. */
function isCompleted({ completed }: Readonly<Record<string, unknown>>): boolean {
  return typeof completed === "string" && readInstant(completed) !== null;
}

function rowOf(row: z.output<typeof header>, { couplingId }: SourceContext, linesMovedAt: number): BuyOrderRow {
  const { remoteIdMap, ...others } = row;
  return { ...others, remoteIds: ourRemoteIds(remoteIdMap, couplingId), linesMovedAt };
}

function instantOf(moment: string | undefined): number {
  return moment === undefined ? 0 : (readInstant(moment) ?? 0);
}

/** A resource object as one level: its attributes with its id. */
function flat(value: unknown): Readonly<Record<string, unknown>> {
  const { id: own, attributes } = fieldsOf(value);
  return { ...fieldsOf(attributes), id: own };
}
