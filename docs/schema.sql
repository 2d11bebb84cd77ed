-- The tables of the newest migration, read back from the database by `npm run generate`.

create table access_token (
  connection_id integer not null,
  token bytea,
  expires_at timestamp with time zone,
  renew_at timestamp with time zone,
  PRIMARY KEY (connection_id),
  FOREIGN KEY (connection_id) REFERENCES connection(id) ON DELETE CASCADE
);

create table api_key (
  id integer not null generated always as identity,
  name text not null,
  digest text not null,
  created_at timestamp with time zone not null,
  UNIQUE (digest),
  UNIQUE (name),
  PRIMARY KEY (id)
);

create table assigned_sku (
  integration_id integer not null,
  unit text not null,
  sku text not null,
  assigned_at timestamp with time zone not null,
  UNIQUE (integration_id, sku),
  PRIMARY KEY (integration_id, unit),
  FOREIGN KEY (integration_id) REFERENCES integration(id) ON DELETE CASCADE
);

create table backfill (
  id bigint not null generated always as identity,
  integration_id integer not null,
  flow text not null,
  since date not null,
  until date not null,
  state text not null,
  forecast jsonb not null,
  message text,
  resumes_at timestamp with time zone,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  PRIMARY KEY (id),
  FOREIGN KEY (integration_id) REFERENCES integration(id) ON DELETE CASCADE,
  CHECK ((state = ANY (ARRAY['running'::text, 'paused'::text, 'done'::text, 'cancelled'::text])))
);
create unique index backfill_one_open on backfill using btree (integration_id, flow) where (state = any (array['running'::text, 'paused'::text]));

create table call_budget (
  connection_id integer not null,
  state jsonb not null,
  version integer not null default 0,
  PRIMARY KEY (connection_id),
  FOREIGN KEY (connection_id) REFERENCES connection(id) ON DELETE CASCADE
);

create table connection (
  id integer not null generated always as identity,
  name text not null,
  vendor text not null,
  settings jsonb not null,
  secrets bytea not null,
  facts jsonb not null default '{}'::jsonb,
  needs_person jsonb,
  created_at timestamp with time zone not null,
  checked_at timestamp with time zone,
  UNIQUE (name),
  PRIMARY KEY (id)
);

create table event (
  id bigint not null generated always as identity,
  integration_id integer not null,
  flow text not null,
  source_id text not null,
  run_id bigint,
  at timestamp with time zone not null,
  kind text not null,
  detail jsonb not null default '{}'::jsonb,
  PRIMARY KEY (id),
  FOREIGN KEY (integration_id) REFERENCES integration(id) ON DELETE CASCADE
);
create index event_of_record on event using btree (integration_id, flow, source_id, id);

create table excluded_order (
  integration_id integer not null,
  order_id text not null,
  goods text not null,
  excluded_at timestamp with time zone not null,
  PRIMARY KEY (integration_id, order_id),
  FOREIGN KEY (integration_id) REFERENCES integration(id) ON DELETE CASCADE,
  CHECK ((goods = ANY (ARRAY['left'::text, 'kept'::text])))
);

create table flow_state (
  integration_id integer not null,
  flow text not null,
  cursor_since timestamp with time zone,
  pass_position text,
  pass_watermark timestamp with time zone,
  every_minutes integer not null,
  next_run_at timestamp with time zone not null,
  stretched_minutes integer,
  needs_person jsonb,
  PRIMARY KEY (integration_id, flow),
  FOREIGN KEY (integration_id) REFERENCES integration(id) ON DELETE CASCADE,
  CHECK (((every_minutes >= 1) AND (every_minutes <= 10080))),
  CHECK (((stretched_minutes >= 1) AND (stretched_minutes <= 10080)))
);
create index flow_state_due on flow_state using btree (next_run_at);

create table installation (
  one boolean not null default true,
  id uuid not null,
  key_check bytea not null,
  created_at timestamp with time zone not null,
  PRIMARY KEY (one),
  CHECK (one)
);

create table integration (
  id integer not null generated always as identity,
  name text not null,
  kind text not null,
  flavour text not null,
  source_connection_id integer not null,
  target_connection_id integer not null,
  options jsonb not null,
  paused boolean not null default false,
  created_at timestamp with time zone not null,
  UNIQUE (name),
  PRIMARY KEY (id),
  FOREIGN KEY (source_connection_id) REFERENCES connection(id),
  FOREIGN KEY (target_connection_id) REFERENCES connection(id)
);

