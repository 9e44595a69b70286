using System.Text.Json;
using Crm.Functions.Audit;
using Crm.Shared.Database;

namespace Crm.Functions.Timeline;

/// <summary>Something that was done: an audit event, and what it leaves on the timelines of contacts.</summary>
/// <param name="Action">As the audit trail calls it: <c>deal.moved</c>.</param>
/// <param name="EntityType">What it was done to: <c>deal</c>.</param>
/// <param name="EntityId">Which.</param>
public sealed record Deed(string Action, string EntityType, Guid EntityId)
{
    /// <summary>What the audit trail shall know besides.</summary>
    public object? Facts { get; init; }

    public IReadOnlyList<NewEntry> Entries { get; init; } = [];

    /// <summary>Whether it is the latest activity of the entries' contacts, two at most, and of <see cref="DealId"/>.</summary>
    public bool IsActivity { get; init; }

    public Guid? DealId { get; init; }
}

/// <summary>An entry to write to a contact's timeline.</summary>
public sealed record NewEntry(Guid ContactId, string Type, string Action, string Title, string? Description = null)
{
    public Change[]? Changes { get; init; }
}

/// <summary>The record of who did what, written in the transaction of the deed.</summary>
public static class Journal
{
    // One statement for all of it. The deal before the contacts, the lower id first: the order in which everybody locks them. Each is updated as it is met: to
    // lock rows and then update them in the same statement deadlocks with who waits for a version of the row in between.
    private const string Sql = $"""
        with touched_deal as (
            update deals
            set last_activity_at = greatest(last_activity_at, @Now)
            where organization_id = @OrganizationId
              and id = @DealId
            returning id),
        touched_contact as (
            update contacts
            set last_activity_at = greatest(last_activity_at, @Now)
            where organization_id = @OrganizationId
              and id = @TouchedId
              and (select count(*) from touched_deal) >= 0
            returning id),
        touched_second as (
            update contacts
            set last_activity_at = greatest(last_activity_at, @Now)
            where organization_id = @OrganizationId
              and id = @SecondTouchedId
              and (select count(*) from touched_contact) >= 0
            returning id),
        entries as (
            insert into timeline_entries (organization_id, id, contact_id, type, action, title, description, changes, entity_type, entity_id, actor_id,
                                          occurred_at, created_at)
            select @OrganizationId, e.id, e.contact_id, e.type, e.action, e.title, e.description, e.changes::jsonb, @EntityType, @EntityId, @ActorId, @Now, @Now
            from unnest(@EntryIds, @ContactIds, @Types, @Actions, @Titles, @Descriptions, @Changes)
                as e (id, contact_id, type, action, title, description, changes)
            where (select count(*) from touched_second) >= 0)
        {AuditTrail.Sql}
        """;

    // Most deeds leave one entry and touch nothing: what a statement does not do, it need not set up.
    private const string OneEntrySql = $"""
        with entry as (
            insert into timeline_entries (organization_id, id, contact_id, type, action, title, description, changes, entity_type, entity_id, actor_id,
                                          occurred_at, created_at)
            values (@OrganizationId, @EntryId, @ContactId, @Type, @EntryAction, @Title, @Description, @Changes::jsonb, @EntityType, @EntityId, @ActorId,
                    @Now, @Now))
        {AuditTrail.Sql}
        """;

    /// <summary>Records a deed; <paramref name="actorId"/> is null when no signed-in user did it.</summary>
    public static Task Record(this DbTransaction tx, Guid? actorId, Deed deed)
    {
        var entries = deed.Entries;
        if (entries is [var only] && !deed.IsActivity && deed.DealId is null)
            return RecordOne(tx, actorId, deed, only);
        Guid[] touched = deed.IsActivity ? [.. entries.Select(entry => entry.ContactId).Distinct().Order()] : [];
        var id = Guid.CreateVersion7(tx.Now);
        return tx.Write(id, Sql, new
        {
            Id = id,
            ActorId = actorId,
            deed.Action,
            deed.EntityType,
            deed.EntityId,
            Facts = Json(deed.Facts),
            deed.DealId,
            TouchedId = touched.Length > 0 ? touched[0] : (Guid?)null,
            SecondTouchedId = touched.Length > 1 ? touched[1] : (Guid?)null,
            EntryIds = entries.Select(_ => Guid.CreateVersion7(tx.Now)).ToArray(),
            ContactIds = entries.Select(entry => entry.ContactId).ToArray(),
            Types = entries.Select(entry => entry.Type).ToArray(),
            Actions = entries.Select(entry => entry.Action).ToArray(),
            Titles = entries.Select(entry => entry.Title).ToArray(),
            Descriptions = entries.Select(entry => entry.Description).ToArray(),
            Changes = entries.Select(entry => Json(entry.Changes)).ToArray(),
            Address = (string?)null,
            tx.Now,
        });
    }

    private static Task RecordOne(DbTransaction tx, Guid? actorId, Deed deed, NewEntry entry)
    {
        var id = Guid.CreateVersion7(tx.Now);
        return tx.Write(id, OneEntrySql, new
        {
            Id = id,
            ActorId = actorId,
            deed.Action,
            deed.EntityType,
            deed.EntityId,
            Facts = Json(deed.Facts),
            EntryId = Guid.CreateVersion7(tx.Now),
            entry.ContactId,
            entry.Type,
            EntryAction = entry.Action,
            entry.Title,
            entry.Description,
            Changes = Json(entry.Changes),
            Address = (string?)null,
            tx.Now,
        });
    }

    private static string? Json(object? value) => value is null ? null : JsonSerializer.Serialize(value, JsonSerializerOptions.Web);
}
