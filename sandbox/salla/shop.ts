import type { Decimal } from "../decimal.ts";
import { createSortedRows, type SortedRows } from "../sorted-rows.ts";
import type { Clock, Fields, Random } from "../wire.ts";
import { obfuscatedId } from "./ids.ts";
import type { Amounts, Discount } from "./order-amounts.ts";
import { newStatuses, type Status, statusById } from "./statuses.ts";
import type { SallaSwitches } from "./switches.ts";

/** What has a quantity of its own. */
export interface Stocked {
  /** Branch id → units; without branch-managed stock everything lies in the default branch. */
  readonly quantities: Map<number, number>;
  unlimited: boolean;
  sold: number;
}

export interface Variant extends Stocked {
  readonly id: number;
  sku: string;
  /** The values of its options: `Red / Large`. */
  name: string;
  price: Decimal | null;
  costPrice: Decimal | null;
  updatedMs: number;
}

export interface Product extends Stocked {
  readonly id: number;
  sku: string;
  name: string;
  type: string;
  price: Decimal;
  salePrice: Decimal | null;
  costPrice: Decimal | null;
  status: string;
  /** False means exempt from VAT. */
  withTax: boolean;
  managedByBranches: boolean;
  variants: Variant[];
  /** What one unit of a bundle takes. */
  components: { productId: number; quantity: number }[];
  createdMs: number;
  updatedMs: number;
  /** Shown as they are. */
  extra: Fields;
}

export interface Customer {
  readonly id: number;
  fields: Fields;
  updatedMs: number;
}

export interface Branch {
  readonly id: number;
  fields: Fields;
}

export interface OrderLine {
  readonly id: number;
  readonly productId: number | null;
  readonly variantId: number | null;
  readonly name: string;
  sku: string;
  readonly productType: string;
  readonly quantity: number;
  /** Per unit, ex VAT. */
  readonly unitPrice: Decimal;
  /** Per unit, incl. VAT, where the catalogue's prices include it. */
  readonly grossUnit: Decimal | undefined;
  /** Of the line, without its share of a coupon. */
  readonly discount: Decimal;
  couponShare: Decimal;
  readonly taxPercent: Decimal;
  /** Of the line, after every discount. */
  tax: Decimal;
  taxBeforeCoupon: Decimal;
  readonly options: Fields[];
  readonly notes: string;
  refunded: number;
  /** Shown instead of what is true. */
  overrides: Fields;
}

export interface Order {
  readonly id: number;
  readonly referenceId: number;
  readonly createdMs: number;
  updatedMs: number;
  /** A row of the statuses, original or custom. */
  statusId: number;
  lines: OrderLine[];
  amounts: Amounts;
  /** What it was added up from, as it was given. */
  terms: Fields;
  /** Listed, but not subtracted from the total. */
  listedOnly: Discount[];
  currency: string;
  /** Riyals for one unit of the order's currency. */
  exchangeRate: Decimal | undefined;
  customerId: number | null;
  guest: Fields | null;
  paymentMethod: string;
  paid: boolean;
  branchId: number | null;
  firstCompleteMs: number | null;
  /** Whether its units are taken out of the quantities now. */
  deducted: boolean;
  /** Imported history never touches quantities. */
  readonly untouchedStock: boolean;
  /** Accounting services that have it. */
  sentTo: string[];
  tags: string[];
  extra: Fields;
  /** Shown instead of what is true. */
  overrides: Fields;
}

export interface InvoiceLine {
  readonly id: number;
  readonly line: OrderLine;
  readonly quantity: number;
  readonly discount: Decimal;
  readonly tax: Decimal;
}

export interface Invoice {
  readonly id: number;
  readonly number: number;
  readonly orderId: number;
  readonly type: "tax_invoice" | "credit_note";
  readonly createdMs: number;
  readonly lines: InvoiceLine[];
  readonly shipping: Decimal;
  readonly cod: Decimal;
  readonly tax: Decimal;
  readonly discount: Decimal;
  readonly subTotal: Decimal;
  readonly total: Decimal;
  readonly uuid: string;
}

