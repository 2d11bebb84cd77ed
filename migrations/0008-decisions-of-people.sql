-- What people decide about orders.

-- Orders that are never to become invoices (product.md, 1.1).
create table excluded_order (
  integration_id integer not null references integration on delete cascade,
  order_id text not null,
  -- what a person said of its goods: they have left, or the shop has them still
  goods text not null check (goods in ('left', 'kept')),
  excluded_at timestamptz not null,
  primary key (integration_id, order_id)
);

-- SKUs that people gave to units which have none in their shop (rule S11); each is that of one unit.
create table assigned_sku (
  integration_id integer not null references integration on delete cascade,
  unit text not null,
  sku text not null,
  assigned_at timestamptz not null,
  primary key (integration_id, unit),
  unique (integration_id, sku)
);

-- The difference of a linked record that a person has seen and leaves as it is: {code, parameters}; null = none.
alter table record add column dismissed jsonb;
