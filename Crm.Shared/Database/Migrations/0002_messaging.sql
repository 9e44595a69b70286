-- What leaves the database: queue messages (outbox), transactional mail, and the record of who did what.

-- A row is written in the transaction of the change it belongs to, relayed to its queue right after the commit and then
-- deleted; SweepOutbox relays what a crash left behind.
create table outbox (
    organization_id uuid not null references organizations (id),
    id              uuid not null,
    queue           text not null,
    body            jsonb not null,
    created_at      timestamptz not null,
    primary key (organization_id, id)
);
create index outbox_age on outbox (created_at);

-- Transactional mail (invitation, reset, notices). The row is the truth and the queue only the fast path: a row that is
-- due again (a failed try, or a lease that ran out because the process died) is queued again by SweepEmails.
create table emails (
    organization_id uuid not null references organizations (id),
    id              uuid not null,
    kind            text not null,
    recipient       text not null,
    -- What the mail's text is made from, ids and names only: a link is made when the mail is sent and never stored.
    data            jsonb not null,
    status          text not null default 'pending' check (status in ('pending', 'sending', 'sent', 'failed')),
    attempts        integer not null default 0,
    due_at          timestamptz not null,
    provider_id     text,
    error           text,
    created_at      timestamptz not null,
    sent_at         timestamptz,
    primary key (organization_id, id)
);
create index emails_due on emails (due_at) where status in ('pending', 'sending');

create table audit_events (
    organization_id uuid not null references organizations (id),
    id              uuid not null,
    actor_id        uuid,
    action          text not null,
    entity_type     text not null,
    entity_id       uuid,
    data            jsonb,
    address         text,
    created_at      timestamptz not null,
    primary key (organization_id, id)
);
create index audit_events_newest on audit_events (organization_id, created_at desc, id desc);

-- Idempotency-Key: one row a request, holding its reply so that a repeat gets the same answer.
create table idempotency_keys (
    organization_id uuid not null,
    user_id         uuid not null,
    route           text not null,
    key             text not null,
    request_hash    bytea not null,
    -- The first request has this long to finish; after that a repeat may take over.
    locked_until    timestamptz not null,
    -- Set inside the transaction that carried the request out: from then on it must not run again.
    committed_at    timestamptz,
    status_code     integer,
    body            bytea,
    created_at      timestamptz not null,
    primary key (organization_id, user_id, route, key),
    foreign key (organization_id, user_id) references users (organization_id, id)
);
create index idempotency_keys_age on idempotency_keys (created_at);
