-- Work that is tried a few times and not for ever, queued once and not every minute, and kept for as long as it serves.

-- Batches that failed since the last one that did not, and why the import was given up. A batch says when it begins, so that one whose process died counts too.
alter table imports add column attempts integer not null default 0;
alter table imports add column tried_at timestamptz;
alter table imports add column error text;
-- Its rows, the file's content, have served their time: it cannot be undone any more.
alter table imports add column rows_removed_at timestamptz;
alter table imports drop constraint imports_status_check;
alter table imports add constraint imports_status_check check (status in ('queued', 'running', 'completed', 'failed', 'undoing', 'undone'));
create index imports_with_rows on imports (created_at) where rows_removed_at is null;

-- The line of the file on which the row starts; none for rows of the version before this one.
alter table import_rows add column line integer;

-- A sweep takes a row for a while before it queues it: another sweep, or the same a minute later, leaves it alone.
alter table outbox add column leased_until timestamptz;
alter table emails add column queued_until timestamptz;

-- What the nightly clean-up looks for. The rows lie in the order of their age, so a block range index finds the old ones and costs next to nothing.
create index emails_age on emails using brin (created_at);
create index audit_events_age on audit_events using brin (created_at);
create index task_digests_age on task_digests using brin (created_at);
create index refresh_tokens_expiry on refresh_tokens (expires_at);
create index refresh_tokens_session on refresh_tokens (organization_id, session_id);
create index invitations_expiry on invitations (expires_at);
create index password_resets_expiry on password_resets (expires_at);
