using Crm.Shared.Database;

namespace Crm.Functions.Inbox;

/// <summary>How many conversations there are of each sort; 1,000 stands for more.</summary>
/// <param name="Open">Open ones.</param>
/// <param name="Unassigned">Open ones that are nobody's.</param>
/// <param name="Mine">Open ones assigned to the caller.</param>
/// <param name="Unread">Those with unread messages.</param>
public sealed record InboxCounts(int Open, int Unassigned, int Mine, int Unread)
{
    /// <summary>As many are counted: a badge shows no more, and staff's own of 200,000 conversations would take 0.1 s.</summary>
    private const string Most = "1000";

    private const string All = $"""
        select (select count(*) from (select from conversations where {AreOpen} limit {Most}) n)::int as open,
               (select count(*) from (select from conversations where {AreOpen} and assignee_id is null limit {Most}) n)::int as unassigned,
               (select count(*) from (select from conversations where {AreOpen} and assignee_id = @UserId limit {Most}) n)::int as mine,
               (select count(*) from (select from conversations where organization_id = @OrganizationId and unread_count > 0 limit {Most}) n)::int as unread
        """;

    private const string Own = $"""
        select (select count(*) from (select from conversations where {AreOpen} and {AreOwn} limit {Most}) n)::int as open,
               (select count(*)
                from (select from conversations where {AreOpen} and owner_id = @OwnerId and assignee_id is null limit {Most}) n)::int as unassigned,
               (select count(*) from (select from conversations where {AreOpen} and assignee_id = @UserId limit {Most}) n)::int as mine,
               (select count(*)
                from (select from conversations where organization_id = @OrganizationId and unread_count > 0 and {AreOwn} limit {Most}) n)::int as unread
        """;

    private const string AreOwn = "(assignee_id = @OwnerId or owner_id = @OwnerId)";

    private const string AreOpen = "organization_id = @OrganizationId and status = 'open'";

    public static async Task<InboxCounts> Of(Db db, Scope scope, Guid userId, CancellationToken ct) =>
        (await db.Search<InboxCounts>(scope, scope.OwnerId is null ? All : Own, new { UserId = userId }, ct))[0];
}
