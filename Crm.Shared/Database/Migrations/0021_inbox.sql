-- Whose conversations are, what is left of one that became part of another, and how the inbox finds things.

-- The contact's owner, kept beside it: staff see the conversations of their contacts, and among 200,000 these must be found by an index.
alter table conversations add column owner_id uuid;
update conversations v
set owner_id = c.owner_id
from contacts c
where c.organization_id = v.organization_id and c.id = v.contact_id;

create function follow_owner() returns trigger language plpgsql as $$
begin
    update conversations
    set owner_id = new.owner_id
    where organization_id = new.organization_id and contact_id = new.id;
    return null;
end $$;
create trigger contacts_owner_followed after update of owner_id on contacts
    for each row when (old.owner_id is distinct from new.owner_id) execute function follow_owner();

create index conversations_owner on conversations (organization_id, owner_id, last_message_at desc, id desc);
-- Everybody's work: what is open, unassigned or one's own, without the many that are closed.
create index conversations_open on conversations (organization_id, assignee_id, last_message_at desc, id desc) where status = 'open';
create or replace view conversations_of_caller as
    select * from conversations where organization_id = nullif(current_setting('app.organization_id', true), '')::uuid;

-- A conversation that became part of another one when their contacts were merged: its id still answers, and mail to its address still arrives.
create table conversation_aliases (
    organization_id uuid not null references organizations (id),
    id              uuid not null,
    conversation_id uuid not null,
    reply_token     text not null unique,
    primary key (organization_id, id),
    foreign key (organization_id, conversation_id) references conversations (organization_id, id)
);
create index conversation_aliases_conversation on conversation_aliases (organization_id, conversation_id);
alter table conversation_aliases enable row level security;
create policy tenant on conversation_aliases to crm_app using (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid);
create policy jobs on conversation_aliases to crm_jobs using (true);

-- What a reply answers says whose it is before the organisation is known.
drop index messages_rfc_id;
create index messages_rfc_message_id on messages (rfc_message_id) where rfc_message_id is not null;
create index messages_newest on messages (organization_id, created_at desc, id desc);
create index messages_unread on messages (organization_id, conversation_id) where not is_read;
-- A finer histogram, as for contacts: the estimate of a search decides whether its matches are counted.
alter table messages alter column search_text set statistics 1000;

alter table hand_overs add column conversations integer not null default 0;
