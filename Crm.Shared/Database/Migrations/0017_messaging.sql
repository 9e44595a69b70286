-- What goes out to contacts and what comes back: campaigns, the ledger of what was sent, the inbox, the vendors' events, notifications.

-- What the app itself reads from an organisation's settings (see 0009).
alter table organizations add column from_name text;
alter table organizations add column from_email text;
alter table organizations add column sms_number text;
-- Recipients a minute of all its campaigns together; none: as fast as it goes.
alter table organizations add column send_rate_per_minute integer check (send_rate_per_minute between 1 and 1000000);
alter table organizations add column staff_may_send_campaigns boolean not null default true;
-- Who gets what unknown senders write; none: the longest-standing owner.
alter table organizations add column inbox_assignee_id uuid;
alter table organizations add constraint organizations_inbox_assignee_fkey foreign key (id, inbox_assignee_id) references users (organization_id, id);
create unique index organizations_sms_number on organizations (sms_number) where sms_number is not null;

create table campaigns (
    organization_id uuid not null references organizations (id),
    id              uuid not null,
    name            text not null,
    type            text not null check (type in ('email', 'sms')),
    status          text not null default 'draft' check (status in ('draft', 'scheduled', 'sending', 'sent', 'paused', 'cancelled')),
    subject         text,
    content         text,
    html_content    text,
    content_is_made boolean not null default false,
    template_id     uuid,
    scheduled_at    timestamptz,
    tags            text[] not null default '{}',
    settings        jsonb not null default '{}',
    -- The filter of contacts that become recipients when it is sent, as the client gave it.
    segment         jsonb,
    creator_id      uuid not null,
    -- Counts up with each send, pause and cancel: messages of an earlier run find theirs gone.
    run             integer not null default 0,
    -- The texts as the first send froze them: {subject, subjectB, content, html}, links already leading to the tracker.
    snapshot        jsonb,
    -- Signs its recipients' tokens, for as long as the campaign exists: an unsubscribe link in an old mail still works.
    token_key       bytea not null,
    -- Why it was paused by itself; none when somebody did.
    pause_reason    text,
    -- Of an A/B test: when it is decided, and which subject won.
    decide_at       timestamptz,
    winner          text check (winner in ('a', 'b')),
    -- Where a rate limits it: nobody claims before.
    next_claim_at   timestamptz,
    started_at      timestamptz,
    finished_at     timestamptz,
    created_at      timestamptz not null,
    updated_at      timestamptz not null,
    deleted_at      timestamptz,
    version         integer not null default 1,
    primary key (organization_id, id),
    foreign key (organization_id, template_id) references templates (organization_id, id),
    foreign key (organization_id, creator_id) references users (organization_id, id)
);
create index campaigns_newest on campaigns (organization_id, created_at desc, id desc) where deleted_at is null;
create index campaigns_creator on campaigns (organization_id, creator_id, created_at desc, id desc) where deleted_at is null;
create index campaigns_at_work on campaigns (status, scheduled_at) where status in ('scheduled', 'sending');

-- One call to a vendor, and what is known of its outcome. The claim is committed before the call: a claim that ran out may have been sent (uncertain), which
-- the vendor's events tell; only when they prove that it was not, its recipients are released to be sent again.
create table provider_calls (
    organization_id uuid not null references organizations (id),
    id              uuid not null,
    campaign_id     uuid,
    channel         text not null check (channel in ('email', 'sms')),
    state           text not null default 'claimed' check (state in ('claimed', 'uncertain', 'accepted', 'refused', 'released', 'unconfirmed')),
    recipients      integer not null,
    claimed_at      timestamptz not null,
    settled_at      timestamptz,
    provider_id     text,
    error           text,
    primary key (organization_id, id),
    foreign key (organization_id, campaign_id) references campaigns (organization_id, id)
);
create index provider_calls_open on provider_calls (claimed_at) where state in ('claimed', 'uncertain');
create index provider_calls_age on provider_calls using brin (claimed_at);

