create table pipelines (
    organization_id uuid not null references organizations (id),
    id              uuid not null,
    name            text not null,
    is_default      boolean not null default false,
    created_at      timestamptz not null,
    updated_at      timestamptz not null,
    deleted_at      timestamptz,
    primary key (organization_id, id)
);
create unique index pipelines_default on pipelines (organization_id) where is_default and deleted_at is null;

create table stages (
    organization_id uuid not null,
    id              uuid not null,
    pipeline_id     uuid not null,
    name            text not null,
    position        integer not null,
    type            text not null check (type in ('open', 'won', 'lost')),
    probability     integer not null check (probability between 0 and 100),
    created_at      timestamptz not null,
    deleted_at      timestamptz,
    primary key (organization_id, id),
    -- Lets a deal's foreign key say that its stage belongs to its pipeline.
    unique (organization_id, pipeline_id, id),
    foreign key (organization_id, pipeline_id) references pipelines (organization_id, id)
);

create index stages_pipeline on stages (organization_id, pipeline_id, position) where deleted_at is null;

create table deals (
    organization_id     uuid not null references organizations (id),
    id                  uuid not null,
    title               text not null,
    value               numeric(14, 2) not null default 0 check (value >= 0),
    currency            text not null,
    contact_id          uuid not null,
    pipeline_id         uuid not null,
    stage_id            uuid not null,
    -- The place in its column: text in byte order, so that there is always room between two neighbours.
    rank                text collate "C" not null,
    status              text not null default 'open' check (status in ('open', 'won', 'lost')),
    -- Overrides the stage's when set.
    probability         integer check (probability between 0 and 100),
    expected_close_date date,
    lost_reason         text,
    owner_id            uuid not null,
    stage_entered_at    timestamptz not null,
    last_activity_at    timestamptz not null,
    closed_at           timestamptz,
    created_at          timestamptz not null,
    updated_at          timestamptz not null,
    deleted_at          timestamptz,
    version             integer not null default 1,
    search_text         text not null generated always as (lower(title)) stored,
    primary key (organization_id, id),
    foreign key (organization_id, contact_id) references contacts (organization_id, id),
    foreign key (organization_id, pipeline_id, stage_id) references stages (organization_id, pipeline_id, id),
    foreign key (organization_id, owner_id) references users (organization_id, id)
);
create index deals_column on deals (organization_id, stage_id, rank, id) where deleted_at is null;
create index deals_own_column on deals (organization_id, stage_id, owner_id, rank, id) where deleted_at is null;
create index deals_newest on deals (organization_id, created_at desc, id desc) where deleted_at is null;
-- One index for each order the list can be asked in: among 100,000 deals a page in another order took 80 ms.
create index deals_updated on deals (organization_id, updated_at desc, id desc) where deleted_at is null;
create index deals_activity on deals (organization_id, last_activity_at desc, id desc) where deleted_at is null;
create index deals_value on deals (organization_id, value desc, id desc) where deleted_at is null;
create index deals_close_date on deals (organization_id, expected_close_date, id) where deleted_at is null;
create index deals_title on deals (organization_id, search_text, id) where deleted_at is null;
create index deals_pipeline on deals (organization_id, pipeline_id, created_at desc, id desc) where deleted_at is null;
create index deals_owner on deals (organization_id, owner_id, created_at desc, id desc) where deleted_at is null;
create index deals_open on deals (organization_id, owner_id) where deleted_at is null and status = 'open';
create index deals_contact on deals (organization_id, contact_id, created_at desc, id desc) where deleted_at is null;
create index deals_search on deals using gin (organization_id, search_text gin_trgm_ops) with (gin_pending_list_limit = 256);
-- A finer histogram: the estimate of a search decides whether its matches are counted.
alter table deals alter column search_text set statistics 1000;

-- What each owner's deals in each stage add up to: a board shows its columns' totals, and a pipeline its statistics, without reading deals.
create table stage_totals (
    organization_id  uuid not null,
    stage_id         uuid not null,
    owner_id         uuid not null,
    currency         text not null,
    deals            bigint not null,
    value            numeric(18, 2) not null,
    -- Of the deals with a probability of their own: their value, and their value times it, in hundredths. The others have their stage's.
    own_value        numeric(18, 2) not null,
    own_weighted     numeric(20, 2) not null,
    -- Of the closed ones: the seconds from creation to closing.
    seconds_to_close bigint not null,
    primary key (organization_id, stage_id, owner_id, currency),
    foreign key (organization_id, stage_id) references stages (organization_id, id)
);

