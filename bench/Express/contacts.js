const COLUMNS = `c.id, c.first_name, c.last_name, c.name, c.email, c.phone, c.company, c.job_title, c.status, c.source, c.tags, c.avatar, c.address, c.notes,
       c.custom_fields, c.owner_id, c.unsubscribed_email, c.unsubscribed_sms, c.last_activity_at, c.created_at, c.updated_at, c.version, c.merged_into,
       u.first_name as owner_first_name, u.last_name as owner_last_name`;

const FIND = `
select ${COLUMNS}, d.deal_count, d.open_deals_value,
       (select count(*)
        from tasks t
        where t.organization_id = c.organization_id and t.contact_id = c.id and t.deleted_at is null) as task_count
from contacts c
join organizations o on o.id = c.organization_id
left join users u on u.organization_id = c.organization_id and u.id = c.owner_id
cross join lateral (
    select count(*) as deal_count, coalesce(sum(value) filter (where status = 'open' and currency = o.currency), 0.00) as open_deals_value
    from deals
    where organization_id = c.organization_id and contact_id = c.id and deleted_at is null) d
where c.organization_id = $1
  and c.id = $2`;

const PAGE = `
select ${COLUMNS}
from (
    select c.*
    from contacts c
    where c.organization_id = $1
      and c.deleted_at is null
    order by c.created_at desc, c.id desc
    limit $2
    offset $3) c
left join users u on u.organization_id = c.organization_id and u.id = c.owner_id
order by c.created_at desc, c.id desc`;

const COUNT = `
select count(*) from (select from contacts c where c.organization_id = $1 and c.deleted_at is null limit 10001) counted`;

export async function find(pool, organization, id) {
  const { rows } = await pool.query({ name: 'find', text: FIND, values: [organization, id] });
  if (rows.length === 0) return null;
  const row = rows[0];
  return { ...contact(row), counts: { deals: Number(row.deal_count), tasks: Number(row.task_count) }, openDealsValue: Number(row.open_deals_value) };
}

export async function list(pool, organization, page, pageSize) {
  const { rows } = await pool.query({ name: 'page', text: PAGE, values: [organization, pageSize + 1, (page - 1) * pageSize] });
  const counted = await pool.query({ name: 'count', text: COUNT, values: [organization] });
  const total = Number(counted.rows[0].count);
  const totalPages = Math.ceil(total / pageSize);
  const shown = rows.slice(0, pageSize);
  const pagination = { page, pageSize, total, totalPages, hasNext: page < totalPages, hasPrev: page > 1 && total > 0 };
  if (rows.length > pageSize) pagination.nextCursor = cursor(shown[pageSize - 1]);
  return { contacts: shown.map(contact), meta: { pagination } };
}

function cursor(row) {
  return Buffer.from(`${row.created_at.toISOString()}${row.id}`).toString('base64url');
}

function contact(row) {
  return {
    id: row.id,
    firstName: row.first_name,
    lastName: row.last_name,
    name: row.name,
    email: row.email,
    phone: row.phone,
    company: row.company,
    jobTitle: row.job_title,
    status: row.status,
    source: row.source,
    tags: row.tags,
    avatar: row.avatar,
    address: row.address,
    notes: row.notes,
    customFields: row.custom_fields,
    ownerId: row.owner_id,
    owner: row.owner_id && row.owner_first_name !== null ? { id: row.owner_id, firstName: row.owner_first_name, lastName: row.owner_last_name ?? '' } : null,
    unsubscribedEmail: row.unsubscribed_email,
    unsubscribedSms: row.unsubscribed_sms,
    lastActivityAt: row.last_activity_at,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    version: row.version,
  };
}