-- The ledger: a row for each message to one contact; a campaign's recipients, and with the message's own id what the inbox sends.
create table deliveries (
    organization_id  uuid not null references organizations (id),
    id               uuid not null,
    channel          text not null check (channel in ('email', 'sms')),
    contact_id       uuid not null,
    campaign_id      uuid,
    -- Pending with a call is claimed. Failed and suppressed were never sent.
    state            text not null default 'pending' check (state in ('pending', 'sent', 'failed', 'suppressed')),
    call_id          uuid,
    attempts         integer not null default 0,
    -- Of an A/B test; none: the rest, which gets the winner.
    variant          text check (variant in ('a', 'b')),
    -- Not claimed before: send later, the contact's own time of day, the wait after a failed try.
    not_before       timestamptz,
    -- Where it went: the contact's address when it was claimed.
    address          text,
    provider_id      text,
    -- Of a failed one: why. Of a suppressed one skip_reason: unsubscribed, bounced, complained, stopped, manual, no_address, inactive.
    error            text,
    skip_reason      text,
    created_at       timestamptz not null,
    sent_at          timestamptz,
    delivered_at     timestamptz,
    opened_at        timestamptz,
    human_opened_at  timestamptz,
    clicked_at       timestamptz,
    human_clicked_at timestamptz,
    bounced_at       timestamptz,
    failed_at        timestamptz,
    complained_at    timestamptz,
    unsubscribed_at  timestamptz,
    -- The furthest step. A later step implies the earlier ones, whoever sets it; a bounce takes them back.
    status           text not null generated always as (case
        when state <> 'sent' then state
        when bounced_at is not null then 'bounced'
        when unsubscribed_at is not null then 'unsubscribed'
        when clicked_at is not null then 'clicked'
        when opened_at is not null then 'opened'
        when delivered_at is not null then 'delivered'
        else 'sent' end) stored,
    primary key (organization_id, id),
    foreign key (organization_id, contact_id) references contacts (organization_id, id),
    foreign key (organization_id, campaign_id) references campaigns (organization_id, id)
) with (fillfactor = 80);
-- Once a campaign; and what a contact was sent.
create unique index deliveries_contact on deliveries (organization_id, contact_id, campaign_id);
create index deliveries_campaign on deliveries (organization_id, campaign_id, id) where campaign_id is not null;
-- Claims take the pending from here; that a claim itself touches no index (neither state alone nor call_id is in one) makes it a third cheaper.
create index deliveries_status on deliveries (organization_id, campaign_id, status, id) where campaign_id is not null;
-- What the inbox sends: queued again when it is due.
create index deliveries_messages_due on deliveries (coalesce(not_before, created_at)) where campaign_id is null and status = 'pending';

-- A campaign's counts as differences, never updated, so that nobody waits for anybody; a timer adds them up (see 0012).
create table campaign_totals (
    organization_id uuid not null references organizations (id),
    campaign_id     uuid not null,
    recipients      bigint not null,
    pending         bigint not null,
    sent            bigint not null,
    delivered       bigint not null,
    opened          bigint not null,
    clicked         bigint not null,
    human_opened    bigint not null,
    human_clicked   bigint not null,
    bounced         bigint not null,
    failed          bigint not null,
    suppressed      bigint not null,
    unsubscribed    bigint not null,
    complained      bigint not null
);
create index campaign_totals_campaign on campaign_totals (organization_id, campaign_id);

create function count_deliveries() returns trigger language plpgsql as $$
declare
    -- Opened, clicked and delivered count among the sent that did not bounce: the counts stay nested.
    counts constant text := $sql$
        insert into campaign_totals (organization_id, campaign_id, recipients, pending, sent, delivered, opened, clicked, human_opened, human_clicked,
                                     bounced, failed, suppressed, unsubscribed, complained)
        select c.*
        from (
            select organization_id, campaign_id,
                   sum(sign) as recipients,
                   sum(case when state = 'pending' then sign else 0 end) as pending,
                   sum(case when state = 'sent' then sign else 0 end) as sent,
                   sum(case when arrived and delivered_at is not null then sign else 0 end) as delivered,
                   sum(case when arrived and opened_at is not null then sign else 0 end) as opened,
                   sum(case when arrived and clicked_at is not null then sign else 0 end) as clicked,
                   sum(case when arrived and human_opened_at is not null then sign else 0 end) as human_opened,
                   sum(case when arrived and human_clicked_at is not null then sign else 0 end) as human_clicked,
                   sum(case when state = 'sent' and bounced_at is not null then sign else 0 end) as bounced,
                   sum(case when state = 'failed' then sign else 0 end) as failed,
                   sum(case when state = 'suppressed' then sign else 0 end) as suppressed,
                   sum(case when unsubscribed_at is not null then sign else 0 end) as unsubscribed,
                   sum(case when complained_at is not null then sign else 0 end) as complained
            from (select *, state = 'sent' and bounced_at is null as arrived from (%s) as signed) as changed
            where campaign_id is not null
            group by organization_id, campaign_id) as c
        where 0 <> any (array[c.recipients, c.pending, c.sent, c.delivered, c.opened, c.clicked, c.human_opened, c.human_clicked,
                              c.bounced, c.failed, c.suppressed, c.unsubscribed, c.complained])
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
create trigger deliveries_added after insert on deliveries referencing new table as new_rows for each statement execute function count_deliveries();
create trigger deliveries_removed after delete on deliveries referencing old table as old_rows for each statement execute function count_deliveries();
create trigger deliveries_changed after update on deliveries referencing old table as old_rows new table as new_rows
    for each statement execute function count_deliveries();

