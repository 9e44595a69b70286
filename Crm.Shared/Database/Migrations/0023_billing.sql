-- Invoices, the ledger of what was paid for them, and what is under way at a payment provider.

-- What the app itself reads from an organisation's settings (see 0009). No prefix: the first letters and digits of its name.
alter table organizations add column invoice_prefix text check (invoice_prefix ~ '^[A-Z0-9]{1,10}$');
-- Letters to the contact three days before an invoice is due, and one and seven days after.
alter table organizations add column invoice_reminders boolean not null default true;

-- The number that comes next, by series and year. Counted up in the transaction that makes the invoice: who is rolled back leaves no gap. Credit notes have a
-- series of their own, ABC-CN; a prefix holds no hyphen.
create table invoice_counters (
    organization_id uuid not null references organizations (id),
    prefix          text not null,
    year            integer not null,
    next            integer not null,
    primary key (organization_id, prefix, year)
);

create table invoices (
    organization_id uuid not null references organizations (id),
    id              uuid not null,
    number          text not null,
    contact_id      uuid not null,
    deal_id         uuid,
    -- Whose it is: the one who made it, or who took it over from them.
    creator_id      uuid not null,
    -- Overdue is a sent one whose due date has passed where the organisation is: every query finds that out for its own day.
    status          text not null default 'draft' check (status in ('draft', 'sent', 'paid', 'cancelled')),
    currency        text not null,
    issue_date      date not null,
    due_date        date not null,
    subtotal        numeric(14, 2) not null,
    discount_total  numeric(14, 2) not null,
    tax_total       numeric(14, 2) not null,
    total           numeric(14, 2) not null check (total >= 0),
    -- Money received and not given back, and what was credited: the sums of its entries in payments, which the database keeps.
    amount_paid     numeric(14, 2) not null default 0,
    amount_credited numeric(14, 2) not null default 0,
    -- More than was owed; of a cancelled one anything.
    overpaid        boolean not null generated always as (
        amount_paid + amount_credited > case when status = 'cancelled' then 0 else total end) stored,
    -- A payment of it is disputed at the provider.
    disputed        boolean not null default false,
    notes           text,
    terms           text,
    payment_terms   text not null,
    -- SHA-256 of the token in its public link, which Tokens/LinkTokens derives from its id and the signing key.
    token_hash      bytea not null unique,
    sent_at         timestamptz,
    paid_at         timestamptz,
    -- The date of the payment that settled it.
    paid_on         date,
    cancelled_at    timestamptz,
    -- When its creator was told that it is overdue; another due date forgets it.
    overdue_at      timestamptz,
    -- The last reminder that was due when it was sent or that was written since: 1 three days before the due date, 2 the day after, 3 a week after.
    reminder        smallint not null default 0 check (reminder between 0 and 3),
    created_at      timestamptz not null,
    updated_at      timestamptz not null,
    deleted_at      timestamptz,
    version         integer not null default 1,
    search_text     text not null generated always as (lower(number || ' ' || coalesce(notes, ''))) stored,
    primary key (organization_id, id),
    -- Of deleted ones too: a number is never given twice.
    unique (organization_id, number),
    foreign key (organization_id, contact_id) references contacts (organization_id, id),
    foreign key (organization_id, deal_id) references deals (organization_id, id),
    foreign key (organization_id, creator_id) references users (organization_id, id),
    check (due_date >= issue_date),
    check (status <> 'paid' or amount_paid + amount_credited >= total)
);
-- What is filtered stands behind the order: whoever looks far for few of them looks in the index alone (date ranges: 6 ms instead of 49).
create index invoices_newest on invoices (organization_id, created_at desc, id desc, issue_date) where deleted_at is null;
create index invoices_creator on invoices (organization_id, creator_id, created_at desc, id desc, status, due_date, issue_date) where deleted_at is null;
-- Deleted ones too: they follow a merged contact.
create index invoices_contact on invoices (organization_id, contact_id, created_at desc, id desc);
create index invoices_deal on invoices (organization_id, deal_id) where deal_id is not null;
create index invoices_status on invoices (organization_id, status, created_at desc, id desc, due_date, issue_date) where deleted_at is null;
-- One index for each order the list can be asked in; the order by number is its unique key's.
create index invoices_due on invoices (organization_id, due_date desc, id desc) where deleted_at is null;
create index invoices_amount on invoices (organization_id, total desc, id desc) where deleted_at is null;
-- With all that sums ask, so that a part of a month is added up without reading invoices.
create index invoices_issued on invoices (organization_id, issue_date desc, id desc)
    include (creator_id, currency, status, due_date, total, amount_paid, amount_credited, paid_on) where deleted_at is null;
