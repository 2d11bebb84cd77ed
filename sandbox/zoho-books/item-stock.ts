import { add, decimalNumber, parseDecimal, zero } from "../decimal.ts";
import { type Fields, isFields, textOf } from "../wire.ts";
import type { Organization } from "./books.ts";
import type { ZohoBooksSwitches } from "./switches.ts";

/** Stock of one item; plain = accounting, `actual_` = physical, `for_sale` = less what is committed. */
const stockFields = [
  "stock_on_hand",
  "available_stock",
  "actual_available_stock",
  "committed_stock",
  "actual_committed_stock",
  "available_for_sale_stock",
  "actual_available_for_sale_stock",
] as const;

/** What the list of a tracked item shows at the least, besides `reorder_level`. */
const listStockFields = ["stock_on_hand", "available_stock", "actual_available_stock"] as const;

/** The two shapes of stock per place: older organisations have warehouses, migrated ones locations. */
const shapes = {
  warehouses: { prefix: "warehouse", idField: "warehouse_id", nameField: "warehouse_name" },
  locations: { prefix: "location", idField: "location_id", nameField: "location_name" },
} as const;
type Shape = keyof typeof shapes;

/** True for a field whose change is a stock movement; such a change does not move `last_modified_time`. */
export function isStockField(name: string): boolean {
  return name === "warehouses" || name === "locations" || stockFields.some((field) => field === name);
}

/** An item that Zoho does not track has no stock field at all. */
export function isTracked(fields: Fields): boolean {
  if (fields.track_inventory !== undefined) return fields.track_inventory === true;
  return fields.item_type === "inventory" || Object.keys(fields).some(isStockField);
}

/** Fills the stock fields that a merchant left out from those given: from the places, else from any one total. */
export function fillStock(fields: Fields): void {
  const shape = shapeOf(fields);
  const places = shape === undefined ? [] : placesOf(fields, shape);
  if (shape !== undefined) fields[shape] = places.map((place) => filledPlace(place, shapes[shape].prefix));
  const given = ["available_for_sale_stock", "stock_on_hand", "available_stock"].find((name) => name in fields);
  for (const field of stockFields) {
    if (field in fields) continue;
    if (shape !== undefined && places.length > 0) fields[field] = sumOfPlaces(fields, shape, field);
    else fields[field] = field.includes("committed") || given === undefined ? 0 : fields[given];
  }
}

/** Applies a merchant's stock change: totals that are not named follow the places, or move by the same amount. */
export function changeStock(fields: Fields, changes: Fields): void {
  const shape = shapeOf(changes) ?? shapeOf(fields);
  if (shapeOf(changes) !== undefined && shape !== undefined) {
    delete fields[shape === "warehouses" ? "locations" : "warehouses"];
    fields[shape] = placesOf(fields, shape).map((place) => filledPlace(place, shapes[shape].prefix));
    for (const field of stockFields) if (!(field in changes)) fields[field] = sumOfPlaces(fields, shape, field);
    return;
  }
  const leader = ["available_for_sale_stock", "stock_on_hand", "available_stock"].find((name) => name in changes);
  if (leader === undefined) return;
  for (const field of stockFields) {
    if (!(field in changes) && !field.includes("committed")) fields[field] = changes[leader];
  }
  const primary = shape === undefined ? undefined : placesOf(fields, shape)[0];
  if (shape === undefined || primary === undefined) return;
  // The first place takes the difference, so that places and total still agree.
  const { prefix } = shapes[shape];
  for (const field of stockFields) {
    const others = sumOfPlaces({ [shape]: placesOf(fields, shape).slice(1) }, shape, field);
    if (typeof fields[field] === "number") primary[`${prefix}_${field}`] = difference(fields[field], others);
  }
}

/** The stock part of a detail row, in the shape that the switch asks for. */
export function detailStock(fields: Fields, organization: Organization, switches: ZohoBooksSwitches): Fields {
  if (!isTracked(fields)) return {};
  const shown: Fields = { reorder_level: fields.reorder_level ?? "" };
  for (const field of stockFields) shown[field] = fields[field] ?? "";
  return { ...shown, ...shownPlaces(fields, organization, switches.stockShape) };
}

