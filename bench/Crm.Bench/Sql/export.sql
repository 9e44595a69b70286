select c.id::text, c.first_name, c.last_name, c.email, c.phone, c.company, c.job_title, c.status, c.source, array_to_string(c.tags, ', '), c.address, c.notes,
       case when c.custom_fields <> '{}' then c.custom_fields::text end, u.email, c.unsubscribed_email, c.unsubscribed_sms, c.last_activity_at, c.created_at,
       c.updated_at
from contacts c
left join users u on u.organization_id = c.organization_id and u.id = c.owner_id
where c.organization_id = :organization
  and c.deleted_at is null
order by c.created_at desc, c.id desc
