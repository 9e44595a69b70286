create table tasks (
    organization_id uuid not null references organizations (id),
    id              uuid not null,
    title           text not null,
    description     text,
    status          text not null default 'pending' check (status in ('pending', 'in_progress', 'completed', 'cancelled')),
    priority        text not null default 'medium' check (priority in ('low', 'medium', 'high', 'urgent')),
    due_at          timestamptz,
    reminder_at     timestamptz,
    contact_id      uuid,
    deal_id         uuid,
    assignee_id     uuid not null,
    created_by      uuid not null,
    completed_at    timestamptz,
    completed_by    uuid,
    created_at      timestamptz not null,
    updated_at      timestamptz not null,
    deleted_at      timestamptz,
    version         integer not null default 1,
    search_text     text not null generated always as (lower(title || ' ' || coalesce(description, ''))) stored,
    primary key (organization_id, id),
    foreign key (organization_id, contact_id) references contacts (organization_id, id),
    foreign key (organization_id, deal_id) references deals (organization_id, id),
    foreign key (organization_id, assignee_id) references users (organization_id, id)
);
create index tasks_due on tasks (organization_id, due_at, id) where deleted_at is null;
create index tasks_assignee_due on tasks (organization_id, assignee_id, due_at, id) where deleted_at is null;
create index tasks_open on tasks (organization_id, assignee_id, due_at) where deleted_at is null and status in ('pending', 'in_progress');
create index tasks_newest on tasks (organization_id, created_at desc, id desc) where deleted_at is null;
create index tasks_contact on tasks (organization_id, contact_id) where deleted_at is null;
create index tasks_deal on tasks (organization_id, deal_id) where deleted_at is null;
create index tasks_search on tasks using gin (organization_id, search_text gin_trgm_ops);

-- One digest a user and day of theirs: the row is claimed before the mail is written.
create table task_digests (
    organization_id uuid not null,
    user_id         uuid not null,
    local_date      date not null,
    created_at      timestamptz not null,
    primary key (organization_id, user_id, local_date),
    foreign key (organization_id, user_id) references users (organization_id, id)
);
