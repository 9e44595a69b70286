using Crm.Functions.Auth;
using Crm.Functions.Timeline;
using Crm.Shared.Database;

namespace Crm.Functions.Contacts;

public static class AddTimelineEntry
{
    /// <param name="Type">note, call, meeting or email.</param>
    /// <param name="Description">What was said or done, up to 10,000 characters.</param>
    /// <param name="Title">A headline; by default the type's name.</param>
    /// <param name="OccurredAt">When, now by default; without an offset it is in the organisation's time zone.</param>
    [ValidatableType]
    public sealed record Request(
        [Needed, OneOf("note", "call", "meeting", "email")] string Type,
        [Needed, Text(10_000)] string Description,
        [Text(200)] string? Title,
        ClientTime? OccurredAt)
    {
        public static Request Example => new("call", "Wants an offer for 40 seats before the end of the month.", null, null);
    }

    // The contact's row says whether the caller may write here; its last activity only moves forward.
    private const string TouchSql = """
        update contacts
        set last_activity_at = greatest(last_activity_at, @OccurredAt)
        where organization_id = @OrganizationId
          and id = @Id
          and (@OwnerId::uuid is null or owner_id = @OwnerId)
        """;

    private const string FindSql = $"""
        {TimelineEntry.Select}
        where t.organization_id = @OrganizationId
          and t.id = @EntryId
        """;

    /// <summary>Writes a note, call, meeting or e-mail to a contact's timeline.</summary>
    [Function("AddTimelineEntry"), Tags("Contacts"), Allow(Permission.WriteContacts)]
    public static async Task<Created<TimelineEntry>> Handle(
        [HttpTrigger(Anonymous, "post", Route = "contacts/{id:guid}/timeline")] Request request, Guid id, Caller caller, Db db, CancellationToken ct)
    {
        var scope = caller.Scope;
        var occurredAt = request.OccurredAt?.In(caller.Zone) ?? db.Now;
        if (occurredAt > db.Now.AddMinutes(1))
            return Error.Invalid("occurredAt", "occurredAt must not be in the future.");

        var type = request.Type.ToLowerInvariant();
        return await db.Transaction<Created<TimelineEntry>>(scope, async tx =>
        {
            if (await tx.Execute(TouchSql, new { Id = id, OccurredAt = occurredAt }) == 0)
                return await ContactAccess.Refusal(tx, id);

            var entryId = await tx.AddToTimeline(id, caller.UserId, new(type, $"{type}_added", Fields.Text(request.Title) ?? Title(type), request.Description.Trim())
            {
                OccurredAt = occurredAt,
            });
            return (await tx.Find<TimelineEntry>(FindSql, new { EntryId = entryId }))!;
        }, ct);
    }

    private static string Title(string type) => type switch
    {
        "call" => "Call",
        "meeting" => "Meeting",
        "email" => "E-mail",
        _ => "Note",
    };
}
