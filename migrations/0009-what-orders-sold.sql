-- Which unit a line of an order sold that names only a SKU: the one that held it when the order was first read. A SKU that moves
-- to another product later does not move the order with it.
create table sold_unit (
  integration_id integer not null references integration on delete cascade,
  order_id text not null,
  sku text not null,
  unit text not null,
  primary key (integration_id, order_id, sku)
);

-- The shop took the order's goods again after it had put them back, as with an order that is canceled and completed once more.
alter table reserved_order add column taken_again boolean not null default false;
