using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Crm.Functions.Auth;
using Crm.Functions.Timeline;
using Crm.Shared.Database;

namespace Crm.Functions.Contacts.Bulk;

public static class MergeContacts
{
    private const int Most = 20;

    /// <param name="PrimaryId">The contact that stays.</param>
    /// <param name="DuplicateIds">The contacts that become part of it, 20 at most.</param>
    /// <param name="DryRun">True: show the contact as it would be, and change nothing.</param>
    [ValidatableType]
    public sealed record Request([Needed] Guid PrimaryId, [Needed] Guid[] DuplicateIds, bool DryRun = false) : IValidatableObject
    {
        public static Request Example => new(Demo.Contact(21), [Demo.Contact(22), Demo.Contact(23)], DryRun: true);

        public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
        {
            if (DuplicateIds is null or { Length: 0 or > Most })
                yield return new($"duplicateIds must hold 1 to {Most} ids.", [nameof(DuplicateIds)]);
            else if (DuplicateIds.Contains(PrimaryId) || DuplicateIds.Distinct().Count() < DuplicateIds.Length)
                yield return new("duplicateIds must name each other contact once.", [nameof(DuplicateIds)]);
        }
    }

    /// <summary>What followed the merged contacts to the one that stays.</summary>
    public sealed record Moved(int TimelineEntries, int Deals, int Tasks, int Invoices)
    {
        /// <summary>How many conversations.</summary>
        public int Conversations { get; init; }
    }

    public sealed record Response(bool DryRun, Contact Contact, Change[] Changes, Moved Moved);

    private sealed record Row : ContactFields
    {
        public required Guid Id { get; init; }
        public string? EmailKey { get; init; }
        public DateTimeOffset? DeletedAt { get; init; }
        public DateTimeOffset? LastActivityAt { get; init; }
    }

    private const string LockSql = $"""
        select {ContactFields.Columns}, c.id, c.email_key, c.deleted_at, c.last_activity_at
        from contacts c
        where c.organization_id = @OrganizationId
          and c.id = any(@Ids)
          and c.merged_into is null
        order by c.id
        for update
        """;

    private const string RetireSql = """
        update contacts
        set status = 'inactive', deleted_at = coalesce(deleted_at, @Now), email_key = null, merged_into = @PrimaryId, updated_at = @Now, version = version + 1
        where organization_id = @OrganizationId
          and (id = any(@DuplicateIds) or merged_into = any(@DuplicateIds))
        """;

    private const string MoveSql = """
        with entries as (
            update timeline_entries set contact_id = @PrimaryId
            where organization_id = @OrganizationId and contact_id = any(@DuplicateIds)
            returning 1),
        moved_deals as (
            update deals set contact_id = @PrimaryId, version = version + 1
            where organization_id = @OrganizationId and contact_id = any(@DuplicateIds)
            returning 1),
        moved_tasks as (
            update tasks set contact_id = @PrimaryId, version = version + 1
            where organization_id = @OrganizationId and contact_id = any(@DuplicateIds)
            returning 1),
        moved_invoices as (
            update invoices set contact_id = @PrimaryId, version = version + 1
            where organization_id = @OrganizationId and contact_id = any(@DuplicateIds)
            returning 1),
        touched as (
            update contacts set last_activity_at = greatest(last_activity_at, @LastActivityAt)
            where organization_id = @OrganizationId and id = @PrimaryId
            returning 1)
        select (select count(*) from entries)::int as timeline_entries,
               (select count(*) from moved_deals)::int as deals,
               (select count(*) from moved_tasks)::int as tasks,
               (select count(*) from moved_invoices)::int as invoices
        """;

