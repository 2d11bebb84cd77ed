import { z } from "zod";
import type { Door, Facts } from "../../core/connector.ts";
import { RecordRejected } from "../../core/errors.ts";
import type { Page, ReadResult, SourceResource } from "../../core/resources.ts";
import {
  changedAt,
  looseNumber,
  optionalFlag,
  optionalId,
  optionalList,
  optionalText,
  readRecord,
  recordId,
} from "./fields.ts";
import { callRead, fieldsOf, isSorted, type Listing } from "./list-page.ts";
import { readOverlappingPages } from "./overlapping-pages.ts";
import { type ListedModule, readChanged, readInPasses } from "./reading-plans.ts";

/** Ids that one call of /itemdetails takes; clients send 100 and the vendor names no maximum. */
export const detailsBatch = 100;

const warehouseStock = z.object({
  warehouse_id: recordId,
  warehouse_name: optionalText,
  warehouse_available_for_sale_stock: looseNumber,
  warehouse_actual_available_for_sale_stock: looseNumber,
});

const locationStock = z.object({
  location_id: recordId,
  location_name: optionalText,
  location_available_for_sale_stock: looseNumber,
  location_actual_available_for_sale_stock: looseNumber,
});

const item = z.object({
  item_id: recordId,
  name: optionalText,
  sku: optionalText,
  status: optionalText,
  rate: looseNumber,
  purchase_rate: looseNumber,
  /** goods, service, digital_service; South Africa has capital_goods and capital_service too */
  product_type: optionalText,
  /** `inventory` = Zoho tracks its stock */
  item_type: optionalText,
  track_inventory: optionalFlag,
  vendor_id: optionalId,
  vendor_name: optionalText,
  /** accounting stock less what is committed; may be negative, may be "" */
  available_for_sale_stock: looseNumber,
  /** physical stock less what is committed */
  actual_available_for_sale_stock: looseNumber,
  /** organisations from before the move to locations */
  warehouses: optionalList(warehouseStock),
  locations: optionalList(locationStock),
  created_time: optionalText,
  last_modified_time: optionalText,
});

/** An item in full. Where its stock stands in the list already, the list row is as good. */
export type Item = z.output<typeof item>;
/** An item as the list carries it. */
export type ItemRow = Item;

/** The stock of an item at one warehouse or location. */
export interface StockPlace {
  readonly id: string;
  readonly name: string;
  readonly availableForSale: string | number | undefined;
  readonly actualAvailableForSale: string | number | undefined;
}

/** The stock of an item place by place, in whichever of Zoho's two shapes it came; null where it came in neither. */
export function stockPlaces(record: Item): readonly StockPlace[] | null {
  const { locations, warehouses } = record;
  if (locations !== undefined && locations.length > 0)
    return locations.map((place) => ({
      id: place.location_id,
      name: place.location_name ?? "",
      availableForSale: place.location_available_for_sale_stock,
      actualAvailableForSale: place.location_actual_available_for_sale_stock,
    }));
  if (warehouses === undefined) return locations === undefined ? null : [];
  return warehouses.map((place) => ({
    id: place.warehouse_id,
    name: place.warehouse_name ?? "",
    availableForSale: place.warehouse_available_for_sale_stock,
    actualAvailableForSale: place.warehouse_actual_available_for_sale_stock,
  }));
}

const idOf = (row: ItemRow) => row.item_id;
const readItem = (value: unknown) => readRecord<Item>(item, "item_id", value);

/** How items are listed by their modification time. */
export const itemChanges: ListedModule = {
  name: "items",
  query: { filter_by: "Status.All" },
  facts: { sort: "itemsChangeSort", filter: "itemsFilter", dateStart: null },
  filterDocumented: false,
};

const listing: Listing<ItemRow> = {
  path: "/items",
  key: "items",
  query: itemChanges.query,
  idOf,
  changedAt,
  readRow: readItem,
};

/** Items: every reading lists all of them, because a stock movement does not move an item's modification time. */
export function itemsSource(door: Door, facts: Facts): SourceResource<ItemRow, Item> {
  return {
    name: "items",
    idOf,
    changedAt,
    changedSince: () => listItems(door, facts),
    read: async (ids) => new Map(await readDetails(door, ids)),
    batch: detailsBatch,
  };
}

/** The same items, listed by their modification time: for what moves it, which a stock movement does not. */
export function changedItemsSource(door: Door, facts: Facts): SourceResource<ItemRow, Item> {
  return {
    ...itemsSource(door, facts),
    name: "changed-items",
    changedSince: (request) => readChanged(door, listing, itemChanges, facts, request),
  };
}

/**
 * By creation where Zoho honours that order, since no change moves a row in it; else by name, which is official; else in
 * passes.
 */
async function* listItems(door: Door, facts: Facts): AsyncGenerator<Page<ItemRow>, void> {
  const columns = facts.itemsSort === "name" ? ["name"] : ["created_time", "name"];
  for (const column of columns) if ((yield* listSorted(door, column)) === "complete") return;
  yield* readInPasses({ door, listing, query: {} });
}

async function* listSorted(door: Door, column: string): AsyncGenerator<Page<ItemRow>, "complete" | "not-honoured"> {
  const sort = { column, order: "A" } as const;
  for await (const { whole, rows, unreadable } of readOverlappingPages(door, listing, { sort })) {
    if (!isSorted(whole, sort)) return "not-honoured";
    yield { rows, unreadable, position: null };
  }
  return "complete";
}

/** Full items, 100 a call; where one id spoils the call, the ids are asked in halves to find it. */
async function readDetails(door: Door, ids: readonly string[]): Promise<(readonly [string, ReadResult<Item>])[]> {
  if (ids.length > detailsBatch) throw new RangeError(`${ids.length} items asked at once; at most ${detailsBatch}`);
  if (ids.length === 0) return [];
  const query = { item_ids: ids.join(",") };
  const request = { method: "GET", path: "/itemdetails", query, repeat: "safe" } as const;
  const result = ids.length > 1 ? await door.call(request) : await callRead(door, request);
  const values = result.kind === "ok" ? fieldsOf(result.body).items : undefined;
  if (Array.isArray(values)) return sortByAsked(ids, values);
  if (result.kind !== "ok" && ids.length > 1) {
    const middle = Math.ceil(ids.length / 2);
    return [...(await readDetails(door, ids.slice(0, middle))), ...(await readDetails(door, ids.slice(middle)))];
  }
  if (result.kind === "missing") return ids.map((id) => [id, { kind: "missing" }]);
  const message = result.kind === "ok" ? "the answer has no list items" : result.message;
  const rejection = new RecordRejected("vendor-error", { vendor: "Zoho Books", message });
  return ids.map((id) => [id, { kind: "unreadable", rejection }]);
}

function sortByAsked(ids: readonly string[], values: readonly unknown[]): (readonly [string, ReadResult<Item>])[] {
  const found = new Map<string, ReadResult<Item>>();
  for (const value of values) {
    const reading = readItem(value);
    if (reading.kind === "read") found.set(reading.row.item_id, { kind: "found", record: reading.row });
    else if (reading.unreadable.id !== null)
      found.set(reading.unreadable.id, { kind: "unreadable", rejection: reading.unreadable.rejection });
  }
  return ids.map((id) => [id, found.get(id) ?? { kind: "missing" }]);
}
