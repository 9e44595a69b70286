-- What the object store keeps, a row before each object: whatever is interrupted, no object is without a row, and so none stays for ever.
create table stored_files (
    organization_id uuid not null references organizations (id),
    id              uuid not null,
    kind            text not null check (kind in ('avatar', 'logo', 'attachment', 'export')),
    -- Whose it is: a user, a contact, the organisation, a message, an export.
    owner_id        uuid not null,
    storage_key     text not null,
    content_type    text not null,
    size            bigint not null default 0,
    -- From then on nobody wants it, and it is deleted; null: it is kept. One that is being stored has an hour to be wanted.
    unwanted_at     timestamptz,
    -- Until then its deletion is under way.
    queued_until    timestamptz,
    created_at      timestamptz not null,
    primary key (organization_id, id)
);
create index stored_files_owner on stored_files (organization_id, owner_id);
create index stored_files_unwanted on stored_files (unwanted_at) where unwanted_at is not null;

-- Exports that are too long for a request: written into the object store in the background.
create table exports (
    organization_id uuid not null references organizations (id),
    id              uuid not null,
    user_id         uuid not null,
    -- What was asked for, as the request said it.
    request         jsonb not null,
    type            text not null,
    format          text not null,
    file_name       text not null,
    status          text not null default 'queued' check (status in ('queued', 'running', 'completed', 'failed')),
    -- About how many rows it will have, and how many it has.
    expected        bigint not null,
    rows            bigint not null default 0,
    file_id         uuid,
    error           text,
    attempts        integer not null default 0,
    leased_until    timestamptz,
    -- SHA-256 of the token in the link.
    token_hash      bytea,
    created_at      timestamptz not null,
    updated_at      timestamptz not null,
    finished_at     timestamptz,
    expires_at      timestamptz,
    primary key (organization_id, id),
    foreign key (organization_id, user_id) references users (organization_id, id)
);
create index exports_user on exports (organization_id, user_id, created_at desc, id desc);
create index exports_unfinished on exports (updated_at) where status in ('queued', 'running');
create index exports_token on exports (token_hash) where token_hash is not null;

-- A download that a browser can open by its address: once, and soon.
create table download_tickets (
    organization_id uuid not null references organizations (id),
    id              uuid not null,
    session_id      uuid not null,
    token_hash      bytea not null,
    request         jsonb not null,
    expires_at      timestamptz not null,
    used_at         timestamptz,
    primary key (organization_id, id),
    foreign key (organization_id, session_id) references sessions (organization_id, id) on delete cascade
);
create unique index download_tickets_token on download_tickets (token_hash);
create index download_tickets_session on download_tickets (organization_id, session_id);
create index download_tickets_age on download_tickets (expires_at);

-- The wall between organisations (see 0013).
do $$
declare
    name text;
begin
    foreach name in array array['stored_files', 'exports', 'download_tickets']
    loop
        execute format('alter table %I enable row level security', name);
        execute format('create policy tenant on %I to crm_app using (organization_id = nullif(current_setting(''app.organization_id'', true), '''')::uuid)', name);
        execute format('create policy jobs on %I to crm_jobs using (true)', name);
    end loop;
end $$;

-- A person who is erased stays unwritten to: their suppression stays, of their address its SHA-256 alone. Should the address come back with a contact, it is
-- known again, and so no query that asks for an address has to know of hashes.
alter table suppressions add column is_hashed boolean not null default false;
create index suppressions_hashed on suppressions (organization_id) where is_hashed;
create or replace view suppressions_of_caller as
    select * from suppressions where organization_id = nullif(current_setting('app.organization_id', true), '')::uuid;

create function hash_of_address(address text) returns text language sql immutable as $$
    select 'sha256:' || encode(sha256(convert_to(address, 'UTF8')), 'hex')
$$;

create function recall_suppression(organization uuid, channel_of text, address_of text) returns void language sql as $$
    update suppressions s
    set address = address_of, is_hashed = false
    where s.organization_id = organization
      and s.channel = channel_of
      and s.address = hash_of_address(address_of)
      and not exists (
          select from suppressions o
          where o.organization_id = organization and o.channel = channel_of and o.address = address_of)
$$;

create function recall_suppressions() returns trigger language plpgsql as $$
begin
    if exists (select from suppressions where is_hashed and organization_id in (select organization_id from new_rows)) then
        perform recall_suppression(organization_id, 'email', lower(email)) from new_rows where email is not null;
        perform recall_suppression(organization_id, 'sms', phone) from new_rows where phone is not null;
    end if;
    return null;
end $$;
create trigger contacts_suppressed_again after insert on contacts referencing new table as new_rows
    for each statement execute function recall_suppressions();

create function recall_changed_suppression() returns trigger language plpgsql as $$
begin
    if exists (select from suppressions where is_hashed and organization_id = new.organization_id) then
        perform recall_suppression(new.organization_id, 'email', lower(new.email)) where new.email is not null;
        perform recall_suppression(new.organization_id, 'sms', new.phone) where new.phone is not null;
    end if;
    return null;
end $$;
create trigger contacts_changed_suppressed_again after update of email, phone on contacts
    for each row when (old.email is distinct from new.email or old.phone is distinct from new.phone) execute function recall_changed_suppression();
