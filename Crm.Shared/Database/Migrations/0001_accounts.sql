-- Organisations, their people, and how those sign in.
-- Every tenant table's primary key starts with organization_id and every foreign key between tenant tables carries it,
-- so that no row can point into another organisation and the tables can be distributed by it.

create extension if not exists btree_gin;
create extension if not exists pg_trgm;

create table organizations (
    id              uuid primary key,
    name            text not null,
    slug            text not null unique,
    industry        text,
    employee_count  text,
    website         text,
    contact_phone   text,
    address         text,
    logo            text,
    timezone        text not null default 'UTC',
    currency        text not null default 'USD',
    calling_code    text not null default '1',
    settings        jsonb not null default '{}',
    created_at      timestamptz not null,
    updated_at      timestamptz not null
);

create table users (
    organization_id uuid not null references organizations (id),
    id              uuid not null,
    email           text not null,
    first_name      text not null,
    last_name       text not null default '',
    role            text not null check (role in ('owner', 'manager', 'staff')),
    status          text not null default 'active' check (status in ('active', 'inactive')),
    password_hash   text,
    token_version   integer not null default 1,
    avatar          text,
    phone           text,
    timezone        text,
    language        text not null default 'en',
    preferences     jsonb not null default '{}',
    last_login_at   timestamptz,
    created_at      timestamptz not null,
    updated_at      timestamptz not null,
    deleted_at      timestamptz,
    primary key (organization_id, id)
);
-- One account an address, over all organisations: the address alone says which organisation to sign in to.
create unique index users_email on users (lower(email));

create table invitations (
    organization_id uuid not null,
    id              uuid not null,
    email           text not null,
    role            text not null check (role in ('manager', 'staff')),
    name            text,
    invited_by      uuid not null,
    -- Counts up when the invitation is issued again; the link is derived from it, so earlier links die.
    issue           integer not null default 1,
    token_hash      bytea not null,
    status          text not null default 'pending' check (status in ('pending', 'accepted', 'revoked')),
    expires_at      timestamptz not null,
    accepted_at     timestamptz,
    created_at      timestamptz not null,
    primary key (organization_id, id),
    foreign key (organization_id, invited_by) references users (organization_id, id)
);
create unique index invitations_token on invitations (token_hash);
create unique index invitations_pending on invitations (organization_id, lower(email)) where status = 'pending';

create table sessions (
    organization_id uuid not null,
    id              uuid not null,
    user_id         uuid not null,
    address         text,
    user_agent      text,
    created_at      timestamptz not null,
    revoked_at      timestamptz,
    primary key (organization_id, id),
    foreign key (organization_id, user_id) references users (organization_id, id)
);
create index sessions_user on sessions (organization_id, user_id) where revoked_at is null;

-- Used tokens stay until they expire: presenting one again means that it was stolen, and ends the session.
create table refresh_tokens (
    organization_id uuid not null,
    id              uuid not null,
    session_id      uuid not null,
    token_hash      bytea not null,
    expires_at      timestamptz not null,
    created_at      timestamptz not null,
    used_at         timestamptz,
    primary key (organization_id, id),
    foreign key (organization_id, session_id) references sessions (organization_id, id)
);
create unique index refresh_tokens_hash on refresh_tokens (token_hash);

create table password_resets (
    organization_id uuid not null,
    id              uuid not null,
    user_id         uuid not null,
    token_hash      bytea not null,
    expires_at      timestamptz not null,
    created_at      timestamptz not null,
    used_at         timestamptz,
    primary key (organization_id, id),
    foreign key (organization_id, user_id) references users (organization_id, id)
);
create unique index password_resets_token on password_resets (token_hash);

-- Failed sign-ins by account and by address; global, because an attempt belongs to no organisation yet.
create table login_attempts (
    key             text primary key,
    failures        integer not null,
    last_at         timestamptz not null,
    blocked_until   timestamptz
);
