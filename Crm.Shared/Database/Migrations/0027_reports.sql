-- What reports add up over a year without reading a year: how many contacts came and how many entries timelines got on each day, and what became of what was
-- sent. Written as differences, never updated, so that nobody waits for anybody; a timer adds them up (see 0012). Counted by the days of UTC: the hours at both
-- ends of a day elsewhere are read from the rows themselves, so that an organisation may change its time zone.

create table daily_counts (
    organization_id uuid not null references organizations (id),
    kind            text not null check (kind in ('contacts', 'entries')),
    day             date not null,
    -- Of contacts their source; of entries who made them.
    key             text,
    rows            bigint not null,
    is_folded       boolean not null default false
);
create index daily_counts_day on daily_counts (organization_id, kind, day) include (key, rows);
create index daily_counts_new on daily_counts (organization_id) where not is_folded;

create function utc_day(at timestamptz) returns date language sql immutable parallel safe
    return (at at time zone 'UTC')::date;

create function count_day(organization uuid, kind text, at timestamptz, key text, rows bigint) returns void language sql as $$
    insert into daily_counts (organization_id, kind, day, key, rows) values (organization, kind, utc_day(at), key, rows)
$$;

create function count_contact_days() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        insert into daily_counts (organization_id, kind, day, key, rows)
        select organization_id, 'contacts', utc_day(created_at), source, count(*) from new_rows where deleted_at is null group by 1, 3, 4;
    elsif tg_op = 'DELETE' then
        insert into daily_counts (organization_id, kind, day, key, rows)
        select organization_id, 'contacts', utc_day(created_at), source, -count(*) from old_rows where deleted_at is null group by 1, 3, 4;
    else
        if old.deleted_at is null then
            perform count_day(old.organization_id, 'contacts', old.created_at, old.source, -1);
        end if;
        if new.deleted_at is null then
            perform count_day(new.organization_id, 'contacts', new.created_at, new.source, 1);
        end if;
    end if;
    return null;
end $$;

create function count_entry_days() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        insert into daily_counts (organization_id, kind, day, key, rows)
        select organization_id, 'entries', utc_day(occurred_at), actor_id::text, count(*) from new_rows where deleted_at is null group by 1, 3, 4;
    elsif tg_op = 'DELETE' then
        insert into daily_counts (organization_id, kind, day, key, rows)
        select organization_id, 'entries', utc_day(occurred_at), actor_id::text, -count(*) from old_rows where deleted_at is null group by 1, 3, 4;
    else
        if old.deleted_at is null then
            perform count_day(old.organization_id, 'entries', old.occurred_at, old.actor_id::text, -1);
        end if;
        if new.deleted_at is null then
            perform count_day(new.organization_id, 'entries', new.occurred_at, new.actor_id::text, 1);
        end if;
    end if;
    return null;
end $$;

-- What became of the messages that went out (or failed for good) in a quarter of an hour, and how many came in: campaigns go out in bursts, and every time
-- zone begins its days on a quarter, so nothing is read from the ledger, which has no index by time.
create table message_slots (
    organization_id uuid not null references organizations (id),
    slot            timestamptz not null,
    channel         text not null,
    -- None: the inbox.
    campaign_id     uuid,
    sent            bigint not null default 0,
    delivered       bigint not null default 0,
    opened          bigint not null default 0,
    clicked         bigint not null default 0,
    bounced         bigint not null default 0,
    failed          bigint not null default 0,
    received        bigint not null default 0,
    is_folded       boolean not null default false
);
create index message_slots_slot on message_slots (organization_id, slot)
    include (channel, campaign_id, sent, delivered, opened, clicked, bounced, failed, received);
create index message_slots_new on message_slots (organization_id) where not is_folded;

create function quarter(at timestamptz) returns timestamptz language sql immutable parallel safe
    return date_bin('15 minutes', at, '2000-01-01 00:00:00+00');

-- When a delivery counts: when it was sent, or failed for good. Opened, clicked and delivered count among the sent that did not bounce, as in campaign_totals.
create function delivery_slot(state text, sent_at timestamptz, failed_at timestamptz) returns timestamptz language sql immutable parallel safe
    return quarter(case state when 'sent' then sent_at when 'failed' then failed_at end);

create function count_delivery_slots() returns trigger language plpgsql as $$
declare
    counts constant text := $sql$
        insert into message_slots (organization_id, slot, channel, campaign_id, sent, delivered, opened, clicked, bounced, failed)
        select *
        from (
            select organization_id, slot, channel, campaign_id,
                   sum(case when state = 'sent' then sign else 0 end) as sent,
                   sum(case when arrived and delivered_at is not null then sign else 0 end) as delivered,
                   sum(case when arrived and opened_at is not null then sign else 0 end) as opened,
                   sum(case when arrived and clicked_at is not null then sign else 0 end) as clicked,
                   sum(case when state = 'sent' and bounced_at is not null then sign else 0 end) as bounced,
                   sum(case when state = 'failed' then sign else 0 end) as failed
            from (select *, state = 'sent' and bounced_at is null as arrived, delivery_slot(state, sent_at, failed_at) as slot from (%s) as signed) as changed
            where slot is not null
            group by organization_id, slot, channel, campaign_id) as c
        where 0 <> any (array[c.sent, c.delivered, c.opened, c.clicked, c.bounced, c.failed])
        $sql$;
