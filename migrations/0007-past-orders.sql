-- Orders from before the integration that were final when a unit was counted: its count does not hold them.

-- How often what orders hold was stored: it tells what was known when a unit was counted.
alter table stock_state add column look integer not null default 0;

-- The looks between which the order was final, from before the integration and in no count: from (included) until
-- (excluded). It ends when its units come back, or when it is sent to the books after all.
alter table reserved_order add column past_from integer;
alter table reserved_order add column past_until integer;