-- The open ones: what is overdue, and what that adds up to.
create index invoices_open on invoices (organization_id, due_date, id)
    include (creator_id, currency, issue_date, total, amount_paid, amount_credited) where deleted_at is null and status = 'sent';
-- For the timers, over all organisations.
create index invoices_to_tell on invoices (due_date) where deleted_at is null and status = 'sent' and overdue_at is null;
create index invoices_to_remind on invoices (due_date) where deleted_at is null and status = 'sent' and reminder < 3;
create index invoices_search on invoices using gin (organization_id, search_text gin_trgm_ops) with (gin_pending_list_limit = 256);
-- A finer histogram: the estimate of a search decides whether its matches are counted.
alter table invoices alter column search_text set statistics 1000;

create table invoice_items (
    organization_id uuid not null,
    id              uuid not null,
    invoice_id      uuid not null,
    position        integer not null,
    -- Where it came from; the line keeps what it was sold as.
    product_id      uuid,
    description     text not null,
    quantity        numeric(14, 4) not null check (quantity > 0),
    unit_price      numeric(14, 2) not null check (unit_price >= 0),
    -- Both in percent.
    discount        numeric(6, 3) not null default 0 check (discount between 0 and 100),
    tax_rate        numeric(6, 3) not null default 0 check (tax_rate between 0 and 100),
    -- After the discount, before the tax.
    amount          numeric(14, 2) not null,
    primary key (organization_id, id),
    foreign key (organization_id, invoice_id) references invoices (organization_id, id),
    foreign key (organization_id, product_id) references products (organization_id, id)
);
create index invoice_items_invoice on invoice_items (organization_id, invoice_id, position);

-- What is under way at the payment provider. The row is written before the provider is called, its id travels in the metadata.
create table payment_intents (
    organization_id uuid not null references organizations (id),
    id              uuid not null,
    invoice_id      uuid not null,
    provider        text not null default 'stripe' check (provider in ('stripe')),
    -- None until the provider has answered.
    provider_id     text unique,
    amount          numeric(14, 2) not null check (amount > 0),
    currency        text not null,
    -- Created here; open, processing at the provider. The other three are the end.
    status          text not null default 'created' check (status in ('created', 'open', 'processing', 'succeeded', 'failed', 'canceled')),
    error           text,
    -- None: the customer, from the public page.
    creator_id      uuid,
    created_at      timestamptz not null,
    -- When the provider was last asked how it stands.
    checked_at      timestamptz,
    settled_at      timestamptz,
    primary key (organization_id, id),
    foreign key (organization_id, invoice_id) references invoices (organization_id, id),
    foreign key (organization_id, creator_id) references users (organization_id, id)
);
create index payment_intents_invoice on payment_intents (organization_id, invoice_id, created_at desc, id desc);
create index payment_intents_open on payment_intents (coalesce(checked_at, created_at)) where status in ('created', 'open', 'processing');
create index payment_intents_age on payment_intents using brin (created_at);

