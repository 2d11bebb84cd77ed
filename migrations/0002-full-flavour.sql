-- Records that travel both ways, disappear at their source, or are brought in from the past.

-- The record was first made at the target, by people; Mizan changes it but never deletes it.
alter table link add column made_there boolean not null default false;
-- How many complete passes in a row did not find the record at its source.
alter table link add column missed integer not null default 0;
create index link_missed on link (integration_id, flow) where missed > 0;

-- A record that waits for one that it knows by its id at the target, because its flow runs the other way.
alter table record add column waits_for_target_id text;
create index record_waits_for_target on record (integration_id, waits_for_flow, waits_for_target_id) where waits_for_target_id is not null;

-- What the running pass of a flow has met so far; emptied when the next pass begins.
create unlogged table seen_record (
  integration_id integer not null references integration on delete cascade,
  flow text not null,
  source_id text not null,
  run_id bigint not null,
  primary key (integration_id, flow, source_id)
);

-- The timeline of a record, and whether its last write was a deletion.
create index intent_of_record on intent (integration_id, flow, source_id, id);

-- The interval that the day's calls can carry, where that is longer than the one that was set.
alter table flow_state add column stretched_minutes integer check (stretched_minutes between 1 and 10080);

-- History that is brought in once, newest first, over days and restarts.
create table backfill (
  id bigint generated always as identity primary key,
  integration_id integer not null references integration on delete cascade,
  flow text not null,
  -- the first business day that is wanted
  since date not null,
  -- the last business day that is not done yet; it moves towards the first
  until date not null,
  state text not null check (state in ('running', 'paused', 'done', 'cancelled')),
  -- what was said of it before it began
  forecast jsonb not null,
  -- why it rests, and until when
  message text,
  resumes_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create unique index backfill_one_open on backfill (integration_id, flow) where state in ('running', 'paused');

-- What a run was asked for: only whole runs say what a flow usually costs.
alter table run add column scope text not null default 'full' check (scope in ('full', 'due', 'plan', 'backfill'));

-- A backfill goes on beside the regular runs of its flow; of each there is one at a time.
drop index run_one_at_a_time;
create unique index run_one_at_a_time on run (integration_id, flow, (trigger = 'backfill')) where state = 'running';
