-- What Stripe was asked to give back, or has given back by somebody's hand in its dashboard. The row is written before Stripe is asked, and its id is the
-- idempotency key: an answer that is lost is asked for again, or looked up, never paid twice.
create table payment_refunds (
    organization_id uuid not null references organizations (id),
    id              uuid not null,
    invoice_id      uuid not null,
    -- What is given back.
    payment_id      uuid not null,
    -- None until Stripe has answered.
    provider_id     text unique,
    amount          numeric(14, 2) not null check (amount > 0),
    currency        text not null,
    reason          text,
    -- Created: asked for, no answer yet, so it counts as given. Refused: nothing was given, as far as we know. Accepted: it stands in the ledger.
    -- Failed: it came back, by Stripe's word.
    status          text not null default 'created' check (status in ('created', 'refused', 'accepted', 'failed')),
    error           text,
    -- The entry in the ledger.
    entry_id        uuid,
    -- None: somebody in Stripe's dashboard.
    actor_id        uuid,
    created_at      timestamptz not null,
    -- When Stripe was last asked to do it: a call is under way for two minutes at most.
    asked_at        timestamptz not null,
    -- When we last looked whether it was done; set at once when no answer came.
    checked_at      timestamptz,
    settled_at      timestamptz,
    primary key (organization_id, id),
    foreign key (organization_id, invoice_id) references invoices (organization_id, id),
    foreign key (organization_id, payment_id) references payments (organization_id, id),
    foreign key (organization_id, entry_id) references payments (organization_id, id),
    foreign key (organization_id, actor_id) references users (organization_id, id),
    check (status <> 'accepted' or entry_id is not null)
);
create index payment_refunds_payment on payment_refunds (organization_id, payment_id);
create index payment_refunds_invoice on payment_refunds (organization_id, invoice_id);
create index payment_refunds_open on payment_refunds (coalesce(checked_at, asked_at)) where status = 'created';

-- Payments that customers dispute with their bank. What Stripe tells of one comes in any order: once it is won or lost it stays so.
create table payment_disputes (
    organization_id uuid not null references organizations (id),
    id              uuid not null,
    invoice_id      uuid not null,
    payment_id      uuid not null,
    provider_id     text not null unique,
    amount          numeric(14, 2) not null,
    currency        text not null,
    reason          text not null,
    status          text not null check (status in ('open', 'won', 'lost')),
    -- Of a lost one: the entry in the ledger that takes the money off.
    entry_id        uuid,
    created_at      timestamptz not null,
    closed_at       timestamptz,
    primary key (organization_id, id),
    foreign key (organization_id, invoice_id) references invoices (organization_id, id),
    foreign key (organization_id, payment_id) references payments (organization_id, id),
    foreign key (organization_id, entry_id) references payments (organization_id, id)
);
create index payment_disputes_invoice on payment_disputes (organization_id, invoice_id);

-- The wall between organisations (see 0013).
do $$
declare
    name text;
begin
    foreach name in array array['payment_refunds', 'payment_disputes']
    loop
        execute format('alter table %I enable row level security', name);
        execute format('create policy tenant on %I to crm_app using (organization_id = nullif(current_setting(''app.organization_id'', true), '''')::uuid)', name);
        execute format('create policy jobs on %I to crm_jobs using (true)', name);
    end loop;
end $$;