-- The ledger: entries are added, never changed. Payments and credit notes are positive, refunds negative; all of them lower what is still to be paid by their amount.
create table payments (
    organization_id uuid not null references organizations (id),
    id              uuid not null,
    invoice_id      uuid not null,
    kind            text not null check (kind in ('payment', 'refund', 'credit_note')),
    -- Of a credit note: its own number.
    number          text,
    amount          numeric(14, 2) not null check (case when kind = 'refund' then amount < 0 else amount > 0 end),
    -- The invoice's.
    currency        text not null,
    -- None of a credit note.
    method          text check (method in ('cash', 'check', 'credit_card', 'bank_transfer', 'paypal', 'stripe', 'other')),
    -- Where the organisation is.
    payment_date    date not null,
    reference       text,
    notes           text,
    provider        text check (provider in ('stripe')),
    -- The provider's id of the charge or refund: what it tells us twice is entered once.
    provider_ref    text,
    refund_of       uuid,
    intent_id       uuid,
    -- None: the provider told us.
    actor_id        uuid,
    created_at      timestamptz not null,
    primary key (organization_id, id),
    unique (organization_id, provider, provider_ref),
    unique (organization_id, number),
    foreign key (organization_id, invoice_id) references invoices (organization_id, id),
    foreign key (organization_id, refund_of) references payments (organization_id, id),
    foreign key (organization_id, intent_id) references payment_intents (organization_id, id),
    foreign key (organization_id, actor_id) references users (organization_id, id),
    check ((kind = 'credit_note') = (method is null)),
    check ((kind = 'refund') = (refund_of is not null)),
    check ((provider is null) = (provider_ref is null))
);
create index payments_invoice on payments (organization_id, invoice_id, created_at, id);
create index payments_refunds on payments (organization_id, refund_of) where refund_of is not null;
create index payments_intent on payments (organization_id, intent_id) where intent_id is not null;
-- What was received when: revenue.
create index payments_date on payments (organization_id, payment_date) include (currency, kind, amount, invoice_id);
revoke update, delete on payments from crm_app, crm_jobs;

-- Sets an invoice's sums from its entries, and the state that follows from them: covered it is paid, no longer covered it is what it was before.
-- The invoice is locked first, by a statement of its own: the sum then sees whatever others have committed meanwhile.
create function settle_invoice() returns trigger language plpgsql as $$
declare
    invoice invoices;
    paid numeric(14, 2);
    credited numeric(14, 2);
    is_covered boolean;
begin
    select * into strict invoice
    from invoices
    where organization_id = new.organization_id and id = new.invoice_id
    for no key update;
    if new.currency <> invoice.currency then
        raise exception 'an entry in % for an invoice in %', new.currency, invoice.currency using errcode = 'check_violation';
    end if;
    select coalesce(sum(amount) filter (where kind <> 'credit_note'), 0), coalesce(sum(amount) filter (where kind = 'credit_note'), 0)
    into paid, credited
    from payments
    where organization_id = new.organization_id and invoice_id = new.invoice_id;
    is_covered := paid + credited >= invoice.total;
    update invoices
    set amount_paid = paid,
        amount_credited = credited,
        status = case
            when is_covered and status in ('draft', 'sent') then 'paid'
            when not is_covered and status = 'paid' then case when sent_at is null then 'draft' else 'sent' end
            else status end,
        paid_at = case when not is_covered then null when status in ('draft', 'sent') then new.created_at else paid_at end,
        paid_on = case
            when not is_covered then null
            when status in ('draft', 'sent') then (
                select max(payment_date)
                from payments
                where organization_id = new.organization_id and invoice_id = new.invoice_id and kind = 'payment')
            else paid_on end,
        updated_at = new.created_at,
        version = version + 1
    where organization_id = new.organization_id and id = new.invoice_id;
    return null;
end $$;
create trigger payments_settle after insert on payments for each row execute function settle_invoice();

-- Nobody writes the sums by hand: whoever sets them sets what the entries add up to.
create function check_invoice_sums() returns trigger language plpgsql as $$
declare
    paid numeric(14, 2);
    credited numeric(14, 2);
begin
    select coalesce(sum(amount) filter (where kind <> 'credit_note'), 0), coalesce(sum(amount) filter (where kind = 'credit_note'), 0)
    into paid, credited
    from payments
    where organization_id = new.organization_id and invoice_id = new.id;
    if new.amount_paid <> paid or new.amount_credited <> credited then
        raise exception 'amount_paid and amount_credited of an invoice are the sums of its payments' using errcode = 'check_violation';
    end if;
    return new;
