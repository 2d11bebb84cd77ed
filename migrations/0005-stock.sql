-- Stock that a shop and the books keep in agreement: which orders hold units back, and what was decided of counts.

-- Every order that was seen, whether its shop has deducted its units, and up to which change that is known.
create table reserved_order (
  integration_id integer not null references integration on delete cascade,
  order_id text not null,
  label text not null,
  -- the shop's word for where the order stands
  status text not null,
  held boolean not null,
  -- its lines could not be read, so that what it holds is not known
  unreadable boolean not null default false,
  changed_at timestamptz not null,
  read_at timestamptz not null,
  primary key (integration_id, order_id)
);
create index reserved_order_unreadable on reserved_order (integration_id) where unreadable;

create table reserved_unit (
  integration_id integer not null,
  order_id text not null,
  unit text not null,
  location text not null,
  quantity integer not null check (quantity > 0),
  primary key (integration_id, order_id, unit, location),
  foreign key (integration_id, order_id) references reserved_order on delete cascade
);
create index reserved_unit_of on reserved_unit (integration_id, location, unit);

-- Up to when the orders of an integration's shop were read for their units.
create table stock_state (
  integration_id integer primary key references integration on delete cascade,
  orders_read_until timestamptz
);

-- Whose stock counts for a unit where shop and books differ: a person decided.
create table stock_decision (
  integration_id integer not null references integration on delete cascade,
  unit text not null,
  location text not null,
  keeps text not null check (keeps in ('shop', 'books')),
  decided_at timestamptz not null,
  primary key (integration_id, unit, location)
);

-- A person asked for this record: rules that leave it out by its age do not count.
alter table record add column wanted_at timestamptz;

-- null, or why nothing is made by itself in this flow until a person has looked: {code, parameters}
alter table flow_state add column needs_person jsonb;

-- What both sides were last seen to hold of each counted unit, and what was last written to the shop.
create table stock_level (
  integration_id integer not null references integration on delete cascade,
  unit text not null,
  location text not null,
  sku text not null,
  -- null = not seen yet, or not there
  shop_quantity numeric,
  shop_seen_at timestamptz,
  book_stock numeric,
  book_seen_at timestamptz,
  written integer,
  written_at timestamptz,
  primary key (integration_id, location, unit)
);
