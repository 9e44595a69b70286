-- A contact that was merged into another one: its id still answers, with that one.
alter table contacts add column merged_into uuid;
alter table contacts add constraint contacts_merged_into_fkey foreign key (organization_id, merged_into) references contacts (organization_id, id);

-- Doubles: equal phones, and addresses kept beside the one that holds the unique key.
create index contacts_phone on contacts (organization_id, phone, id) where phone is not null and deleted_at is null;
create index contacts_double_email on contacts (organization_id, lower(email)) where email_key is null and email is not null and deleted_at is null;

create table imports (
    organization_id uuid not null references organizations (id),
    id              uuid not null,
    user_id         uuid not null,
    owner_id        uuid not null,
    file_name       text not null,
    columns         text[] not null,
    -- The field of each column, in the columns' order; an empty text leaves a column out.
    fields          text[] not null,
    on_duplicate    text not null check (on_duplicate in ('update', 'skip')),
    tags            text[] not null,
    source          text,
    dry_run         boolean not null,
    status          text not null default 'queued' check (status in ('queued', 'running', 'completed', 'undoing', 'undone')),
    total           integer not null,
    created         integer not null default 0,
    updated         integer not null default 0,
    unchanged       integer not null default 0,
    skipped         integer not null default 0,
    failed          integer not null default 0,
    removed         integer not null default 0,
    restored        integer not null default 0,
    kept            integer not null default 0,
    created_at      timestamptz not null,
    updated_at      timestamptz not null,
    finished_at     timestamptz,
    primary key (organization_id, id),
    foreign key (organization_id, user_id) references users (organization_id, id),
    foreign key (organization_id, owner_id) references users (organization_id, id)
);
create index imports_newest on imports (organization_id, created_at desc, id desc);
create index imports_running on imports (updated_at) where status in ('queued', 'running', 'undoing');

-- The file's rows and what became of each. A row without an outcome is still to do: that is all a restart needs to know.
create table import_rows (
    organization_id uuid not null,
    import_id       uuid not null,
    row_number      integer not null,
    cells           text[] not null,
    outcome         text check (outcome in ('created', 'updated', 'unchanged', 'skipped', 'failed')),
    error           text,
    contact_id      uuid,
    -- For undoing: the version the import made, and what the contact was before.
    version         integer,
    before          jsonb,
    undone          boolean not null default false,
    primary key (organization_id, import_id, row_number),
    foreign key (organization_id, import_id) references imports (organization_id, id)
);
create index import_rows_to_do on import_rows (organization_id, import_id, row_number) where outcome is null;
create index import_rows_failed on import_rows (organization_id, import_id, row_number) where outcome = 'failed';
create index import_rows_to_undo on import_rows (organization_id, import_id, row_number) where version is not null and not undone;
