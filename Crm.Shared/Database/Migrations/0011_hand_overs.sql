-- What a member who leaves hands over to another one, and how far it has come: many records go in batches, each a transaction of its own.
create table hand_overs (
    organization_id uuid not null references organizations (id),
    id              uuid not null,
    from_id         uuid not null,
    to_id           uuid not null,
    actor_id        uuid not null,
    status          text not null default 'running' check (status in ('running', 'completed')),
    total           integer not null,
    contacts        integer not null default 0,
    deals           integer not null default 0,
    tasks           integer not null default 0,
    created_at      timestamptz not null,
    updated_at      timestamptz not null,
    finished_at     timestamptz,
    primary key (organization_id, id),
    foreign key (organization_id, from_id) references users (organization_id, id),
    foreign key (organization_id, to_id) references users (organization_id, id)
);
create index hand_overs_from on hand_overs (organization_id, from_id, created_at desc);
create index hand_overs_running on hand_overs (updated_at) where status = 'running';
