-- Everything that must survive a crash. Times are timestamptz; ids of vendors are text, never numbers.

create table installation (
  one boolean primary key default true check (one),
  id uuid not null,
  -- proves that a secret key belongs to this database: a known text sealed with it
  key_check bytea not null,
  created_at timestamptz not null
);

create table connection (
  id integer generated always as identity primary key,
  name text not null unique,
  vendor text not null,
  settings jsonb not null,
  secrets bytea not null,
  facts jsonb not null default '{}',
  -- null, or what a person must do before this connection works again: {code, parameters}
  needs_person jsonb,
  created_at timestamptz not null,
  checked_at timestamptz
);

create table access_token (
  connection_id integer primary key references connection on delete cascade,
  token bytea,
  expires_at timestamptz
);

create table call_budget (
  connection_id integer primary key references connection on delete cascade,
  state jsonb not null,
  -- raised by each exchange; a process writes only over the version it has read
  version integer not null default 0
) with (fillfactor = 50);

create table integration (
  id integer generated always as identity primary key,
  name text not null unique,
  kind text not null,
  flavour text not null,
  source_connection_id integer not null references connection,
  target_connection_id integer not null references connection,
  options jsonb not null,
  paused boolean not null default false,
  created_at timestamptz not null
);

create table flow_state (
  integration_id integer not null references integration on delete cascade,
  flow text not null,
  -- records changed at or after this moment are read by the next run; null = all
  cursor_since timestamptz,
  -- where an interrupted pass goes on, and the watermark that was taken when that pass began
  pass_position text,
  pass_watermark timestamptz,
  every_minutes integer not null check (every_minutes between 1 and 10080),
  next_run_at timestamptz not null,
  primary key (integration_id, flow)
);
create index flow_state_due on flow_state (next_run_at);

create table run (
  id bigint generated always as identity primary key,
  integration_id integer not null references integration on delete cascade,
  flow text not null,
  trigger text not null,
  process text not null,
  -- names the advisory lock that the process holds as long as it lives
  lifeline text not null,
  state text not null check (state in ('running', 'done', 'stopped', 'failed', 'abandoned')),
  -- a run that does not renew its lease is taken up by another process
  lease_until timestamptz not null,
  counts jsonb not null,
  calls jsonb not null default '{}',
  -- why it stopped or failed
  message text,
  started_at timestamptz not null,
  ended_at timestamptz
);
-- At most one run of a flow at a time, across all processes.
create unique index run_one_at_a_time on run (integration_id, flow) where state = 'running';
create index run_latest on run (integration_id, flow, id desc);

create table link (
  integration_id integer not null references integration on delete cascade,
  flow text not null,
  source_id text not null,
  target_id text not null,
  -- digest of the mapped record as it was last written, its references by source id
  fingerprint text not null,
  -- the mapped record as it was last written, for flows that update; null for flows that only create
  written jsonb,
  linked_at timestamptz not null,
  written_at timestamptz not null,
  primary key (integration_id, flow, source_id),
  unique (integration_id, flow, target_id)
);

create table record (
  integration_id integer not null references integration on delete cascade,
  flow text not null,
  source_id text not null,
  label text not null,
  outcome text not null,
  reason_code text,
  reason_parameters jsonb,
  notes jsonb,
  -- the moment of the source's last change that this outcome is about
  source_changed_at timestamptz,
  -- the record of another flow that this one waits for
  waits_for_flow text,
  waits_for_source_id text,
  retry_at timestamptz,
  attempts integer not null default 0,
  -- digest of the mapped record that the target refused; the same one is not sent again unasked
  refused_fingerprint text,
  run_id bigint,
  first_seen_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (integration_id, flow, source_id)
);
create index record_due on record (integration_id, flow, retry_at) where retry_at is not null;
create index record_waits_for on record (integration_id, waits_for_flow, waits_for_source_id) where waits_for_flow is not null;
create index record_outcome on record (integration_id, flow, outcome, reason_code);
create index record_label on record (integration_id, lower(label));

create table intent (
  id bigint generated always as identity primary key,
  integration_id integer not null references integration on delete cascade,
  flow text not null,
  source_id text not null,
  kind text not null check (kind in ('create', 'update', 'delete')),
  state text not null check (state in ('planned', 'sent', 'confirmed', 'in-doubt', 'failed')),
  run_id bigint not null,
  -- what the record's row needs if the process dies before the answer is stored
  label text not null,
  notes jsonb,
  source_changed_at timestamptz,
  -- what is sent, links resolved; emptied once confirmed
  payload jsonb,
  -- the mapped record before links were resolved, for the link that a late confirmation makes
  mapped jsonb,
  fingerprint text not null,
  target_id text,
  sent_at timestamptz,
  empty_searches integer not null default 0,
  next_search_at timestamptz,
  message text,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
-- One create per business fact, ever; one open update or delete at a time.
create unique index intent_one_create on intent (integration_id, flow, source_id) where kind = 'create' and state <> 'failed';
create unique index intent_one_open on intent (integration_id, flow, source_id, kind) where state in ('sent', 'in-doubt');
create index intent_open on intent (integration_id, flow) where state in ('sent', 'in-doubt');

-- The timeline of a record; unchanged records add nothing.
create table event (
  id bigint generated always as identity primary key,
  integration_id integer not null references integration on delete cascade,
  flow text not null,
  source_id text not null,
  run_id bigint,
  at timestamptz not null,
  kind text not null,
  detail jsonb not null default '{}'
);
create index event_of_record on event (integration_id, flow, source_id, id);

create table plan (
  id bigint generated always as identity primary key,
  integration_id integer not null references integration on delete cascade,
  flows jsonb not null,
  summary jsonb not null default '{}',
  state text not null check (state in ('making', 'ready', 'applied', 'failed')),
  created_at timestamptz not null,
  applied_at timestamptz
);

create table plan_item (
  plan_id bigint not null references plan on delete cascade,
  position integer generated always as identity,
  flow text not null,
  source_id text not null,
  label text not null,
  kind text not null,
  fingerprint text not null,
  mapped jsonb not null,
  primary key (plan_id, flow, source_id)
);
create index plan_item_order on plan_item (plan_id, flow, position);

create table api_key (
  id integer generated always as identity primary key,
  name text not null unique,
  digest text not null unique,
  created_at timestamptz not null
);
