using Crm.Functions.Auth;
using Crm.Functions.Timeline;
using Crm.Shared.Database;

namespace Crm.Functions.Contacts.Bulk;

/// <summary>A contact before and after, or why it cannot become that.</summary>
internal sealed record BulkStep(BulkRow Before, BulkRow After, string? Fault)
{
    public Change[] Changes { get; } = Fault is null ? Change.Between<ContactFields>(Before, After) : [];

    public bool IsRestored => Before.DeletedAt is not null && After.DeletedAt is null && Changes.Length > 0;

    public ChangeContacts.Result Result => new(Before.Id, Fault is not null ? "failed" : Changes.Length > 0 ? "updated" : "unchanged", Fault);

    private const string RestoreSql = """
        update contacts
        set deleted_at = null
        where organization_id = @OrganizationId
          and id = any(@Ids)
        """;

    private const string TakenSql = """
        select email_key
        from contacts
        where organization_id = @OrganizationId
          and email_key = any(@Keys)
        """;

    /// <summary>
    /// What becomes of each row. A restored contact takes its address back, when nobody else has it: neither another contact nor one restored
    /// before it.
    /// </summary>
    public static async Task<List<BulkStep>> Of(DbTransaction tx, List<BulkRow> rows, string action, ChangeContacts.Values values)
    {
        static bool IsRestored(BulkRow before, BulkRow after) => before.DeletedAt is not null && after.Status is not "inactive";

        var change = Edit(action, values);
        var pairs = rows.Select(row => (Before: row, After: change(row))).ToList();
        var keys = pairs
            .Where(pair => IsRestored(pair.Before, pair.After) && pair.After.Email is not null)
            .Select(pair => Emails.Normalize(pair.After.Email!))
            .ToArray();
        var taken = keys.Length == 0 ? [] : (await tx.List<string>(TakenSql, new { Keys = keys })).ToHashSet(StringComparer.Ordinal);
        return
        [
            .. pairs.Select(pair =>
            {
                var (before, after) = pair;
                if (after.Tags.Length > Math.Max(ContactFields.MostTags, before.Tags.Length))
                    return new BulkStep(before, after, $"It would have more than {ContactFields.MostTags} tags.");
                if (!IsRestored(before, after))
                    return new(before, after, null);
                var key = after.Email is null ? null : Emails.Normalize(after.Email);
                return new(
                    before, after with { DeletedAt = null, EmailKey = key }, key is not null && !taken.Add(key) ? "Another contact has its e-mail." : null);
            }),
        ];
    }

    /// <summary>Writes what becomes of the rows, unless it is only asked for.</summary>
    public static async Task<List<ChangeContacts.Result>> Save(DbTransaction tx, Caller caller, List<BulkStep> steps, bool dryRun)
    {
        var writes = steps.FindAll(step => step.Changes.Length > 0);
        if (!dryRun)
        {
            await tx.Execute(RestoreSql, new { Ids = writes.Where(step => step.IsRestored).Select(step => step.Before.Id).ToArray() });
            await ContactBatch.Update(tx, [.. writes.Select(step => new ContactWrite(step.After.Id, step.After, step.After.EmailKey))]);
            await ContactBatch.AddToTimelines(
                tx, caller.UserId, null, [.. writes.Select(step => (step.After.Id, "contact_updated", "Contact updated", (Change[]?)step.Changes))]);
        }

        return [.. steps.Select(step => step.Result)];
    }

    private static Func<BulkRow, BulkRow> Edit(string action, ChangeContacts.Values values)
    {
        var labels = Fields.Labels(values.Tags);
        return action switch
        {
            "tag" => row => row with { Tags = Fields.Labels([.. row.Tags, .. labels]) },
            "untag" => row => row with { Tags = [.. row.Tags.Except(labels, StringComparer.OrdinalIgnoreCase)] },
            "assign" => row => row with { OwnerId = values.OwnerId },
            _ => row => row with
            {
                Status = values.Status?.ToLowerInvariant() ?? row.Status,
                Source = Fields.Text(values.Source) ?? row.Source,
                Company = Fields.Text(values.Company) ?? row.Company,
                JobTitle = Fields.Text(values.JobTitle) ?? row.JobTitle,
            },
        };
    }
}
