/**
 * Documents that bring goods back (product.md 1.2, "Refunds"). Whether the books took them in is read before and after each,
 * under the stock lock; what they did not take is counted in, or a person is told.
 */
import { type Decimal, decimal } from "../../core/decimal.ts";
import type { ReturnedGoods, ReturnsStock } from "../../core/flow-stock.ts";
import type { Mapped } from "../../core/mapping.ts";
import { explain, type Reason, type ReasonParameters } from "../../core/reasons.ts";
import type { TargetResource, WriteResult } from "../../core/resources.ts";
import type { BookedStock, BookStock } from "../../core/stock.ts";
import type { Work } from "../decisions.ts";
import type { FlowRun } from "../flow-run.ts";
import type { ReadyWrite } from "../resolve-links.ts";
import { bookStockOfRun } from "./sides.ts";

/**
 * What a document carries besides its own fields: the goods it is to bring back, and the products that a person was told of,
 * with what the books held of each at that time.
 */
const goodsField = "goods_before";
const toldField = "goods_told";
const notReturned = "goods-not-returned" satisfies Reason["code"];

/** A tracked product that is to come back, with what the books held of it before the document was made. */
interface Returning {
  readonly productId: string;
  readonly quantity: number;
  /** as decimal text */
  readonly held: string;
}

interface Goods {
  readonly location: string;
  readonly products: readonly Returning[];
}

/** How documents of this flow bring goods back; null for all other flows. */
export function returnsStock({ flow }: Pick<FlowRun, "flow">): ReturnsStock | null {
  return flow.stock?.role === "returns" ? flow.stock : null;
}

/**
 * Adds to a document what its goods are judged by: what the books hold now, or held before it was made. It is kept with
 * the intent and the link, so that no lost answer loses it.
 */
export async function withGoods(run: FlowRun, write: ReadyWrite): Promise<ReadyWrite> {
  const returns = returnsStock(run);
  if (returns === null) return write;
  if (write.intent === "create") {
    const goods = { [goodsField]: await goodsBefore(run, returns.returned(write.ready)) };
    return { ...write, ready: { ...write.ready, ...goods }, mapped: { ...write.mapped, ...goods } };
  }
  const written = write.link?.written ?? {};
  const goods = { [goodsField]: written[goodsField] };
  const mapped = { ...write.mapped, ...goods };
  const { code, parameters } = write.stored?.reason ?? { code: null, parameters: {} as ReasonParameters };
  const told = code === notReturned ? toldOf(parameters) : null;
  // Long after it was made, the stock says nothing of it any more.
  if (told === null && write.link?.fingerprint !== "") return { ...write, mapped };
  return { ...write, mapped, ready: { ...written, ...write.ready, ...goods, ...(told && { [toldField]: told }) } };
}

/** The parameter `products` of the reason: `id=stock`, with commas between. */
function toldOf({ products = "" }: ReasonParameters): Readonly<Record<string, string>> {
  return Object.fromEntries(products.split(",").map((one) => one.split("=") as [string, string]));
}

/**
 * What becomes of a document whose goods a person was told of, where nothing else of it is to be written: it stays as it is
 * until a person asks; then its goods are looked at again where they are to be counted in. null = it is settled.
 */
export function openGoods(
  run: Pick<FlowRun, "flow">,
  { stored, document, asked }: Pick<Work, "stored"> & { readonly document: Mapped; readonly asked: boolean },
): "kept" | "looked at" | null {
  const returns = returnsStock(run);
  if (returns === null || stored?.reason?.code !== notReturned) return null;
  if (!asked) return "kept";
  return returns.countsIn(document) ? "looked at" : null;
}

async function goodsBefore(run: FlowRun, { location, products }: ReturnedGoods): Promise<Goods> {
  const books = await bookStockOfRun(run).read(products.map(({ productId }) => productId));
  const tracked = products.filter(({ productId }) => books.get(productId)?.tracked === true);
  return {
    location,
    products: tracked.map((one) => ({ ...one, held: heldAt(books.get(one.productId), location).toFixed() })),
  };
}

function heldAt(book: BookedStock | undefined, location: string): Decimal {
  return book?.stock.get(location) ?? decimal(0);
}

/** What the wrapped target works with. */
export interface BringBack {
  readonly stock: BookStock;
  readonly returns: ReturnsStock;
  /** where counts are written */
  readonly counts: TargetResource;
}

