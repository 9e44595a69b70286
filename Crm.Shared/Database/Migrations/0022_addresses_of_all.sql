-- Whoever writes is looked for among the deleted and the merged contacts too: the indexes that leave these out were of no use to it, and each message read all
-- contacts of its organisation.
drop index contacts_email_lower;
create index contacts_email_lower on contacts (organization_id, lower(email)) where email is not null;
drop index contacts_phone;
create index contacts_phone on contacts (organization_id, phone, id) where phone is not null;
