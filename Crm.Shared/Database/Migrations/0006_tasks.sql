create table tasks (
    organization_id uuid not null references organizations (id),
    id              uuid not null,
    title           text not null,
    description     text,
    status          text not null default 'pending' check (status in ('pending', 'in_progress', 'completed', 'cancelled')),
    priority        text not null default 'medium' check (priority in ('low', 'medium', 'high', 'urgent')),
    due_at          timestamptz,
    reminder_at     timestamptz,
    -- When the reminder was sent; cleared when the reminder or the due date changes.
    reminded_at     timestamptz,
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
    -- What lists sort and compare by: a task without a due date comes last, and a page can continue after it.
    due_order       timestamptz not null generated always as (coalesce(due_at, 'infinity'::timestamptz)) stored,
    priority_order  smallint not null generated always as (case priority when 'low' then 1 when 'medium' then 2 when 'high' then 3 else 4 end) stored,
    search_text     text not null generated always as (lower(title || ' ' || coalesce(description, ''))) stored,
    primary key (organization_id, id),
    foreign key (organization_id, contact_id) references contacts (organization_id, id),
    foreign key (organization_id, deal_id) references deals (organization_id, id),
    foreign key (organization_id, assignee_id) references users (organization_id, id),
    foreign key (organization_id, created_by) references users (organization_id, id),
    foreign key (organization_id, completed_by) references users (organization_id, id)
);
create index tasks_due on tasks (organization_id, due_order, id) where deleted_at is null;
create index tasks_assignee on tasks (organization_id, assignee_id, due_order, id) where deleted_at is null;
create index tasks_newest on tasks (organization_id, created_at desc, id desc) where deleted_at is null;
create index tasks_updated on tasks (organization_id, updated_at desc, id desc) where deleted_at is null;
create index tasks_priority on tasks (organization_id, priority_order desc, due_order, id) where deleted_at is null;
create index tasks_title on tasks (organization_id, lower(title), id) where deleted_at is null;
create index tasks_contact on tasks (organization_id, contact_id, due_order, id) where deleted_at is null;
create index tasks_deal on tasks (organization_id, deal_id, due_order, id) where deleted_at is null;
create index tasks_search on tasks using gin (organization_id, search_text gin_trgm_ops);
-- Open tasks are few beside the done ones: what is overdue and what is due are short stretches of these.
create index tasks_open on tasks (organization_id, due_order, id) where deleted_at is null and status in ('pending', 'in_progress');
create index tasks_assignee_open on tasks (organization_id, assignee_id, due_order, id) where deleted_at is null and status in ('pending', 'in_progress');
create index tasks_reminder on tasks (reminder_at) where reminded_at is null and deleted_at is null and status in ('pending', 'in_progress');

-- One digest a user and day of theirs: the row is claimed in the transaction that writes the mail.
create table task_digests (
    organization_id uuid not null,
    user_id         uuid not null,
    local_date      date not null,
    created_at      timestamptz not null,
    primary key (organization_id, user_id, local_date),
    foreign key (organization_id, user_id) references users (organization_id, id)
);

-- The dashboard: what happened last in an organisation, and the deals won in a month.
create index timeline_entries_newest on timeline_entries (organization_id, occurred_at desc, id desc) where deleted_at is null;
create index deals_won on deals (organization_id, closed_at) include (owner_id, pipeline_id) where status = 'won' and deleted_at is null;
