/* CreateInvoice: the rows it writes, by hand */
\set n random(1, 10000)
begin;
insert into invoice_counters as c (organization_id, prefix, year, next)
values (:organization, 'HAND', 2026, 2)
on conflict (organization_id, prefix, year) do update set next = c.next + 1
returning 'HAND-2026-' || (next - 1) as number \gset
insert into invoices (organization_id, id, number, contact_id, creator_id, currency, issue_date, due_date, subtotal, discount_total, tax_total, total, notes,
                      payment_terms, token_hash, created_at, updated_at)
values (:organization, uuidv7(), :number, ('01990000-0000-7000-8000-c' || lpad(:n::text, 11, '0'))::uuid, :user, 'USD', current_date,
        current_date + 30, 1500, 0, 120, 1620, 'Thank you', 'Net 30', sha256(uuidv4()::text::bytea), now(), now())
returning id, contact_id \gset
insert into invoice_items (organization_id, id, invoice_id, position, description, quantity, unit_price, discount, tax_rate, amount)
values (:organization, uuidv7(), :id, 1, 'Desk', 2, 750, 0, 8, 1500);
insert into timeline_entries (organization_id, id, contact_id, type, action, title, description, changes, entity_type, entity_id, actor_id, occurred_at, created_at)
values (:organization, uuidv7(), :contact_id, 'invoice', 'invoice_created', 'Invoice created', null, null, 'invoice', :id, :user, now(), now());
insert into audit_events (organization_id, id, actor_id, action, entity_type, entity_id, data, address, created_at)
values (:organization, uuidv7(), :user, 'invoice.created', 'invoice', :id, '{"total":1620}', null, now());
update contacts set last_activity_at = now() where organization_id = :organization and id = :contact_id;
commit;