-- The links of a campaign's snapshot, and who followed them.
create table campaign_links (
    organization_id uuid not null references organizations (id),
    campaign_id     uuid not null,
    number          integer not null,
    url             text not null,
    primary key (organization_id, campaign_id, number),
    foreign key (organization_id, campaign_id) references campaigns (organization_id, id)
);
create table delivery_clicks (
    organization_id  uuid not null references organizations (id),
    delivery_id      uuid not null,
    number           integer not null,
    campaign_id      uuid not null,
    clicks           integer not null default 1,
    clicked_at       timestamptz not null,
    human_clicked_at timestamptz,
    primary key (organization_id, delivery_id, number),
    foreign key (organization_id, delivery_id) references deliveries (organization_id, id) on delete cascade
);
create table campaign_link_totals (
    organization_id uuid not null references organizations (id),
    campaign_id     uuid not null,
    number          integer not null,
    clicks          bigint not null,
    recipients      bigint not null,
    humans          bigint not null
);
create index campaign_link_totals_campaign on campaign_link_totals (organization_id, campaign_id);

create function count_clicks() returns trigger language plpgsql as $$
begin
    insert into campaign_link_totals (organization_id, campaign_id, number, clicks, recipients, humans)
    values (new.organization_id, new.campaign_id, new.number,
            new.clicks - coalesce(old.clicks, 0),
            case when old is null then 1 else 0 end,
            (new.human_clicked_at is not null)::integer - coalesce((old.human_clicked_at is not null)::integer, 0));
    return null;
end $$;
create trigger delivery_clicks_counted after insert or update on delivery_clicks for each row execute function count_clicks();

-- Addresses that get nothing more on a channel, whoever they belong to. The gravest reason stays.
create table suppressions (
    organization_id uuid not null references organizations (id),
    id              uuid not null,
    channel         text not null check (channel in ('email', 'sms')),
    -- Lower case, or E.164.
    address         text not null,
    reason          text not null check (reason in ('unsubscribed', 'manual', 'stopped', 'complained', 'bounced')),
    note            text,
    delivery_id     uuid,
    actor_id        uuid,
    created_at      timestamptz not null,
    primary key (organization_id, id),
    unique (organization_id, channel, address),
    foreign key (organization_id, actor_id) references users (organization_id, id)
);
create index suppressions_newest on suppressions (organization_id, created_at desc, id desc);

-- What vendors told us, raw, once by their own id: an event comes twice, late, or in another order. Global by nature; the organisation is known when it is
-- processed, or from what we gave the vendor to hand back.
create table provider_events (
    id              uuid not null primary key,
    provider        text not null check (provider in ('sendgrid', 'sendgrid-inbound', 'twilio-status', 'twilio-sms')),
    event_id        text not null,
    organization_id uuid references organizations (id),
    body            text not null,
    status          text not null default 'received' check (status in ('received', 'processed', 'parked')),
    -- Why it was parked.
    error           text,
    received_at     timestamptz not null,
    processed_at    timestamptz,
    unique (provider, event_id)
);
create index provider_events_open on provider_events (received_at) where status = 'received';
create index provider_events_parked on provider_events (organization_id, received_at desc, id desc) where status = 'parked';
create index provider_events_age on provider_events using brin (received_at);
-- When a vendor was last heard of: that its events reach us is what makes their absence mean something.
create table provider_pulses (
    provider        text not null primary key,
    heard_at        timestamptz not null
);

create table conversations (
    organization_id   uuid not null references organizations (id),
    id                uuid not null,
    contact_id        uuid not null,
    type              text not null check (type in ('email', 'sms')),
    status            text not null default 'open' check (status in ('open', 'pending', 'closed', 'snoozed')),
    snoozed_until     timestamptz,
    subject           text,
    assignee_id       uuid,
    tags              text[] not null default '{}',
    -- Inbound messages that nobody read.
    unread_count      integer not null default 0 check (unread_count >= 0),
    -- Of reply+{token}@…: lower-case letters and digits, for addresses lose their case.
    reply_token       text not null unique,
    -- Of the latest message that is no note.
    last_message_id   uuid,
    last_message_at   timestamptz not null,
    last_preview      text,
    last_direction    text check (last_direction in ('inbound', 'outbound')),
    created_at        timestamptz not null,
    updated_at        timestamptz not null,
    version           integer not null default 1,
    primary key (organization_id, id),
    unique (organization_id, contact_id, type),
    foreign key (organization_id, contact_id) references contacts (organization_id, id),
    foreign key (organization_id, assignee_id) references users (organization_id, id)
);
create index conversations_latest on conversations (organization_id, last_message_at desc, id desc);
create index conversations_assignee on conversations (organization_id, assignee_id, last_message_at desc, id desc);
create index conversations_status on conversations (organization_id, status, last_message_at desc, id desc);
create index conversations_unread on conversations (organization_id, last_message_at desc, id desc) where unread_count > 0;
create index conversations_tags on conversations using gin (organization_id, tags);
create index conversations_snoozed on conversations (snoozed_until) where status = 'snoozed';

