using Crm.Functions.Auth;
using Crm.Functions.Timeline;
using Crm.Shared.Database;

namespace Crm.Functions.Contacts.Bulk;

/// <summary>A contact that a bulk change found.</summary>
internal sealed record BulkRow : ContactFields
{
    public required Guid Id { get; init; }
    public string? EmailKey { get; init; }
    public DateTimeOffset? DeletedAt { get; init; }

    private const string DeleteSql = """
        update contacts
        set status = 'inactive', deleted_at = @Now, updated_at = @Now, email_key = null, version = version + 1
        where organization_id = @OrganizationId
          and id = any(@Ids)
        """;

    /// <summary>
    /// The contacts that a request means, locked; one more than it may touch shows that they are too many. And what the ids it names stand for.
    /// </summary>
    public static async Task<(List<BulkRow> Rows, Dictionary<Guid, Guid> Standing)> Lock(DbTransaction tx, ChangeContacts.Request request)
    {
        var standing = await ContactAccess.Standing(tx, request.Ids ?? []);
        Guid[] ids = [.. standing.Values.Distinct()];
        var rows = await Lock(tx, request, ids);
        // One that was merged away while its row was waited for stands for another one now.
        return rows.Count < ids.Length ? await Lock(tx, request) : (rows, standing);
    }

    private static async Task<List<BulkRow>> Lock(DbTransaction tx, ChangeContacts.Request request, Guid[] ids)
    {
        var filter = request.Filter;
        var (found, criteria) = (filter ?? new ContactFilter()).In(tx.Scope);
        var isMeant = request.Ids is null ? $"in (select c.id from {ListContacts.Searched} c {found})" : "= any(@Ids)";
        var own = tx.OwnedBy(filter?.OwnerId);
        object Args(Guid[] ids) => new { criteria.Statuses, criteria.Tags, criteria.Source, criteria.Pattern, criteria.WordPattern, Ids = ids };
        // Their conversations change with them, and are locked before.
        if (request.Action.ToLowerInvariant() is "assign" or "delete")
            await own.List<Guid>(
                $"select v.id from conversations v where v.organization_id = @OrganizationId and v.contact_id {isMeant} order by v.id for update", Args(ids));
        var rows = await own.List<BulkRow>(
            $"""
            select {ContactFields.Columns}, c.id, c.email_key, c.deleted_at
            from contacts c
            where c.organization_id = @OrganizationId
              and c.id {isMeant}
              and c.merged_into is null
            order by c.id
            limit {ChangeContacts.Most + 1}
            for update
            """,
            Args(ids));
        // Too many stay too many: those beyond the limit were not looked at.
        if (request.Ids is not null || rows.Count is 0 or > ChangeContacts.Most)
            return rows;

        // One that was changed while its row was waited for may not be meant any more.
        var stillMeant = (await own.List<Guid>(
            $"select c.id from {ListContacts.Searched} c {found} and c.id = any(@Ids)",
            Args([.. rows.Select(row => row.Id)]))).ToHashSet();
        return rows.FindAll(row => stillMeant.Contains(row.Id));
    }

    /// <summary>Locks what campaigns would send to those who will be deleted, before they are locked.</summary>
    public static async Task LockRecipients(DbTransaction tx, ChangeContacts.Request request)
    {
        var (found, criteria) = (request.Filter ?? new ContactFilter()).In(tx.Scope);
        var standing = await ContactAccess.Standing(tx, request.Ids ?? []);
        var isMeant = request.Ids is null
            ? $"in (select c.id from {ListContacts.Searched} c {found} order by c.id limit {ChangeContacts.Most})"
            : "= any(@Ids)";
        await tx.OwnedBy(request.Filter?.OwnerId).Find<long>(
            $"""
            with locked as (
                select 1
                from deliveries d
                where {Recipients.Waiting}
                  and d.contact_id {isMeant}
                order by d.id
                for update)
            select count(*)
            from locked
            """,
            new { criteria.Statuses, criteria.Tags, criteria.Source, criteria.Pattern, criteria.WordPattern, Ids = standing.Values.Distinct().ToArray() });
    }

    /// <summary>Deletes those that are not deleted yet.</summary>
    public static async Task<List<ChangeContacts.Result>> Delete(DbTransaction tx, Caller caller, List<BulkRow> rows, bool dryRun)
    {
        var there = rows.FindAll(row => row.DeletedAt is null);
        if (!dryRun)
        {
            Guid[] ids = [.. there.Select(row => row.Id)];
            await ContactConversations.Close(tx, ids);
            await tx.Execute(DeleteSql, new { Ids = ids, tx.Now });
            await Recipients.Drop(tx, ids);
            await ContactBatch.AddToTimelines(
                tx, caller.UserId, null, [.. there.Select(row => (row.Id, "contact_deleted", "Contact deleted", (Change[]?)null))]);
        }

        return [.. rows.Select(row => new ChangeContacts.Result(row.Id, row.DeletedAt is null ? "deleted" : "unchanged"))];
    }
}
