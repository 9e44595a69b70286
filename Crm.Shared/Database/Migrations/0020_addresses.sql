-- Whose mail address an event is about: every contact that has it, duplicates too, which email_key does not hold. (Below a policy lower() has no index: they
-- are read through contacts_of_caller.)
create index contacts_email_lower on contacts (organization_id, lower(email)) where email is not null and deleted_at is null;