/** A webhook that somebody wants. */
export interface Subscription {
  readonly id: number;
  readonly event: string;
  readonly url: string;
  name: string;
  version: number;
  rule: string;
  headers: Record<string, string>;
  strategy: "signature" | "token" | "none";
  secret: string;
}

/** A table whose rows are listed in many orders. */
export interface Table<Row extends { readonly id: number }> {
  readonly rows: Map<number, Row>;
  readonly sorted: SortedRows<Row>;
}

/** Something that happened in the shop; the data is only built when somebody wants to hear of it. */
export interface ShopEvent {
  readonly event: string;
  readonly atMs: number;
  readonly data: () => Fields;
  /** What rules of subscriptions may look at. */
  readonly order?: Order;
}

/** Everything that the stand-in knows of one store. A reset makes a new one. */
export interface Shop {
  readonly clock: Clock;
  readonly random: Random;
  readonly switches: SallaSwitches;
  readonly products: Table<Product>;
  readonly orders: Table<Order>;
  readonly invoices: Table<Invoice>;
  /** Invoices and credit notes of each order, oldest first. */
  readonly invoicesByOrder: Map<number, Invoice[]>;
  readonly customers: Map<number, Customer>;
  readonly branches: Map<number, Branch>;
  readonly statuses: Status[];
  readonly taxes: Fields[];
  readonly subscriptions: Map<number, Subscription>;
  readonly audit: Fields[];
  /** Who hears of events. */
  readonly listeners: ((event: ShopEvent) => void)[];
  readonly counters: Map<string, number>;
  /** False once a reset has put another shop in its place: queued work of the old one is void. */
  alive: boolean;
}

export function newShop(clock: Clock, random: Random, switches: SallaSwitches): Shop {
  const shop: Shop = {
    clock,
    random,
    switches,
    products: newTable(),
    orders: newTable(),
    invoices: newTable(),
    invoicesByOrder: new Map(),
    customers: new Map(),
    branches: new Map(),
    statuses: newStatuses(),
    taxes: [{ id: obfuscatedId(1), tax: 15, status: "active", country: null }],
    subscriptions: new Map(),
    audit: [],
    listeners: [],
    counters: new Map(),
    alive: true,
  };
  const id = nextId(shop, "branches");
  shop.branches.set(id, { id, fields: { name: "الفرع الرئيسي", status: "active", is_default: true } });
  return shop;
}

/** The next id of a kind; the numbers of different kinds are the same on purpose. */
export function nextId(shop: Shop, kind: string): number {
  return obfuscatedId(nextNumber(shop, kind));
}

/** Counts up from 1. */
export function nextNumber(shop: Shop, kind: string): number {
  const next = (shop.counters.get(kind) ?? 0) + 1;
  shop.counters.set(kind, next);
  return next;
}

/** Stores a row, or says that it changed. */
export function putRow<Row extends { readonly id: number }>(table: Table<Row>, row: Row): void {
  table.rows.set(row.id, row);
  table.sorted.changed(row);
}

export function dropRow<Row extends { readonly id: number }>(table: Table<Row>, row: Row): void {
  table.rows.delete(row.id);
  table.sorted.changed(row);
}

/** The branch that holds stock which no branch manages. */
export function defaultBranch(shop: Shop): number {
  const all = [...shop.branches.values()];
  return (all.find(({ fields }) => fields.is_default === true) ?? all[0])?.id ?? 0;
}

export function announce(shop: Shop, event: Omit<ShopEvent, "atMs">): void {
  for (const listener of shop.listeners) listener({ ...event, atMs: shop.clock.now() });
}

/** The status of an order, as the merchant has it. */
export function statusOf(shop: Shop, order: Order): Status {
  const status = statusById(shop.statuses, order.statusId);
  if (status === undefined) throw new Error(`order ${order.id} has no status`);
  return status;
}

/** Salla keeps seconds. */
export function nowOf(shop: Shop): number {
  return Math.floor(shop.clock.now() / 1000) * 1000;
}

function newTable<Row extends { readonly id: number }>(): Table<Row> {
  const rows = new Map<number, Row>();
  return { rows, sorted: createSortedRows(rows) };
}
