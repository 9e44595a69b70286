-- Whether a campaign's latest calls failed, which pauses it: of the run they belong to, so that one that is sent again after a pause begins anew.
alter table provider_calls add column run integer;
alter table provider_calls add column failed integer not null default 0;
create index provider_calls_campaign on provider_calls (organization_id, campaign_id, run, claimed_at) where campaign_id is not null;

-- An inbox message that was queued is not queued again before, however long its queue is.
alter table deliveries add column queued_until timestamptz;
create or replace view deliveries_of_caller as
    select * from deliveries where organization_id = nullif(current_setting('app.organization_id', true), '')::uuid;
