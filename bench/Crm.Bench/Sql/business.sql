-- What reports are about besides contacts, of organisations 1 and 2: for every four contacts a deal and an invoice, of which half are paid, and twelve messages of
-- twenty campaigns, over the same twenty-two months. With triggers: they keep the counts.

-- step: A pipeline of four stages
select setseed(0.43);
insert into pipelines (organization_id, id, name, is_default, created_at, updated_at)
select id, id, 'Sales', true, created_at, created_at from organizations where name in ('Bench 1', 'Bench 2');
insert into stages (organization_id, id, pipeline_id, name, position, type, probability, created_at)
select o.id, ('00000000-0000-7000-a000-' || right(o.id::text, 10) || lpad(n::text, 2, '0'))::uuid, o.id, 'Stage ' || n, n,
       (array['open', 'open', 'won', 'lost'])[n], (array[20, 60, 100, 0])[n], o.created_at
from organizations o, generate_series(1, 4) n
where o.name in ('Bench 1', 'Bench 2');
create temporary table customers as
select organization_id, id, coalesce(owner_id, ('00000000-0000-7000-9000-' || lpad((right(organization_id::text, 2)::int * 100 + 1)::text, 12, '0'))::uuid) as user_id,
       created_at, row_number() over (partition by organization_id order by created_at) as n, random() as r
from contacts
where organization_id in (select id from organizations where name in ('Bench 1', 'Bench 2'));

-- step: Deals
insert into deals (organization_id, id, title, value, currency, contact_id, pipeline_id, stage_id, rank, status, owner_id, stage_entered_at,
                   last_activity_at, closed_at, created_at, updated_at)
select organization_id, uuidv7(created_at - now()), 'Deal ' || n, 100 + (r * 9900)::int, 'USD', id, organization_id,
       ('00000000-0000-7000-a000-' || right(organization_id::text, 10) || lpad(stage::text, 2, '0'))::uuid, lpad(n::text, 10, '0') || 'V',
       (array['open', 'open', 'won', 'lost'])[stage], user_id, created_at, created_at, case when stage > 2 then created_at + interval '20 days' end, created_at,
       created_at
from (select *, 1 + (r * 1000)::int % 4 as stage from customers where n % 4 = 0) c;

-- step: Invoices
insert into invoices (organization_id, id, number, contact_id, creator_id, status, sent_at, currency, issue_date, due_date, subtotal, discount_total, tax_total, total,
                      payment_terms, token_hash, created_at, updated_at)
select organization_id, ('00000000-0000-7000-b' || substr(organization_id::text, 34) || '-' || lpad(n::text, 12, '0'))::uuid, 'BEN-' || n, id, user_id, 'sent', created_at,
       'USD', created_at::date, created_at::date + 30, 1000, 0, 0, 1000, 'Net 30', sha256((organization_id::text || n)::bytea), created_at, created_at
from customers
where n % 4 = 1;

-- step: Payments
insert into payments (organization_id, id, invoice_id, kind, amount, currency, method, payment_date, created_at)
select organization_id, uuidv7(created_at - now()), ('00000000-0000-7000-b' || substr(organization_id::text, 34) || '-' || lpad(n::text, 12, '0'))::uuid, 'payment', 1000,
       'USD', 'bank_transfer', created_at::date + 10, created_at + interval '10 days'
from customers
where n % 8 = 1;

-- step: Campaigns and their messages
insert into campaigns (organization_id, id, name, type, status, creator_id, token_key, started_at, finished_at, created_at, updated_at)
select o.id, ('00000000-0000-7000-c' || substr(o.id::text, 34) || '-' || lpad(n::text, 12, '0'))::uuid, 'Campaign ' || n, 'email', 'sent', u.id, '\x00', at, at, at, at
from organizations o
join users u on u.organization_id = o.id and u.email like 'user1@%'
cross join generate_series(1, 20) n
cross join lateral (select '2025-02-01'::timestamptz + n * interval '1 month' as at) t
where o.name in ('Bench 1', 'Bench 2');
insert into deliveries (organization_id, id, channel, contact_id, campaign_id, state, created_at, sent_at, delivered_at, opened_at, clicked_at)
select c.organization_id, uuidv7(k.at - now()), 'email', c.id, ('00000000-0000-7000-c' || substr(c.organization_id::text, 34) || '-' || lpad(k.n::text, 12, '0'))::uuid, 'sent',
       k.at, k.at, k.at, case when r < 0.4 then k.at + interval '1 hour' end, case when r < 0.1 then k.at + interval '1 hour' end
from customers c
cross join lateral (select n, '2025-02-01'::timestamptz + n * interval '1 month' + c.n % 100 * interval '1 minute' as at from generate_series(1, 20) n) k
where (c.n + k.n) % 20 < 3;
vacuum (analyze);
