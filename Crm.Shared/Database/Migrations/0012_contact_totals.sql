-- How many contacts an organisation has, by owner, status and state: exact totals of any size without reading a contact. Written as differences, never
-- updated, so that nobody waits for anybody; a timer adds the differences up.
create table contact_totals (
    organization_id uuid not null,
    owner_id        uuid,
    status          text not null,
    state           text not null check (state in ('alive', 'deleted', 'merged')),
    contacts        bigint not null
);
create index contact_totals_organization on contact_totals (organization_id, owner_id) include (status, state, contacts);

create function contact_state(deleted_at timestamptz, merged_into uuid) returns text language sql immutable parallel safe
    return case when merged_into is not null then 'merged' when deleted_at is not null then 'deleted' else 'alive' end;

create function count_contacts() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        insert into contact_totals (organization_id, owner_id, status, state, contacts)
        select organization_id, owner_id, status, contact_state(deleted_at, merged_into), count(*)
        from new_rows
        group by 1, 2, 3, 4;
    else
        insert into contact_totals (organization_id, owner_id, status, state, contacts)
        select organization_id, owner_id, status, contact_state(deleted_at, merged_into), -count(*)
        from old_rows
        group by 1, 2, 3, 4;
    end if;
    return null;
end $$;

create function recount_contact() returns trigger language plpgsql as $$
begin
    insert into contact_totals (organization_id, owner_id, status, state, contacts)
    values (old.organization_id, old.owner_id, old.status, contact_state(old.deleted_at, old.merged_into), -1),
           (new.organization_id, new.owner_id, new.status, contact_state(new.deleted_at, new.merged_into), 1);
    return null;
end $$;

-- Nobody writes contacts between the triggers' beginning and the first count.
lock table contacts in share row exclusive mode;
create trigger contacts_added after insert on contacts referencing new table as new_rows for each statement execute function count_contacts();
create trigger contacts_removed after delete on contacts referencing old table as old_rows for each statement execute function count_contacts();
-- By row, because most changes count nothing, and of those this costs the comparison alone.
create trigger contacts_recounted after update on contacts for each row
    when ((old.owner_id, old.status, old.deleted_at is null, old.merged_into is null) is distinct from (new.owner_id, new.status, new.deleted_at is null, new.merged_into is null))
    execute function recount_contact();

insert into contact_totals (organization_id, owner_id, status, state, contacts)
select organization_id, owner_id, status, contact_state(deleted_at, merged_into), count(*)
from contacts
group by 1, 2, 3, 4;
