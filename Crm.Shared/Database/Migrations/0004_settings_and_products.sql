-- Counts up with each change, so that two people editing the profile notice one another.
alter table organizations add column version integer not null default 1;

-- The mails that an owner should know about.
create index emails_failed on emails (organization_id) where status = 'failed';

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
-- A deleted product frees its SKU. Also the order by SKU.
create unique index products_sku on products (organization_id, lower(sku)) where deleted_at is null;

-- One index for each order the list can be asked in; products are read far more often than written.
create index products_newest on products (organization_id, created_at desc, id desc) where deleted_at is null;
create index products_updated on products (organization_id, updated_at desc, id desc) where deleted_at is null;
create index products_name on products (organization_id, lower(name), id) where deleted_at is null;
create index products_price on products (organization_id, price, id) where deleted_at is null;
create index products_status on products (organization_id, status, created_at desc, id desc) where deleted_at is null;
-- Categories differ in more than case; the newest product's spelling is the one shown.
create index products_category on products (organization_id, lower(category), created_at desc, id desc) where deleted_at is null;
create index products_search on products using gin (organization_id, search_text gin_trgm_ops);
-- A finer histogram: the estimate of a search decides whether its matches are counted.
alter table products alter column search_text set statistics 1000;
