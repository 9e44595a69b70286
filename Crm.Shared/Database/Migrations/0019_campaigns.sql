-- A/B tests that wait for their decision, whatever their campaign's status.
create index campaigns_undecided on campaigns (decide_at) where winner is null and decide_at is not null;

-- Campaigns of a member who leaves go over to the successor, with the contacts.
alter table hand_overs add column campaigns integer not null default 0;
