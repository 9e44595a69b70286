using Crm.Shared.Database;

namespace Crm.Functions.Contacts.Bulk;

/// <summary>Finds and locks what a bulk change is about.</summary>
internal static class BulkRows
{
    /// <summary>The contacts that a request means, locked, one more than it may touch at most; and what the ids it names stand for.</summary>
    public static async Task<(List<BulkRow> Rows, Dictionary<Guid, Guid> Standing)> Lock(DbTransaction tx, ChangeContacts.Request request)
    {
        var standing = await ContactAccess.Standing(tx, request.Ids ?? []);
        Guid[] ids = [.. standing.Values.Distinct()];
        var rows = await Lock(tx, request, ids);
        // One that was merged away while its row was waited for stands for another one now.
        return rows.Count < ids.Length ? await Lock(tx, request) : (rows, standing);
    }

    private static Task<List<BulkRow>> Lock(DbTransaction tx, ChangeContacts.Request request, Guid[] ids)
    {
        var filter = request.Filter;
        var search = SearchTerm.Of(filter?.Search);
        var criteria = new ListContacts.Criteria(
            QueryList.Of(filter?.Status)?.Select(status => status.ToLowerInvariant()).ToArray(), QueryList.Of(filter?.Tags),
            Fields.Text(filter?.Source), search?.Pattern, search?.WordPattern);
        var where = request.Ids is null
            ? $"where c.organization_id = @OrganizationId and c.id in (select c.id from {ListContacts.Searched} c {ListContacts.Where(tx.Scope.OwnedBy(filter?.OwnerId), criteria, filter?.TagsMode)})"
            : "where c.organization_id = @OrganizationId and c.id = any(@Ids)";
        return tx.OwnedBy(filter?.OwnerId).List<BulkRow>(
            $"""
            select {ContactFields.Columns}, c.id, c.email_key, c.deleted_at
            from contacts c
            {where}
              and c.merged_into is null
            order by c.id
            limit {ChangeContacts.Most + 1}
            for update
            """,
            new { criteria.Statuses, criteria.Tags, criteria.Source, criteria.Pattern, criteria.WordPattern, Ids = ids });
    }
}
