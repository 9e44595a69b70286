-- Outgoing webhooks: where organisations want to hear of what happens, what is on its way there, and the audit log's orders.

create table webhook_endpoints (
    organization_id     uuid not null references organizations (id),
    id                  uuid not null,
    url                 text not null,
    description         text,
    -- Types of webhook_event_types(), or the one word *: all of them.
    events              text[] not null,
    -- Signs what is sent; sealed, so that a copy of the database signs nothing. After a rotation the one before signs too, for a while.
    secret              bytea not null,
    previous_secret     bytea,
    previous_until      timestamptz,
    is_enabled          boolean not null default true,
    -- Why it was disabled by itself; none when somebody did.
    disabled_reason     text,
    -- Since when nothing has arrived; none while it answers.
    failing_since       timestamptz,
    creator_id          uuid not null,
    created_at          timestamptz not null,
    updated_at          timestamptz not null,
    version             integer not null default 1,
    primary key (organization_id, id),
    foreign key (organization_id, creator_id) references users (organization_id, id)
);

-- What happened goes to each endpoint that asks for it: a row is written by the trigger below in the transaction of the event, claimed for as long as a call
-- can take, and tried for a day. Rows are the log, too.
create table webhook_deliveries (
    organization_id uuid not null,
    id              uuid not null,
    endpoint_id     uuid not null,
    -- The audit event.
    event_id        uuid not null,
    event_type      text not null,
    state           text not null default 'pending' check (state in ('pending', 'delivered', 'failed')),
    attempts        integer not null default 0,
    due_at          timestamptz not null,
    queued_until    timestamptz,
    -- Of the last try.
    tried_at        timestamptz,
    status_code     integer,
    error           text,
    response        text,
    milliseconds    integer,
    created_at      timestamptz not null,
    delivered_at    timestamptz,
    primary key (organization_id, id),
    unique (organization_id, event_id, endpoint_id),
    foreign key (organization_id, endpoint_id) references webhook_endpoints (organization_id, id) on delete cascade
);
create index webhook_deliveries_newest on webhook_deliveries (organization_id, endpoint_id, created_at desc, id desc);
create index webhook_deliveries_due on webhook_deliveries (due_at) where state = 'pending';
create index webhook_deliveries_age on webhook_deliveries using brin (created_at);

-- The events that endpoints may ask for: actions of the audit trail.
create function webhook_event_types() returns text[] language sql immutable parallel safe
    return array[
        'contact.created', 'contact.updated', 'contact.deleted', 'contact.restored', 'contact.merged',
        'contacts.imported', 'contacts.import_undone', 'contacts.bulk_changed',
        'deal.created', 'deal.updated', 'deal.moved', 'deal.won', 'deal.lost', 'deal.deleted',
        'invoice.created', 'invoice.updated', 'invoice.sent', 'invoice.paid', 'invoice.overdue', 'invoice.reminded', 'invoice.credited', 'invoice.cancelled',
        'invoice.reopened', 'invoice.deleted',
        'payment.recorded', 'payment.refunded',
        'campaign.created', 'campaign.updated', 'campaign.sent', 'campaign.resumed', 'campaign.paused', 'campaign.finished', 'campaign.cancelled',
        'campaign.deleted'];

-- The message in the outbox that tells endpoints of it; none: nobody asked. Whoever writes the event relays it, and the sweep what is left.
alter table audit_events add column outbox_id uuid;

create function tell_webhook_endpoints() returns trigger language plpgsql as $$
begin
    insert into webhook_deliveries (organization_id, id, endpoint_id, event_id, event_type, due_at, created_at)
    select organization_id, uuidv7(), id, new.id, new.action, new.created_at, new.created_at
    from webhook_endpoints
    where organization_id = new.organization_id
      and is_enabled
      and (events = '{*}' or new.action = any(events));
    if found then
        new.outbox_id := uuidv7();
        insert into outbox (organization_id, id, queue, body, created_at)
        values (new.organization_id, new.outbox_id, 'deliver-webhooks',
                jsonb_build_object('organizationId', new.organization_id, 'eventId', new.id), new.created_at);
    end if;
    return new;
end $$;
create trigger audit_events_told before insert on audit_events for each row
    when (new.action = any(webhook_event_types())) execute function tell_webhook_endpoints();

-- The audit log by who, what and where.
create index audit_events_actor on audit_events (organization_id, actor_id, created_at desc, id desc);
create index audit_events_action on audit_events (organization_id, action, created_at desc, id desc);
create index audit_events_entity on audit_events (organization_id, entity_id, created_at desc, id desc);

-- The wall between organisations (see 0013).
do $$
declare
    name text;
begin
    foreach name in array array['webhook_endpoints', 'webhook_deliveries']
    loop
        execute format('alter table %I enable row level security', name);
        execute format('create policy tenant on %I to crm_app using (organization_id = nullif(current_setting(''app.organization_id'', true), '''')::uuid)', name);
        execute format('create policy jobs on %I to crm_jobs using (true)', name);
    end loop;
end $$;