end $$;
create trigger invoices_sums_of_new before insert on invoices for each row
    when (new.amount_paid <> 0 or new.amount_credited <> 0) execute function check_invoice_sums();
create trigger invoices_sums before update on invoices for each row
    when ((old.amount_paid, old.amount_credited) is distinct from (new.amount_paid, new.amount_credited)) execute function check_invoice_sums();

-- What invoices add up to, by the month of issue: statistics of any size read some hundred rows. Written as differences, never updated, so that nobody
-- waits for anybody; a timer adds them up (see 0012).
create table invoice_totals (
    organization_id uuid not null,
    month           date not null,
    creator_id      uuid not null,
    currency        text not null,
    status          text not null,
    -- Of sent ones the month in which they are due: those of months before are overdue, whatever the day.
    due_month       date,
    invoices        bigint not null,
    total           numeric(18, 2) not null,
    paid            numeric(18, 2) not null,
    credited        numeric(18, 2) not null,
    -- Of those settled by a payment: how many, and the days from issue to then.
    settled         bigint not null,
    days_to_pay     bigint not null
);
create index invoice_totals_organization on invoice_totals (organization_id, month);
alter table invoice_totals alter column organization_id set (n_distinct = -0.2);

create function count_invoice(i invoices, sign integer) returns void language sql as $$
    insert into invoice_totals (organization_id, month, creator_id, currency, status, due_month, invoices, total, paid, credited, settled, days_to_pay)
    values (i.organization_id, date_trunc('month', i.issue_date)::date, i.creator_id, i.currency, i.status,
            case when i.status = 'sent' then date_trunc('month', i.due_date)::date end, sign, sign * i.total, sign * i.amount_paid, sign * i.amount_credited,
            case when i.paid_on is null then 0 else sign end, sign * greatest(coalesce(i.paid_on - i.issue_date, 0), 0))
$$;
create function count_invoices() returns trigger language plpgsql as $$
begin
    if tg_op <> 'INSERT' and old.deleted_at is null then
        perform count_invoice(old, -1);
    end if;
    if tg_op <> 'DELETE' and new.deleted_at is null then
        perform count_invoice(new, 1);
    end if;
    return null;
end $$;
create trigger invoices_added after insert or delete on invoices for each row execute function count_invoices();
create trigger invoices_recounted after update on invoices for each row
    when ((old.issue_date, old.due_date, old.creator_id, old.currency, old.status, old.total, old.amount_paid, old.amount_credited, old.paid_on,
           old.deleted_at is null)
        is distinct from (new.issue_date, new.due_date, new.creator_id, new.currency, new.status, new.total, new.amount_paid, new.amount_credited, new.paid_on,
           new.deleted_at is null))
    execute function count_invoices();

alter table provider_events drop constraint provider_events_provider_check;
alter table provider_events add constraint provider_events_provider_check
    check (provider in ('sendgrid', 'sendgrid-inbound', 'twilio-status', 'twilio-sms', 'stripe'));

-- The invoices that go over with a member's other records.
alter table hand_overs add column invoices integer not null default 0;

-- The wall between organisations (see 0013).
do $$
declare
    name text;
begin
    foreach name in array array['invoice_counters', 'invoices', 'invoice_items', 'payment_intents', 'payments', 'invoice_totals']
    loop
        execute format('alter table %I enable row level security', name);
        execute format('create policy tenant on %I to crm_app using (organization_id = nullif(current_setting(''app.organization_id'', true), '''')::uuid)', name);
        execute format('create policy jobs on %I to crm_jobs using (true)', name);
    end loop;
end $$;
create view invoices_of_caller as
    select * from invoices where organization_id = nullif(current_setting('app.organization_id', true), '')::uuid;
revoke insert, update, delete on invoices_of_caller from crm_app, crm_jobs;
grant select on invoices_of_caller to crm_app;
