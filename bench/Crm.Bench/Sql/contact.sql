/* GetContact; pgbench cannot send a null, so the owner's is written */
\set n random(1, {count})
select c.id, c.first_name, c.last_name, c.name, c.email, c.phone, c.company, c.job_title, c.status, c.source, c.tags, c.avatar, c.address, c.notes,
       c.custom_fields, c.owner_id, c.unsubscribed_email, c.unsubscribed_sms, c.last_activity_at, c.created_at, c.updated_at, c.version, c.merged_into,
       u.first_name as owner_first_name, u.last_name as owner_last_name, d.deal_count, d.open_deals_value,
       (select count(*)
        from tasks t
        where t.organization_id = c.organization_id and t.contact_id = c.id and t.deleted_at is null
          and (null::uuid is null or t.assignee_id = null::uuid)) as task_count
from contacts c
join organizations o on o.id = c.organization_id
left join users u on u.organization_id = c.organization_id and u.id = c.owner_id
cross join lateral (
    select count(*) as deal_count, coalesce(sum(value) filter (where status = 'open' and currency = o.currency), 0.00) as open_deals_value
    from deals
    where organization_id = c.organization_id and contact_id = c.id and deleted_at is null
      and (null::uuid is null or owner_id = null::uuid)) d
where c.organization_id = :organization
  and c.id = ('{{ids}}'::uuid[])[:n]
  and (null::uuid is null or c.owner_id = null::uuid);
