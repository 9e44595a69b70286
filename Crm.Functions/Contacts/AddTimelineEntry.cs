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

    private sealed record Written(Guid Id);

    // The contact's row says whether the caller may write here; its last activity only moves forward.
    private const string InsertSql = """
        with contact as (
            update contacts
            set last_activity_at = greatest(last_activity_at, @OccurredAt)
            where organization_id = @OrganizationId
              and id = @ContactId
              and merged_into is null
              and (@OwnerId::uuid is null or owner_id = @OwnerId)
            returning id)
        insert into timeline_entries (organization_id, id, contact_id, type, action, title, description, actor_id, occurred_at, created_at)
        select @OrganizationId, @EntryId, contact.id, @Type, @Action, @Title, @Description, @UserId, @OccurredAt, @Now
        from contact
        returning id
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
            var entryId = Guid.CreateVersion7(tx.Now);
            var (_, fault) = await ContactAccess.Find(tx, id, id => tx.Find<Written>(InsertSql, new
            {
                EntryId = entryId,
                ContactId = id,
                Type = type,
                Action = $"{type}_added",
                Title = Fields.Text(request.Title) ?? Title(type),
                Description = request.Description.Trim(),
                caller.UserId,
                OccurredAt = occurredAt,
                tx.Now,
            }));
            return fault is not null ? fault : (await tx.Find<TimelineEntry>(FindSql, new { EntryId = entryId }))!;
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
