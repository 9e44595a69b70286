-- Which counts are sums already: what is still to be added up is found without reading all that is (as in 0027).
alter table contact_totals add column is_folded boolean not null default false;
create index contact_totals_new on contact_totals (organization_id) where not is_folded;
alter table invoice_totals add column is_folded boolean not null default false;
create index invoice_totals_new on invoice_totals (organization_id) where not is_folded;
alter table campaign_totals add column is_folded boolean not null default false;
create index campaign_totals_new on campaign_totals (organization_id, campaign_id) where not is_folded;
alter table campaign_link_totals add column is_folded boolean not null default false;
create index campaign_link_totals_new on campaign_link_totals (organization_id, campaign_id) where not is_folded;
