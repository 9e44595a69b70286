-- A claim may hold many calls: what was never begun is no matter of doubt when its process dies.
alter table provider_calls add column called_at timestamptz;
update provider_calls set called_at = claimed_at;
-- When the vendor was heard of for the first time after the claim, as far as we know: silence is no proof before.
alter table provider_calls add column heard_at timestamptz;
-- When somebody was told that its outcome is in doubt.
alter table provider_calls add column told_at timestamptz;
