/* CreateContact: the three rows it writes, by hand */
\set n random(1, 1000000000000)
begin;
insert into contacts (organization_id, id, owner_id, first_name, last_name, email, email_key, phone, company, job_title, status, source, tags,
                      address, notes, custom_fields, created_at, updated_at)
values (:organization, uuidv7(), :user, 'Ann', 'Smith', 'ann.' || :n || '@example.com', 'ann.' || :n || '@example.com', '+14155550132', 'Northwind', 'Buyer', 'lead', 'website',
        '{newsletter,q4}', null, null, '{}'::jsonb, now(), now())
on conflict (organization_id, email_key) do nothing
returning id \gset
insert into timeline_entries (organization_id, id, contact_id, type, action, title, description, changes, entity_type, entity_id, actor_id, occurred_at, created_at)
values (:organization, uuidv7(), :id, 'update', 'contact_created', 'Contact created', null, null, 'contact', :id, :user, now(), now());
insert into audit_events (organization_id, id, actor_id, action, entity_type, entity_id, data, address, created_at)
values (:organization, uuidv7(), :user, 'contact.created', 'contact', :id, null, null, now());
commit;