/** A target whose documents bring goods back. One at a time, so that each is told by the stock around it. */
export function bringingBack(target: TargetResource, given: BringBack): TargetResource {
  // Goods of documents that were made here; an update tells what became of them.
  const seen = new Map<string, Came>();
  return {
    ...target,
    oneAtATime: true,
    create: async (document) => {
      const result = await target.create(withoutOwn(given, document));
      if (result.kind !== "done" || result.found === true) return result;
      try {
        seen.set(result.id, await takeIn(given, document, { id: result.id, sure: true }));
      } catch {
        // The document is made whatever becomes of this look; its update looks again, and fails where this did.
      }
      return result;
    },
    update: async (id, document) => {
      const result = await target.update(id, withoutOwn(given, document));
      if (result.kind !== "done") return result;
      // Made by another run, or its answer was lost: other documents may have moved the stock since.
      const came = seen.get(id) ?? (await takeIn(given, document, { id, sure: false }));
      // What is sent anew looks for itself.
      seen.delete(id);
      if (came.kind === "in-doubt") return came;
      return came.asks === null ? result : { ...result, asks: came.asks };
    },
  };
}

function withoutOwn({ returns }: BringBack, document: Mapped): Mapped {
  const own = new Set([goodsField, toldField, ...returns.own]);
  return Object.fromEntries(Object.entries(document).filter(([field]) => !own.has(field)));
}

/** What came of the goods: what a person must settle, or a count without an answer, which may yet land. */
type Came = { readonly kind: "looked at"; readonly asks: Reason | null } | Extract<WriteResult, { kind: "in-doubt" }>;

/** Goods that are not in the books. */
interface OpenGoods extends Returning {
  readonly sku: string;
  readonly is: Decimal;
  readonly answer: WriteResult | null;
}

/**
 * Looks whether the goods are in the books, and counts in what is not where that is asked for: only where it is sure that
 * the books did not take them, or they hold what a person was told and has looked at.
 */
async function takeIn(
  given: BringBack,
  document: Mapped,
  { id, sure }: { readonly id: string; readonly sure: boolean },
): Promise<Came> {
  const { location, products } = (document[goodsField] as Goods | undefined) ?? { location: "", products: [] };
  const told = document[toldField] as Readonly<Record<string, string>> | undefined;
  const books = await given.stock.read(products.map(({ productId }) => productId));
  const open: OpenGoods[] = [];
  let doubt: Came | null = null;
  for (const product of products) {
    const { productId, quantity } = product;
    const book = books.get(productId);
    const is = heldAt(book, location);
    const level = told === undefined ? product.held : told[productId];
    if (level === undefined || is.gte(decimal(level).plus(quantity))) continue;
    // Who retries it without asking for a count has settled it.
    if (told !== undefined && !given.returns.countsIn(document)) continue;
    const stands = book !== undefined && (sure || told !== undefined) && is.eq(level);
    const counted = is.plus(quantity);
    const count = stands
      ? given.returns.countIn(document, {
          productId,
          sku: book.sku,
          held: is.toFixed(),
          counted: counted.toFixed(),
          cost: book.cost?.toFixed() ?? null,
        })
      : null;
    const answer = count === null ? null : await given.counts.create(count);
    if (answer?.kind === "done") continue;
    if (answer?.kind === "in-doubt") {
      const now = heldAt((await given.stock.read([productId])).get(productId), location);
      if (now.lt(counted)) doubt = answer;
      continue;
    }
    open.push({ ...product, sku: book?.sku ?? productId, is, answer });
  }
  return doubt ?? { kind: "looked at", asks: open.length === 0 ? null : reasonOf(id, open) };
}

function reasonOf(id: string, open: readonly OpenGoods[]): Reason {
  const goods = open.map(wordsOf).join("; ");
  const products = open.map(({ productId, is }) => `${productId}=${is.toFixed()}`).join(",");
  return { code: notReturned, parameters: { id, goods, products } };
}

function wordsOf({ sku, quantity, held, is, answer }: OpenGoods): string {
  const why = answer === null ? "" : whyOf(answer);
  return `${quantity} × ${sku}: ${held} → ${is.toFixed()}${why === "" ? "" : ` (${why})`}`;
}

function whyOf(answer: WriteResult): string {
  if (answer.kind === "later") return answer.reason.parameters.message || explain(answer.reason).sentence;
  return "message" in answer ? answer.message : "";
}
