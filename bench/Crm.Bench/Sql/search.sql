/* ListContacts: the page of a search */
select c.id, c.first_name, c.last_name, c.name, c.email, c.phone, c.company, c.job_title, c.status, c.source, c.tags, c.avatar, c.address, c.notes,
       c.custom_fields, c.owner_id, c.unsubscribed_email, c.unsubscribed_sms, c.last_activity_at, c.created_at, c.updated_at, c.version, c.merged_into,
       u.first_name as owner_first_name, u.last_name as owner_last_name
from (
    select c.*
    from contacts c
    where c.organization_id = :organization
      and c.deleted_at is null
      and c.search_text like :pattern
    order by c.created_at desc, c.id desc
    limit :size
    offset :offset) c
left join users u on u.organization_id = c.organization_id and u.id = c.owner_id
order by c.created_at desc, c.id desc;
