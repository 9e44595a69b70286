using Crm.Functions.Auth;
using Crm.Functions.Timeline;
using Crm.Shared.Database;

namespace Crm.Functions.Contacts.Imports;

/// <summary>What an import is to do, as whoever started it said.</summary>
internal sealed record ImportJob(
    Guid OwnerId, Guid UserId, string Role, string[] Fields, string OnDuplicate, string[] Tags, string? Source, bool DryRun, string Country);

/// <summary>A row of its file.</summary>
internal sealed record ImportRow(int RowNumber, string[] Cells);

/// <summary>What became of a row.</summary>
internal sealed record ImportOutcome(int RowNumber, string Kind, string? Error = null, Guid? ContactId = null, int? Version = null, string? Before = null);

/// <summary>Turns rows into contacts, some thousand at once.</summary>
internal static class ImportRows
{
    private sealed record Existing : ContactFields
    {
        public required Guid Id { get; init; }
        public required string EmailKey { get; init; }
        public required int Version { get; init; }
        public required string Before { get; init; }
    }

    private static readonly string TooManyTags = $"tags: the contact would have more than {ContactFields.MostTags} labels.";

    private const string ExistingSql = $"""
        select {ContactFields.Columns}, c.id, c.email_key, c.version, (to_jsonb(c) - 'search_text' - 'name')::text as before
        from contacts c
        where c.organization_id = @OrganizationId
          and c.email_key = any(@Keys)
        order by c.id
        for update
        """;

    /// <summary>
    /// Writes the contacts that rows say, and says what became of each row; one whose address somebody took at this very moment is left for the next time.
    /// </summary>
    public static async Task<List<ImportOutcome>> Write(DbTransaction tx, Guid importId, ImportJob job, List<ImportRow> rows)
    {
        var outcomes = new List<ImportOutcome>(rows.Count);
        var groups = new List<(ImportedContact Contact, List<int> Numbers)>(rows.Count);
        var byKey = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var row in rows)
        {
            var (contact, error) = ImportedContact.Read(job.Fields, row.Cells, job.Country);
            if (contact is null)
                outcomes.Add(new(row.RowNumber, "failed", error));
            else if (contact.Key is { } key && byKey.TryGetValue(key, out var at))
                groups[at] = (groups[at].Contact.With(contact), [.. groups[at].Numbers, row.RowNumber]);
            else
            {
                if (contact.Key is not null)
                    byKey[contact.Key] = groups.Count;
                groups.Add((contact, [row.RowNumber]));
            }
        }

        var existing = (await tx.List<Existing>(ExistingSql, new { Keys = byKey.Keys.ToArray() }))
            .ToDictionary(contact => contact.EmailKey, StringComparer.Ordinal);
        var inserts = new List<(ContactWrite Write, List<int> Numbers)>();
        var updates = new List<(ContactWrite Write, Change[] Changes)>();
        foreach (var (contact, numbers) in groups)
        {
            if (contact.Key is null || !existing.TryGetValue(contact.Key, out var current))
            {
                var made = contact.Over(Blank(job));
                if (made.Tags.Length > ContactFields.MostTags)
                    outcomes.AddRange(numbers.Select(number => new ImportOutcome(number, "failed", TooManyTags)));
                else
                    inserts.Add((new(Guid.CreateVersion7(tx.Now), made, contact.Key), numbers));
                continue;
            }

            var after = contact.Over(current) with { Tags = Fields.Labels([.. current.Tags, .. contact.Tags, .. job.Tags]) };
            var changes = Change.Between<ContactFields>(current, after);
            var error = OwnOnly(job) && current.OwnerId != job.UserId ? "A colleague has a contact with this e-mail."
                : job.OnDuplicate == "update" && after.Tags.Length > Math.Max(ContactFields.MostTags, current.Tags.Length) ? TooManyTags : null;
            var kind = error is not null ? "failed" : job.OnDuplicate == "skip" ? "skipped" : changes.Length == 0 ? "unchanged" : "updated";
            if (kind == "updated")
                updates.Add((new(current.Id, after, current.EmailKey), changes));
            outcomes.AddRange(numbers.Select((number, index) => new ImportOutcome(number, kind)
            {
                Error = error,
                ContactId = kind == "failed" ? null : current.Id,
                Version = kind == "updated" && index == 0 && !job.DryRun ? current.Version + 1 : null,
                Before = kind == "updated" && index == 0 && !job.DryRun ? current.Before : null,
            }));
        }

        var inserted = job.DryRun ? [] : await Save(tx, importId, job, inserts, updates);
        foreach (var (write, numbers) in inserts)
        {
            // Somebody else took the address at this very moment: the row stays to do, and finds the contact next time.
            if (!job.DryRun && !inserted.Contains(write.Id))
                continue;
            outcomes.AddRange(numbers.Select((number, index) => index == 0
                ? new ImportOutcome(number, "created", null, job.DryRun ? null : write.Id, job.DryRun ? null : 1)
                : new ImportOutcome(number, "updated", null, job.DryRun ? null : write.Id)));
        }

        return outcomes;
    }

    private static async Task<HashSet<Guid>> Save(
        DbTransaction tx, Guid importId, ImportJob job, List<(ContactWrite Write, List<int> Numbers)> inserts,
        List<(ContactWrite Write, Change[] Changes)> updates)
    {
        var inserted = await ContactBatch.Insert(tx, [.. inserts.Select(insert => insert.Write)]);
        await ContactBatch.Update(tx, [.. updates.Select(update => update.Write)]);
        await ContactBatch.AddToTimelines(tx, job.UserId, ("import", importId),
        [
            .. inserted.Select(id => (id, "contact_created", "Contact imported", (Change[]?)null)),
            .. updates.Select(update => (update.Write.Id, "contact_updated", "Contact updated by an import", (Change[]?)update.Changes)),
        ]);
        return inserted;
    }

    // A colleague's contact is not theirs to change.
    private static bool OwnOnly(ImportJob job) => Permissions.Of(Permission.ImportContacts).Of(Enum.Parse<Role>(job.Role, ignoreCase: true)) == Reach.Own;

    private static ContactFields Blank(ImportJob job) => new()
    {
        Status = "active",
        Tags = job.Tags,
        Source = job.Source,
        OwnerId = job.OwnerId,
        CustomFields = Requests.Fields.Json(null),
    };
}
