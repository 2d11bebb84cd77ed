/** The tables of `migrations/` as types; `docs/schema.sql` is their printed form. */
import type { ColumnType, Generated, JSONColumnType, Kysely, Transaction } from "kysely";
import type { IntentKind, IntentState, Outcome, OutcomeCounts, Trigger } from "../core/outcome.ts";
import type { Reason, ReasonCode, ReasonParameters } from "../core/reasons.ts";
import type {
  AssignedSkuTable,
  ExcludedOrderTable,
  ReservedOrderTable,
  ReservedUnitTable,
  SoldUnitTable,
  StockDecisionTable,
  StockLevelTable,
} from "./stock-tables.ts";

/** jsonb: read as a value, written as text. */
type Json<T> = JSONColumnType<T & object, string, string>;
type NullableJson<T> = JSONColumnType<(T & object) | null, string | null, string | null>;

export interface ConnectionTable {
  id: Generated<number>;
  name: string;
  vendor: string;
  settings: Json<Record<string, unknown>>;
  secrets: Buffer;
  facts: Json<Record<string, string | number | boolean | null | readonly string[]>>;
  needs_person: NullableJson<Reason>;
  created_at: Date;
  checked_at: Date | null;
}

export interface IntegrationTable {
  id: Generated<number>;
  name: string;
  kind: string;
  flavour: string;
  source_connection_id: number;
  target_connection_id: number;
  options: Json<Record<string, unknown>>;
  paused: Generated<boolean>;
  created_at: Date;
}

export interface FlowStateTable {
  integration_id: number;
  flow: string;
  cursor_since: Date | null;
  pass_position: string | null;
  pass_watermark: Date | null;
  every_minutes: number;
  stretched_minutes: Generated<number | null>;
  next_run_at: Date;
  needs_person: ColumnType<Reason | null, string | null | undefined, string | null>;
}

/** `full`: due records and a whole pass; `due`: due records only; the writes of a plan; a part of a backfill. */
export type RunScope = "full" | "due" | "plan" | "backfill";
export type RunState = "running" | "done" | "stopped" | "failed" | "abandoned";

export interface RunTable {
  id: Generated<number>;
  integration_id: number;
  flow: string;
  trigger: Trigger;
  scope: Generated<RunScope>;
  process: string;
  lifeline: string;
  state: RunState;
  lease_until: Date;
  counts: Json<OutcomeCounts>;
  calls: Json<Record<string, number>>;
  message: string | null;
  started_at: Date;
  ended_at: Date | null;
}

export interface LinkTable {
  integration_id: number;
  flow: string;
  source_id: string;
  target_id: string;
  fingerprint: string;
  written: NullableJson<Record<string, unknown>>;
  linked_at: Date;
  written_at: Date;
  made_there: Generated<boolean>;
  missed: Generated<number>;
  shared_by: Generated<string>;
}

export interface RecordTable {
  integration_id: number;
  flow: string;
  source_id: string;
  label: string;
  outcome: Outcome;
  reason_code: ReasonCode | null;
  reason_parameters: NullableJson<ReasonParameters>;
  notes: NullableJson<readonly Reason[]>;
  source_changed_at: Date | null;
  waits_for_flow: string | null;
  waits_for_source_id: string | null;
  waits_for_target_id: string | null;
  retry_at: Date | null;
  attempts: Generated<number>;
  refused_fingerprint: string | null;
  run_id: number | null;
  wanted_at: Generated<Date | null>;
  first_seen_at: Date;
  updated_at: Date;
  announced_at: Generated<Date | null>;
  dismissed: ColumnType<Reason | null, string | null | undefined, string | null>;
}

export interface IntentTable {
  id: Generated<number>;
  integration_id: number;
  flow: string;
  source_id: string;
  kind: IntentKind;
  state: IntentState;
  run_id: number;
  label: string;
  notes: NullableJson<readonly Reason[]>;
  source_changed_at: Date | null;
  payload: NullableJson<Record<string, unknown>>;
  mapped: NullableJson<Record<string, unknown>>;
  fingerprint: string;
  target_id: string | null;
  sent_at: Date | null;
  empty_searches: Generated<number>;
  next_search_at: Date | null;
  message: string | null;
  created_at: Date;
  updated_at: Date;
}

