/** The tables of stock as types (`migrations/0005-stock.sql` and later). */
import type { Generated } from "kysely";

export interface ReservedOrderTable {
  integration_id: number;
  order_id: string;
  label: string;
  status: string;
  held: boolean;
  unreadable: Generated<boolean>;
  changed_at: Date;
  read_at: Date;
  past_from: number | null;
  past_until: number | null;
  taken_again: Generated<boolean>;
}

export interface ReservedUnitTable {
  integration_id: number;
  order_id: string;
  unit: string;
  location: string;
  quantity: number;
}

export interface SoldUnitTable {
  integration_id: number;
  order_id: string;
  sku: string;
  unit: string;
}

export interface StockDecisionTable {
  integration_id: number;
  unit: string;
  location: string;
  keeps: "shop" | "books";
  decided_at: Date;
}

export interface ExcludedOrderTable {
  integration_id: number;
  order_id: string;
  goods: "left" | "kept";
  excluded_at: Date;
}

export interface AssignedSkuTable {
  integration_id: number;
  unit: string;
  sku: string;
  assigned_at: Date;
}

export interface StockLevelTable {
  integration_id: number;
  unit: string;
  location: string;
  sku: string;
  shop_quantity: string | null;
  shop_seen_at: Date | null;
  book_stock: string | null;
  book_seen_at: Date | null;
  written: number | null;
  written_at: Date | null;
}