-- Kept by the database itself, once a statement and not once a row, so that no way of writing deals can forget it. The rows are
-- touched in the order of their key: two moves in opposite directions wait for one another instead of deadlocking.
create function add_to_stage_totals() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        insert into stage_totals as t (organization_id, stage_id, owner_id, currency, deals, value, own_value, own_weighted, seconds_to_close)
        select organization_id, stage_id, owner_id, currency, count(*), sum(value),
               coalesce(sum(value) filter (where probability is not null), 0), coalesce(sum(value * probability), 0),
               coalesce(sum(floor(extract(epoch from closed_at - created_at))), 0)
        from new_rows
        where deleted_at is null
        group by organization_id, stage_id, owner_id, currency
        order by organization_id, stage_id, owner_id, currency
        on conflict (organization_id, stage_id, owner_id, currency) do update
        set deals = t.deals + excluded.deals, value = t.value + excluded.value, own_value = t.own_value + excluded.own_value,
            own_weighted = t.own_weighted + excluded.own_weighted, seconds_to_close = t.seconds_to_close + excluded.seconds_to_close;
    elsif tg_op = 'UPDATE' then
        insert into stage_totals as t (organization_id, stage_id, owner_id, currency, deals, value, own_value, own_weighted, seconds_to_close)
        select organization_id, stage_id, owner_id, currency, sum(n), sum(n * value),
               coalesce(sum(n * value) filter (where probability is not null), 0), coalesce(sum(n * value * probability), 0),
               coalesce(sum(n * floor(extract(epoch from closed_at - created_at))), 0)
        from (
            select 1 as n, organization_id, stage_id, owner_id, currency, value, probability, closed_at, created_at from new_rows where deleted_at is null
            union all
            select -1, organization_id, stage_id, owner_id, currency, value, probability, closed_at, created_at from old_rows where deleted_at is null) changed
        group by organization_id, stage_id, owner_id, currency
        having sum(n) <> 0 or sum(n * value) <> 0
            or coalesce(sum(n * value) filter (where probability is not null), 0) <> 0 or coalesce(sum(n * value * probability), 0) <> 0
            or coalesce(sum(n * floor(extract(epoch from closed_at - created_at))), 0) <> 0
        order by organization_id, stage_id, owner_id, currency
        on conflict (organization_id, stage_id, owner_id, currency) do update
        set deals = t.deals + excluded.deals, value = t.value + excluded.value, own_value = t.own_value + excluded.own_value,
            own_weighted = t.own_weighted + excluded.own_weighted, seconds_to_close = t.seconds_to_close + excluded.seconds_to_close;
    else
        insert into stage_totals as t (organization_id, stage_id, owner_id, currency, deals, value, own_value, own_weighted, seconds_to_close)
        select organization_id, stage_id, owner_id, currency, -count(*), -sum(value),
               -coalesce(sum(value) filter (where probability is not null), 0), -coalesce(sum(value * probability), 0),
               -coalesce(sum(floor(extract(epoch from closed_at - created_at))), 0)
        from old_rows
        where deleted_at is null
        group by organization_id, stage_id, owner_id, currency
        order by organization_id, stage_id, owner_id, currency
        on conflict (organization_id, stage_id, owner_id, currency) do update
        set deals = t.deals + excluded.deals, value = t.value + excluded.value, own_value = t.own_value + excluded.own_value,
            own_weighted = t.own_weighted + excluded.own_weighted, seconds_to_close = t.seconds_to_close + excluded.seconds_to_close;
    end if;
    return null;
end $$;
create trigger deals_added after insert on deals referencing new table as new_rows for each statement execute function add_to_stage_totals();
create trigger deals_changed after update on deals referencing old table as old_rows new table as new_rows for each statement execute function add_to_stage_totals();
create trigger deals_removed after delete on deals referencing old table as old_rows for each statement execute function add_to_stage_totals();

-- Each stay of a deal in a stage; the open one has no end.
create table deal_stage_history (
    organization_id uuid not null,
    id              uuid not null,
    deal_id         uuid not null,
    stage_id        uuid not null,
    actor_id        uuid,
    entered_at      timestamptz not null,
    left_at         timestamptz,
    primary key (organization_id, id),
    foreign key (organization_id, deal_id) references deals (organization_id, id),
    foreign key (organization_id, stage_id) references stages (organization_id, id)
);
create unique index deal_stage_history_current on deal_stage_history (organization_id, deal_id) where left_at is null;
create index deal_stage_history_deal on deal_stage_history (organization_id, deal_id, entered_at);

create table deal_items (
    organization_id uuid not null,
    id              uuid not null,
    deal_id         uuid not null,
    product_id      uuid,
    name            text not null,
    quantity        numeric(14, 4) not null check (quantity > 0),
    unit_price      numeric(14, 2) not null check (unit_price >= 0),
    discount        numeric(6, 3) not null default 0 check (discount between 0 and 100),
    amount          numeric(14, 2) not null,
    position        integer not null,
    primary key (organization_id, id),
    foreign key (organization_id, deal_id) references deals (organization_id, id),
    foreign key (organization_id, product_id) references products (organization_id, id)
);
create index deal_items_deal on deal_items (organization_id, deal_id, position);
