namespace Crm.Functions.Settings.Team;

/// <summary>What went over to another member.</summary>
/// <param name="Contacts">How many contacts.</param>
/// <param name="Deals">How many open deals.</param>
/// <param name="Tasks">How many open tasks.</param>
/// <param name="Campaigns">How many campaigns, sent ones too.</param>
/// <param name="Conversations">How many conversations assigned to them that are not closed.</param>
/// <param name="Invoices">How many drafts and invoices that are not paid yet.</param>
public sealed record Reassigned(int Contacts, int Deals, int Tasks, int Campaigns, int Conversations, int Invoices);

/// <summary>How far the hand-over of a member's records has come.</summary>
/// <param name="Id">The hand-over.</param>
/// <param name="ReassignTo">Who takes over.</param>
/// <param name="Status">running or completed.</param>
/// <param name="Total">The records to hand over.</param>
/// <param name="Reassigned">Those that went over already.</param>
/// <param name="CreatedAt">When it began.</param>
/// <param name="FinishedAt">When it was completed.</param>
public sealed record HandOver(Guid Id, Guid ReassignTo, string Status, int Total, Reassigned Reassigned, DateTimeOffset CreatedAt, DateTimeOffset? FinishedAt);

/// <summary>A hand-over as the database keeps it.</summary>
internal sealed record HandOverRow(
    Guid Id, Guid ToId, string Status, int Total, int Contacts, int Deals, int Tasks, int Campaigns, int Conversations, int Invoices,
    DateTimeOffset CreatedAt, DateTimeOffset? FinishedAt)
{
    /// <summary>The latest one of a member's records.</summary>
    public const string LatestSql = """
        select id, to_id, status, total, contacts, deals, tasks, campaigns, conversations, invoices, created_at, finished_at
        from hand_overs
        where organization_id = @OrganizationId
          and from_id = @UserId
        order by created_at desc
        limit 1
        """;

    public HandOver ToHandOver() => new(Id, ToId, Status, Total, new(Contacts, Deals, Tasks, Campaigns, Conversations, Invoices), CreatedAt, FinishedAt);
}
