-- In some flows several records may share one target, such as customers with one phone number. Where they do, shared_by
-- holds their own source id; everywhere else it is empty, and a target is linked with one record alone.
alter table link add column shared_by text not null default '';
alter table link drop constraint link_integration_id_flow_target_id_key;
alter table link add unique (integration_id, flow, target_id, shared_by);
