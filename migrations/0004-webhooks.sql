-- Webhooks are hints (architecture, law 2): what was announced is kept until it is handled, never what was said.

-- The address that the vendor of a connection posts to.
create table webhook_address (
  connection_id integer primary key references connection on delete cascade,
  -- finds the connection; the token itself is sealed, because the address is shown again
  digest text not null unique,
  token bytea not null,
  made_at timestamptz not null,
  -- the last delivery at this address that was refused, and why: how a wrong secret is found
  refused_at timestamptz,
  refusal text
);

create table webhook_delivery (
  id bigint generated always as identity primary key,
  connection_id integer not null references connection on delete cascade,
  -- of connection, event and raw body: the same delivery is kept once, and its body never
  digest text not null,
  account text not null,
  event text not null,
  -- which records it speaks of: [{resource, id}]
  hints jsonb not null,
  -- what it does to the connection itself, sealed, because it may hold new secrets; emptied once it is handled
  change bytea,
  -- when the vendor says that it happened
  said_at timestamptz,
  received_at timestamptz not null,
  -- how often it came again
  repeats integer not null default 0,
  -- not handled before this moment, because what it speaks of was read just now
  due_at timestamptz not null,
  handled_at timestamptz,
  outcome text check (outcome in ('announced', 'kept', 'unconcerned', 'authorised', 'revoked', 'overtaken', 'failed')),
  unique (connection_id, digest)
);
create index webhook_delivery_open on webhook_delivery (due_at) where handled_at is null;
create index webhook_delivery_open_of on webhook_delivery (connection_id) where handled_at is null;
create index webhook_delivery_handled on webhook_delivery (connection_id, handled_at) where handled_at is not null;

-- A webhook said that the record changed: it is read in the next run, without anybody having asked for it.
alter table record add column announced_at timestamptz;
create index record_announced on record (integration_id, flow, announced_at) where announced_at is not null;