begin
    if tg_op = 'INSERT' then
        execute format(counts, 'select 1 as sign, * from new_rows');
    elsif tg_op = 'DELETE' then
        execute format(counts, 'select -1 as sign, * from old_rows');
    else
        execute format(counts, 'select 1 as sign, * from new_rows union all select -1, * from old_rows');
    end if;
    return null;
end $$;

create function count_received() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        insert into message_slots (organization_id, slot, channel, received)
        select organization_id, quarter(created_at), type, count(*) from new_rows where direction = 'inbound' group by 1, 2, 3;
    else
        insert into message_slots (organization_id, slot, channel, received)
        select organization_id, quarter(created_at), type, -count(*) from old_rows where direction = 'inbound' group by 1, 2, 3;
    end if;
    return null;
end $$;

-- Nobody writes them between the triggers' beginning and the first count.
lock table contacts, timeline_entries, deliveries, messages in share row exclusive mode;
create trigger contacts_days_added after insert on contacts referencing new table as new_rows for each statement execute function count_contact_days();
create trigger contacts_days_removed after delete on contacts referencing old table as old_rows for each statement execute function count_contact_days();
create trigger contacts_days_recounted after update on contacts for each row
    when ((old.created_at, old.source, old.deleted_at is null) is distinct from (new.created_at, new.source, new.deleted_at is null))
    execute function count_contact_days();
create trigger entries_days_added after insert on timeline_entries referencing new table as new_rows for each statement execute function count_entry_days();
create trigger entries_days_removed after delete on timeline_entries referencing old table as old_rows for each statement execute function count_entry_days();
create trigger entries_days_recounted after update on timeline_entries for each row
    when ((old.occurred_at, old.actor_id, old.deleted_at is null) is distinct from (new.occurred_at, new.actor_id, new.deleted_at is null))
    execute function count_entry_days();
create trigger deliveries_slots_added after insert on deliveries referencing new table as new_rows for each statement execute function count_delivery_slots();
create trigger deliveries_slots_removed after delete on deliveries referencing old table as old_rows for each statement execute function count_delivery_slots();
create trigger deliveries_slots_changed after update on deliveries referencing old table as old_rows new table as new_rows
    for each statement execute function count_delivery_slots();
create trigger messages_received after insert on messages referencing new table as new_rows for each statement execute function count_received();
create trigger messages_removed after delete on messages referencing old table as old_rows for each statement execute function count_received();

insert into daily_counts (organization_id, kind, day, key, rows, is_folded)
select organization_id, 'contacts', utc_day(created_at), source, count(*), true from contacts where deleted_at is null group by 1, 3, 4;
insert into daily_counts (organization_id, kind, day, key, rows, is_folded)
select organization_id, 'entries', utc_day(occurred_at), actor_id::text, count(*), true from timeline_entries where deleted_at is null group by 1, 3, 4;
insert into message_slots (organization_id, slot, channel, campaign_id, sent, delivered, opened, clicked, bounced, failed, is_folded)
select organization_id, delivery_slot(state, sent_at, failed_at), channel, campaign_id, count(*) filter (where state = 'sent'),
       count(*) filter (where arrived and delivered_at is not null), count(*) filter (where arrived and opened_at is not null),
       count(*) filter (where arrived and clicked_at is not null), count(*) filter (where state = 'sent' and bounced_at is not null),
       count(*) filter (where state = 'failed'), true
from (select *, state = 'sent' and bounced_at is null as arrived from deliveries) d
where delivery_slot(state, sent_at, failed_at) is not null
group by 1, 2, 3, 4;
insert into message_slots (organization_id, slot, channel, received, is_folded)
select organization_id, quarter(created_at), type, count(*), true from messages where direction = 'inbound' group by 1, 2, 3;

-- Deals that were won and lost in a period, with all that reports ask of them. The dashboard's index, with more in it.
create index deals_closed on deals (organization_id, status, closed_at)
    include (owner_id, pipeline_id, contact_id, currency, value, created_at) where status <> 'open' and deleted_at is null;
drop index deals_won;

-- The wall between organisations (see 0013).
do $$
declare
    name text;
begin
    foreach name in array array['daily_counts', 'message_slots']
    loop
        execute format('alter table %I enable row level security', name);
        execute format('create policy tenant on %I to crm_app using (organization_id = nullif(current_setting(''app.organization_id'', true), '''')::uuid)', name);
        execute format('create policy jobs on %I to crm_jobs using (true)', name);
    end loop;
end $$;
