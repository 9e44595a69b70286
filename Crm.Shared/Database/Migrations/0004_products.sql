create table products (
    organization_id uuid not null references organizations (id),
    id              uuid not null,
    name            text not null,
    description     text,
    sku             text not null,
    price           numeric(14, 2) not null check (price >= 0),
    cost            numeric(14, 2) check (cost >= 0),
    currency        text not null,
    category        text,
    unit            text,
    tax_rate        numeric(6, 3) not null default 0 check (tax_rate between 0 and 100),
    status          text not null default 'active' check (status in ('active', 'inactive')),
    image_url       text,
    created_at      timestamptz not null,
    updated_at      timestamptz not null,
    deleted_at      timestamptz,
    version         integer not null default 1,
    search_text     text not null generated always as (lower(name || ' ' || sku || ' ' || coalesce(description, ''))) stored,
    primary key (organization_id, id)
);
-- A deleted product frees its SKU.
create unique index products_sku on products (organization_id, lower(sku)) where deleted_at is null;
create index products_newest on products (organization_id, created_at desc, id desc) where deleted_at is null;
create index products_category on products (organization_id, category, created_at desc, id desc) where deleted_at is null;
create index products_search on products using gin (organization_id, search_text gin_trgm_ops);
