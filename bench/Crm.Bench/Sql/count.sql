/* Totals.Count */
select count(*) from (select from contacts c where c.organization_id = :organization and c.deleted_at is null limit 10001) counted;