    /// <summary>Makes one contact of several.</summary>
    /// <remarks>
    /// What the first one lacks comes from the others, in their order; tags and custom fields are united. Timelines, deals, tasks, invoices and conversations
    /// follow, and of these last those of one channel become one; and what campaigns sent: of a campaign that went to several of them, what came furthest.
    /// The others are deleted, and their ids answer with the one that stays. One transaction: all of it or nothing. Ids of contacts merged before mean the
    /// ones that stay.
    /// </remarks>
    [Function("MergeContacts"), Tags("Contacts"), Allow(Permission.BulkContacts)]
    public static async Task<Reply<Response>> Handle(
        [HttpTrigger(Anonymous, "post", Route = "contacts/merge")] Request request, Caller caller, Db db, CancellationToken ct) =>
        await db.Transaction<Reply<Response>>(caller.Scope, async tx =>
        {
            var (primary, duplicates) = await Lock(tx, request);
            if (primary is null)
                return Errors.ContactNotFound;
            if (primary.DeletedAt is not null)
                return Errors.ContactInactive;
            if (duplicates.Count == 0)
                return new Response(request.DryRun, (await tx.Find<Contact>(Contact.ByIdSql, new { ContactId = primary.Id }))!, [], new(0, 0, 0, 0));

            var merged = duplicates.Aggregate(primary, Fill);
            var changes = Change.Between<ContactFields>(primary, merged);
            var duplicateIds = duplicates.Select(row => row.Id).ToArray();
            var args = new
            {
                PrimaryId = primary.Id,
                DuplicateIds = duplicateIds,
                LastActivityAt = duplicates.Max(row => row.LastActivityAt),
                tx.Now,
            };
            await tx.Execute(RetireSql, args);
            await ContactBatch.Update(tx, [new ContactWrite(primary.Id, merged, merged.EmailKey)]);
            await Recipients.Move(tx, primary.Id, [primary.Id, .. duplicateIds]);
            var moved = (await tx.Find<Moved>(MoveSql, args))! with { Conversations = await ConversationMerge.Run(tx, primary.Id, duplicateIds) };
            var names = string.Join(
                ", ", duplicates.Select(row => $"{row.FirstName} {row.LastName}".Trim() is { Length: > 0 } name ? name : row.Email ?? row.Phone));
            await tx.Record(caller.UserId, new("contact.merged", "contact", primary.Id)
            {
                Facts = new { duplicateIds },
                Entries = [new(primary.Id, "update", "contact_merged", "Contacts merged", $"Merged in: {names}") { Changes = changes }],
            });
            var contact = (await tx.Find<Contact>(Contact.ByIdSql, new { ContactId = primary.Id }))!;
            if (request.DryRun)
                tx.Abandon();
            return new Response(request.DryRun, contact, changes, moved);
        }, ct);

    // An id of a contact that was merged away means the one that stays; one that is part of the primary already is done with.
    private static async Task<(Row? Primary, List<Row> Duplicates)> Lock(DbTransaction tx, Request request)
    {
        await MergeLock.Alone(tx);
        var given = (Guid[])[request.PrimaryId, .. request.DuplicateIds];
        var standing = await ContactAccess.Standing(tx, given);
        if (standing.Count < given.Length)
            return (null, []);
        var primaryId = standing[request.PrimaryId];
        var duplicateIds = request.DuplicateIds.Select(id => standing[id]).Distinct().Where(id => id != primaryId).ToArray();
        await Related.Lock(tx, duplicateIds);
        await Recipients.LockAll(tx, [primaryId, .. duplicateIds]);
        await ContactConversations.Lock(tx, [primaryId, .. duplicateIds]);
        var rows = (await tx.List<Row>(LockSql, new { Ids = (Guid[])[primaryId, .. duplicateIds] })).ToDictionary(row => row.Id);
        return (rows[primaryId], [.. duplicateIds.Select(id => rows[id])]);
    }

    private static Row Fill(Row primary, Row other) => primary with
    {
        FirstName = primary.FirstName ?? (primary.LastName is null ? other.FirstName : null),
        LastName = primary.LastName ?? (primary.FirstName is null ? other.LastName : null),
        Email = primary.Email ?? other.Email,
        EmailKey = primary.Email is null ? other.EmailKey : primary.EmailKey ?? (Same(primary, other) ? other.EmailKey : null),
        Phone = primary.Phone ?? other.Phone,
        Company = primary.Company ?? other.Company,
        JobTitle = primary.JobTitle ?? other.JobTitle,
        Source = primary.Source ?? other.Source,
        Tags = Fields.Labels([.. primary.Tags, .. other.Tags]),
        Address = primary.Address ?? other.Address,
        Notes = primary.Notes ?? other.Notes,
        CustomFields = United(primary.CustomFields, other.CustomFields),
        OwnerId = primary.OwnerId ?? other.OwnerId,
        UnsubscribedEmail = primary.UnsubscribedEmail || other.UnsubscribedEmail && (primary.Email is null || Same(primary, other)),
        UnsubscribedSms = primary.UnsubscribedSms || other.UnsubscribedSms && (primary.Phone is null || primary.Phone == other.Phone),
    };

    private static bool Same(Row primary, Row other) =>
        primary.Email is not null && other.Email is not null && Emails.Normalize(primary.Email) == Emails.Normalize(other.Email);

    private static JsonElement United(JsonElement first, JsonElement second)
    {
        var united = second.EnumerateObject().ToDictionary(property => property.Name, property => property.Value, StringComparer.Ordinal);
        foreach (var property in first.EnumerateObject())
            united[property.Name] = property.Value;
        return JsonSerializer.SerializeToElement(united);
    }
}