create table intent (
  id bigint not null generated always as identity,
  integration_id integer not null,
  flow text not null,
  source_id text not null,
  kind text not null,
  state text not null,
  run_id bigint not null,
  label text not null,
  notes jsonb,
  source_changed_at timestamp with time zone,
  payload jsonb,
  mapped jsonb,
  fingerprint text not null,
  target_id text,
  sent_at timestamp with time zone,
  empty_searches integer not null default 0,
  next_search_at timestamp with time zone,
  message text,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  PRIMARY KEY (id),
  FOREIGN KEY (integration_id) REFERENCES integration(id) ON DELETE CASCADE,
  CHECK ((kind = ANY (ARRAY['create'::text, 'update'::text, 'delete'::text]))),
  CHECK ((state = ANY (ARRAY['planned'::text, 'sent'::text, 'confirmed'::text, 'in-doubt'::text, 'failed'::text])))
);
create index intent_of_record on intent using btree (integration_id, flow, source_id, id);
create unique index intent_one_create on intent using btree (integration_id, flow, source_id) where ((kind = 'create'::text) and (state <> 'failed'::text));
create unique index intent_one_open on intent using btree (integration_id, flow, source_id, kind) where (state = any (array['sent'::text, 'in-doubt'::text]));
create index intent_open on intent using btree (integration_id, flow) where (state = any (array['sent'::text, 'in-doubt'::text]));

create table link (
  integration_id integer not null,
  flow text not null,
  source_id text not null,
  target_id text not null,
  fingerprint text not null,
  written jsonb,
  linked_at timestamp with time zone not null,
  written_at timestamp with time zone not null,
  made_there boolean not null default false,
  missed integer not null default 0,
  shared_by text not null default ''::text,
  UNIQUE (integration_id, flow, target_id, shared_by),
  PRIMARY KEY (integration_id, flow, source_id),
  FOREIGN KEY (integration_id) REFERENCES integration(id) ON DELETE CASCADE
);
create index link_missed on link using btree (integration_id, flow) where (missed > 0);

create table mirror (
  connection_id integer not null,
  resource text not null,
  read_until timestamp with time zone not null,
  whole_at timestamp with time zone not null,
  PRIMARY KEY (connection_id, resource),
  FOREIGN KEY (connection_id) REFERENCES connection(id) ON DELETE CASCADE
);

create table mirrored_record (
  connection_id integer not null,
  resource text not null,
  id text not null,
  keys text[] not null,
  row jsonb not null,
  PRIMARY KEY (connection_id, resource, id),
  FOREIGN KEY (connection_id, resource) REFERENCES mirror(connection_id, resource) ON DELETE CASCADE
);
create index mirrored_record_keys on mirrored_record using gin (keys);

create table plan (
  id bigint not null generated always as identity,
  integration_id integer not null,
  flows jsonb not null,
  summary jsonb not null default '{}'::jsonb,
  state text not null,
  created_at timestamp with time zone not null,
  applied_at timestamp with time zone,
  PRIMARY KEY (id),
  FOREIGN KEY (integration_id) REFERENCES integration(id) ON DELETE CASCADE,
  CHECK ((state = ANY (ARRAY['making'::text, 'ready'::text, 'applied'::text, 'failed'::text])))
);

create table plan_item (
  plan_id bigint not null,
  position integer not null generated always as identity,
  flow text not null,
  source_id text not null,
  label text not null,
  kind text not null,
  fingerprint text not null,
  mapped jsonb not null,
  PRIMARY KEY (plan_id, flow, source_id),
  FOREIGN KEY (plan_id) REFERENCES plan(id) ON DELETE CASCADE
);
create index plan_item_order on plan_item using btree (plan_id, flow, "position");

create table record (
  integration_id integer not null,
  flow text not null,
  source_id text not null,
  label text not null,
  outcome text not null,
  reason_code text,
  reason_parameters jsonb,
  notes jsonb,
  source_changed_at timestamp with time zone,
  waits_for_flow text,
  waits_for_source_id text,
  retry_at timestamp with time zone,
  attempts integer not null default 0,
  refused_fingerprint text,
  run_id bigint,
  first_seen_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  waits_for_target_id text,
  announced_at timestamp with time zone,
  wanted_at timestamp with time zone,
  dismissed jsonb,
  PRIMARY KEY (integration_id, flow, source_id),
  FOREIGN KEY (integration_id) REFERENCES integration(id) ON DELETE CASCADE
);
create index record_announced on record using btree (integration_id, flow, announced_at) where (announced_at is not null);
create index record_due on record using btree (integration_id, flow, retry_at) where (retry_at is not null);
create index record_label on record using btree (integration_id, lower(label));
create index record_outcome on record using btree (integration_id, flow, outcome, reason_code);
create index record_waits_for on record using btree (integration_id, waits_for_flow, waits_for_source_id) where (waits_for_flow is not null);
create index record_waits_for_target on record using btree (integration_id, waits_for_flow, waits_for_target_id) where (waits_for_target_id is not null);

create table reserved_order (
  integration_id integer not null,
  order_id text not null,
  label text not null,
  status text not null,
  held boolean not null,
  unreadable boolean not null default false,
  changed_at timestamp with time zone not null,
  read_at timestamp with time zone not null,
  past_from integer,
  past_until integer,
  taken_again boolean not null default false,
  PRIMARY KEY (integration_id, order_id),
  FOREIGN KEY (integration_id) REFERENCES integration(id) ON DELETE CASCADE
);
create index reserved_order_unreadable on reserved_order using btree (integration_id) where unreadable;

