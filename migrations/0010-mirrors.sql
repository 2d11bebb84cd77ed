-- Copies of vendors' lists that are searched by keys the vendor cannot be asked for, such as the phone numbers of customers.
create table mirror (
  connection_id integer not null references connection on delete cascade,
  resource text not null,
  -- up to when it was read, and when as a whole, in the vendor's time
  read_until timestamptz not null,
  whole_at timestamptz not null,
  primary key (connection_id, resource)
);

create table mirrored_record (
  connection_id integer not null,
  resource text not null,
  id text not null,
  keys text[] not null,
  row jsonb not null,
  primary key (connection_id, resource, id),
  foreign key (connection_id, resource) references mirror on delete cascade
);
create index mirrored_record_keys on mirrored_record using gin (keys);
