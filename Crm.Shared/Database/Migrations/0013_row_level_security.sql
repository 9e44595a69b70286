-- The second wall between organisations. Statements name their organisation; should one forget to, it sees that of its scope, or nothing.
-- crm_app serves requests and queue messages, and sees one organisation at a time: the one that `call enter(…)` named in the same transaction.
-- crm_jobs does what is about no one organisation: sign-in by e-mail, links, sweeps, timers. Neither of them owns a table. The app signs in as a user
-- who is a member of both, and takes its role as it connects; migrations run as the owner of the tables, to whom no policy applies.
do $$
begin
    if not exists (select from pg_roles where rolname = 'crm_app') then
        create role crm_app nologin;
        execute format('grant crm_app to %I', current_user);
    end if;
    if not exists (select from pg_roles where rolname = 'crm_jobs') then
        create role crm_jobs nologin;
        execute format('grant crm_jobs to %I', current_user);
    end if;
end $$;

grant usage on schema public to crm_app, crm_jobs;
grant select, insert, update, delete on all tables in schema public to crm_app, crm_jobs;
revoke insert, update, delete on schema_migrations, time_zones from crm_app, crm_jobs;
alter default privileges in schema public grant select, insert, update, delete on tables to crm_app, crm_jobs;

-- The organisation of the running transaction; none before it is entered, and none after.
create procedure enter(id uuid) language sql as $$
    select set_config('app.organization_id', id::text, true)
$$;

-- Written out and not called as a function in the policies: compared once a statement and not once a row. Without "with check" the same holds for new rows.
do $$
declare
    policed record;
begin
    for policed in
        select c.relname as name, case when c.relname = 'organizations' then 'id' else 'organization_id' end as key
        from pg_class c
        where c.relnamespace = 'public'::regnamespace
          and c.relkind in ('r', 'p')
          and (c.relname = 'organizations'
               or exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'organization_id' and not a.attisdropped))
    loop
        execute format('alter table %I enable row level security', policed.name);
        execute format('create policy tenant on %I to crm_app using (%I = nullif(current_setting(''app.organization_id'', true), '''')::uuid)', policed.name, policed.key);
        execute format('create policy jobs on %I to crm_jobs using (true)', policed.name);
    end loop;
end $$;

-- Operators that are not leakproof (like, arrays, lower(), numeric comparisons) cannot use an index below a policy: a rare search would take ninety times as long.
-- What searches reads these views instead, whose own condition is the wall. They run with their owner's rights. A new column means a new view.
create view contacts_of_caller as
    select * from contacts where organization_id = nullif(current_setting('app.organization_id', true), '')::uuid;
create view deals_of_caller as
    select * from deals where organization_id = nullif(current_setting('app.organization_id', true), '')::uuid;
create view tasks_of_caller as
    select * from tasks where organization_id = nullif(current_setting('app.organization_id', true), '')::uuid;
create view products_of_caller as
    select * from products where organization_id = nullif(current_setting('app.organization_id', true), '')::uuid;
revoke insert, update, delete on contacts_of_caller, deals_of_caller, tasks_of_caller, products_of_caller from crm_app, crm_jobs;
grant select on contacts_of_caller, deals_of_caller, tasks_of_caller, products_of_caller to crm_app;
