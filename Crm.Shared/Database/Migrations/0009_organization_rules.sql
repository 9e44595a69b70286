-- What the app itself reads from an organisation's settings stands in columns of its own: settings is the clients' free JSON, which no statement casts.
alter table organizations add column deal_rotting_days integer not null default 30 check (deal_rotting_days between 1 and 3650);
alter table organizations add column lost_reason_required boolean not null default false;

update organizations
set deal_rotting_days = case
        when jsonb_typeof(settings -> 'dealRottingDays') is distinct from 'number' then 30
        when (settings ->> 'dealRottingDays')::numeric not between 1 and 3650 then 30
        else trunc((settings ->> 'dealRottingDays')::numeric)::integer end,
    lost_reason_required = coalesce(settings -> 'lostReasonRequired' = 'true', false)
where settings ?| array['dealRottingDays', 'lostReasonRequired'];