create table messages (
    organization_id  uuid not null references organizations (id),
    id               uuid not null,
    conversation_id  uuid not null,
    contact_id       uuid not null,
    direction        text not null check (direction in ('inbound', 'outbound')),
    type             text not null check (type in ('email', 'sms')),
    -- A note of a colleague's: never sent.
    is_internal_note boolean not null default false,
    subject          text,
    content          text not null,
    html_content     text,
    template_id      uuid,
    author_id        uuid,
    from_address     text,
    to_address       text,
    -- The Message-ID header's value, without its brackets; and those the message answers.
    rfc_message_id   text,
    in_reply_to      text,
    reference_ids    text[] not null default '{}',
    segments         integer,
    send_at          timestamptz,
    is_read          boolean not null default true,
    read_at          timestamptz,
    created_at       timestamptz not null,
    search_text      text not null generated always as (lower(left(coalesce(subject, '') || ' ' || content, 10000))) stored,
    primary key (organization_id, id),
    foreign key (organization_id, conversation_id) references conversations (organization_id, id),
    foreign key (organization_id, contact_id) references contacts (organization_id, id),
    foreign key (organization_id, template_id) references templates (organization_id, id),
    foreign key (organization_id, author_id) references users (organization_id, id)
);
create index messages_conversation on messages (organization_id, conversation_id, created_at desc, id desc);
create index messages_contact on messages (organization_id, contact_id);
create index messages_rfc_id on messages (organization_id, rfc_message_id) where rfc_message_id is not null;
create index messages_search on messages using gin (organization_id, search_text gin_trgm_ops) with (gin_pending_list_limit = 256);

create table message_attachments (
    organization_id uuid not null references organizations (id),
    id              uuid not null,
    message_id      uuid not null,
    file_name       text not null,
    content_type    text not null,
    size            bigint not null,
    -- Where the object store keeps it; none while there is none.
    storage_key     text,
    created_at      timestamptz not null,
    primary key (organization_id, id),
    foreign key (organization_id, message_id) references messages (organization_id, id)
);
create index message_attachments_message on message_attachments (organization_id, message_id);

create table canned_replies (
    organization_id uuid not null references organizations (id),
    id              uuid not null,
    -- What one types to get it: unique in the organisation.
    shortcut        text not null,
    name            text not null,
    content         text not null,
    creator_id      uuid not null,
    created_at      timestamptz not null,
    updated_at      timestamptz not null,
    version         integer not null default 1,
    primary key (organization_id, id),
    foreign key (organization_id, creator_id) references users (organization_id, id)
);
create unique index canned_replies_shortcut on canned_replies (organization_id, lower(shortcut));

create table notifications (
    organization_id uuid not null references organizations (id),
    id              uuid not null,
    user_id         uuid not null,
    type            text not null,
    title           text not null,
    body            text,
    entity_type     text,
    entity_id       uuid,
    read_at         timestamptz,
    created_at      timestamptz not null,
    primary key (organization_id, id),
    foreign key (organization_id, user_id) references users (organization_id, id)
);
create index notifications_newest on notifications (organization_id, user_id, created_at desc, id desc);
create index notifications_unread on notifications (organization_id, user_id) where read_at is null;
create index notifications_age on notifications using brin (created_at);

-- The wall between organisations (see 0013).
do $$
declare
    name text;
begin
    foreach name in array array['campaigns', 'provider_calls', 'deliveries', 'campaign_totals', 'campaign_links', 'delivery_clicks', 'campaign_link_totals',
        'suppressions', 'provider_events', 'conversations', 'messages', 'message_attachments', 'canned_replies', 'notifications']
    loop
        execute format('alter table %I enable row level security', name);
        execute format('create policy tenant on %I to crm_app using (organization_id = nullif(current_setting(''app.organization_id'', true), '''')::uuid)', name);
        execute format('create policy jobs on %I to crm_jobs using (true)', name);
    end loop;
    foreach name in array array['campaigns', 'deliveries', 'suppressions', 'conversations', 'messages', 'canned_replies']
    loop
        execute format(
            'create view %I as select * from %I where organization_id = nullif(current_setting(''app.organization_id'', true), '''')::uuid', name || '_of_caller', name);
        execute format('revoke insert, update, delete on %I from crm_app, crm_jobs', name || '_of_caller');
        execute format('grant select on %I to crm_app', name || '_of_caller');
    end loop;
end $$;