/** The stock part of a list row: less than the detail, unless the switch `stockIn` says otherwise. */
export function listStock(fields: Fields, organization: Organization, switches: ZohoBooksSwitches): Fields {
  if (!isTracked(fields)) return {};
  const detail = detailStock(fields, organization, switches);
  // Made-up items may insist on showing their stock in the detail only, whatever the switch says.
  const detailOnly = fields.sandbox_stock_in === "details";
  if (switches.stockIn === "list" && !detailOnly) return detail;
  const shown: Fields = { reorder_level: detail.reorder_level };
  const names = switches.stockIn === "list-totals" && !detailOnly ? stockFields : listStockFields;
  for (const name of names) shown[name] = detail[name];
  return shown;
}

function shownPlaces(fields: Fields, organization: Organization, wanted: ZohoBooksSwitches["stockShape"]): Fields {
  const stored = shapeOf(fields);
  if (wanted === "none" || (wanted === "as-stored" && stored === undefined)) return {};
  if (wanted === "as-stored" || wanted === stored) {
    return stored === undefined
      ? {}
      : { [stored]: placesOf(fields, stored).map((place) => namedPlace(place, stored, organization)) };
  }
  if (stored !== undefined)
    return {
      [wanted]: placesOf(fields, stored).map((place) =>
        otherShape(namedPlace(place, stored, organization), stored, wanted),
      ),
    };
  const primary = [...organization.tables[wanted].rows.values()][0];
  if (primary === undefined) return {};
  const { prefix, idField } = shapes[wanted];
  const place: Fields = { [idField]: primary.id, is_primary: true };
  for (const field of stockFields) place[`${prefix}_${field}`] = fields[field] ?? "";
  return { [wanted]: [namedPlace(place, wanted, organization)] };
}

function namedPlace(place: Fields, shape: Shape, organization: Organization): Fields {
  const { idField, nameField } = shapes[shape];
  const known = organization.tables[shape].rows.get(textOf(place[idField]))?.fields;
  return {
    [idField]: place[idField],
    [nameField]: known?.[nameField] ?? "",
    status: "active",
    is_primary: known?.is_primary ?? false,
    ...place,
  };
}

function otherShape(place: Fields, from: Shape, to: Shape): Fields {
  const renamed: Fields = {};
  for (const [name, value] of Object.entries(place)) {
    const rest = name.startsWith(`${shapes[from].prefix}_`) ? name.slice(shapes[from].prefix.length + 1) : undefined;
    renamed[rest === undefined ? name : `${shapes[to].prefix}_${rest}`] = value;
  }
  return renamed;
}

function shapeOf(fields: Fields): Shape | undefined {
  if (Array.isArray(fields.warehouses)) return "warehouses";
  return Array.isArray(fields.locations) ? "locations" : undefined;
}

function placesOf(fields: Fields, shape: Shape): Fields[] {
  const places = fields[shape];
  return Array.isArray(places) ? places.filter(isFields) : [];
}

function filledPlace(place: Fields, prefix: string): Fields {
  const given = ["available_for_sale_stock", "stock_on_hand", "available_stock"]
    .map((name) => `${prefix}_${name}`)
    .find((name) => name in place);
  const filled: Fields = { ...place };
  for (const field of stockFields) {
    const name = `${prefix}_${field}`;
    filled[name] ??= field.includes("committed") || given === undefined ? 0 : place[given];
  }
  return filled;
}

function sumOfPlaces(fields: Fields, shape: Shape, field: string): number {
  const name = `${shapes[shape].prefix}_${field}`;
  const values = placesOf(fields, shape).map((place) => parseDecimal(textOf(place[name])) ?? zero);
  return decimalNumber(values.reduce(add, zero));
}

function difference(total: number, part: number): number {
  const minus = parseDecimal(-part) ?? zero;
  return decimalNumber(add(parseDecimal(total) ?? zero, minus));
}
