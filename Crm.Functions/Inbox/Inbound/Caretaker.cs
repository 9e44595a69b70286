namespace Crm.Functions.Inbox.Inbound;

/// <summary>Who gets what unknown senders write, and what else would reach nobody.</summary>
internal static class Caretaker
{
    /// <summary>In SQL, their id: whom the organisation named, while they are there, else its longest-standing owner.</summary>
    public const string Sql = """
        (select u.id
         from users u
         join organizations o on o.id = u.organization_id
         where u.organization_id = @OrganizationId and u.status = 'active' and (u.id = o.inbox_assignee_id or u.role = 'owner')
         order by u.id is distinct from o.inbox_assignee_id, u.created_at, u.id
         limit 1)
        """;
}