create table reserved_unit (
  integration_id integer not null,
  order_id text not null,
  unit text not null,
  location text not null,
  quantity integer not null,
  PRIMARY KEY (integration_id, order_id, unit, location),
  FOREIGN KEY (integration_id, order_id) REFERENCES reserved_order(integration_id, order_id) ON DELETE CASCADE,
  CHECK ((quantity > 0))
);
create index reserved_unit_of on reserved_unit using btree (integration_id, location, unit);

create table run (
  id bigint not null generated always as identity,
  integration_id integer not null,
  flow text not null,
  trigger text not null,
  process text not null,
  lifeline text not null,
  state text not null,
  lease_until timestamp with time zone not null,
  counts jsonb not null,
  calls jsonb not null default '{}'::jsonb,
  message text,
  started_at timestamp with time zone not null,
  ended_at timestamp with time zone,
  scope text not null default 'full'::text,
  PRIMARY KEY (id),
  FOREIGN KEY (integration_id) REFERENCES integration(id) ON DELETE CASCADE,
  CHECK ((scope = ANY (ARRAY['full'::text, 'due'::text, 'plan'::text, 'backfill'::text]))),
  CHECK ((state = ANY (ARRAY['running'::text, 'done'::text, 'stopped'::text, 'failed'::text, 'abandoned'::text])))
);
create index run_latest on run using btree (integration_id, flow, id desc);
create unique index run_one_at_a_time on run using btree (integration_id, flow, ((trigger = 'backfill'::text))) where (state = 'running'::text);

create unlogged table seen_record (
  integration_id integer not null,
  flow text not null,
  source_id text not null,
  run_id bigint not null,
  PRIMARY KEY (integration_id, flow, source_id),
  FOREIGN KEY (integration_id) REFERENCES integration(id) ON DELETE CASCADE
);

create table sold_unit (
  integration_id integer not null,
  order_id text not null,
  sku text not null,
  unit text not null,
  PRIMARY KEY (integration_id, order_id, sku),
  FOREIGN KEY (integration_id) REFERENCES integration(id) ON DELETE CASCADE
);

create table stock_decision (
  integration_id integer not null,
  unit text not null,
  location text not null,
  keeps text not null,
  decided_at timestamp with time zone not null,
  PRIMARY KEY (integration_id, unit, location),
  FOREIGN KEY (integration_id) REFERENCES integration(id) ON DELETE CASCADE,
  CHECK ((keeps = ANY (ARRAY['shop'::text, 'books'::text])))
);

create table stock_level (
  integration_id integer not null,
  unit text not null,
  location text not null,
  sku text not null,
  shop_quantity numeric,
  shop_seen_at timestamp with time zone,
  book_stock numeric,
  book_seen_at timestamp with time zone,
  written integer,
  written_at timestamp with time zone,
  PRIMARY KEY (integration_id, location, unit),
  FOREIGN KEY (integration_id) REFERENCES integration(id) ON DELETE CASCADE
);

create table stock_state (
  integration_id integer not null,
  orders_read_until timestamp with time zone,
  look integer not null default 0,
  PRIMARY KEY (integration_id),
  FOREIGN KEY (integration_id) REFERENCES integration(id) ON DELETE CASCADE
);

create table token_renewal (
  connection_id integer not null,
  secrets_digest text not null,
  started_at timestamp with time zone not null,
  PRIMARY KEY (connection_id),
  FOREIGN KEY (connection_id) REFERENCES connection(id) ON DELETE CASCADE
);

create table webhook_address (
  connection_id integer not null,
  digest text not null,
  token bytea not null,
  made_at timestamp with time zone not null,
  refused_at timestamp with time zone,
  refusal text,
  UNIQUE (digest),
  PRIMARY KEY (connection_id),
  FOREIGN KEY (connection_id) REFERENCES connection(id) ON DELETE CASCADE
);

create table webhook_delivery (
  id bigint not null generated always as identity,
  connection_id integer not null,
  digest text not null,
  account text not null,
  event text not null,
  hints jsonb not null,
  change bytea,
  said_at timestamp with time zone,
  received_at timestamp with time zone not null,
  repeats integer not null default 0,
  due_at timestamp with time zone not null,
  handled_at timestamp with time zone,
  outcome text,
  UNIQUE (connection_id, digest),
  PRIMARY KEY (id),
  FOREIGN KEY (connection_id) REFERENCES connection(id) ON DELETE CASCADE,
  CHECK ((outcome = ANY (ARRAY['announced'::text, 'kept'::text, 'unconcerned'::text, 'authorised'::text, 'revoked'::text, 'overtaken'::text, 'failed'::text])))
);
create index webhook_delivery_handled on webhook_delivery using btree (connection_id, handled_at) where (handled_at is not null);
create index webhook_delivery_open on webhook_delivery using btree (due_at) where (handled_at is null);
create index webhook_delivery_open_of on webhook_delivery using btree (connection_id) where (handled_at is null);