export interface EventTable {
  id: Generated<number>;
  integration_id: number;
  flow: string;
  source_id: string;
  run_id: number | null;
  at: Date;
  kind: string;
  detail: Json<Record<string, unknown>>;
}

export interface PlanTable {
  id: Generated<number>;
  integration_id: number;
  flows: Json<readonly string[]>;
  summary: Json<Record<string, unknown>>;
  state: "making" | "ready" | "applied" | "failed";
  created_at: Date;
  applied_at: Date | null;
}

export interface PlanItemTable {
  plan_id: number;
  position: Generated<number>;
  flow: string;
  source_id: string;
  label: string;
  kind: IntentKind;
  fingerprint: string;
  mapped: Json<Record<string, unknown>>;
}

export interface SeenRecordTable {
  integration_id: number;
  flow: string;
  source_id: string;
  run_id: number;
}

export interface BackfillTable {
  id: Generated<number>;
  integration_id: number;
  flow: string;
  since: ColumnType<unknown, string, string>;
  until: ColumnType<unknown, string, string>;
  state: "running" | "paused" | "done" | "cancelled";
  forecast: Json<Record<string, unknown>>;
  message: string | null;
  resumes_at: Date | null;
  created_at: Date;
  updated_at: Date;
}

export interface WebhookAddressTable {
  connection_id: number;
  digest: string;
  token: Buffer;
  made_at: Date;
  refused_at: Date | null;
  refusal: string | null;
}

/** How a delivery ended; null = it is not handled yet. */
export type DeliveryOutcome =
  /** the records that it speaks of are due, and runs are queued */
  | "announced"
  /** the same, but nothing runs while the integration is paused */
  | "kept"
  /** no flow reads what it speaks of */
  | "unconcerned"
  /** the connection has new secrets, or waits for a person */
  | "authorised"
  | "revoked"
  /** a later change of the connection was handled before it */
  | "overtaken"
  /** it could not be handled for as long as a delivery is taken; the next pass finds what it spoke of */
  | "failed";

export interface WebhookDeliveryTable {
  id: Generated<number>;
  connection_id: number;
  digest: string;
  account: string;
  event: string;
  hints: Json<readonly { readonly resource: string; readonly id: string }[]>;
  change: Buffer | null;
  said_at: Date | null;
  received_at: Date;
  repeats: Generated<number>;
  due_at: Date;
  handled_at: Date | null;
  outcome: DeliveryOutcome | null;
}

export interface MirrorTable {
  connection_id: number;
  resource: string;
  read_until: Date;
  whole_at: Date;
}

export interface MirroredRecordTable {
  connection_id: number;
  resource: string;
  id: string;
  keys: readonly string[];
  row: Json<Record<string, unknown>>;
}

export interface Schema {
  installation: { one: Generated<boolean>; id: string; key_check: Buffer; created_at: Date };
  connection: ConnectionTable;
  access_token: {
    connection_id: number;
    token: Buffer | null;
    expires_at: Date | null;
    renew_at: Generated<Date | null>;
  };
  token_renewal: { connection_id: number; secrets_digest: string; started_at: Date };
  call_budget: { connection_id: number; state: Json<Record<string, unknown>>; version: Generated<number> };
  integration: IntegrationTable;
  flow_state: FlowStateTable;
  run: RunTable;
  link: LinkTable;
  record: RecordTable;
  seen_record: SeenRecordTable;
  backfill: BackfillTable;
  intent: IntentTable;
  event: EventTable;
  plan: PlanTable;
  plan_item: PlanItemTable;
  reserved_order: ReservedOrderTable;
  reserved_unit: ReservedUnitTable;
  sold_unit: SoldUnitTable;
  stock_state: { integration_id: number; orders_read_until: Date | null; look: Generated<number> };
  stock_decision: StockDecisionTable;
  stock_level: StockLevelTable;
  excluded_order: ExcludedOrderTable;
  assigned_sku: AssignedSkuTable;
  mirror: MirrorTable;
  mirrored_record: MirroredRecordTable;
  webhook_address: WebhookAddressTable;
  webhook_delivery: WebhookDeliveryTable;
  api_key: { id: Generated<number>; name: string; digest: string; created_at: Date };
}

/** What runs a statement: the database itself or a transaction of it. */
export type Executor = Kysely<Schema> | Transaction<Schema>;

/** The key under which everything of one flow of one integration stands. */
export interface FlowKey {
  readonly integrationId: number;
  readonly flow: string;
}
