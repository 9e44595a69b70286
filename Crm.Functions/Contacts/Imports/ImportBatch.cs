using Crm.Functions.Auth;
using Crm.Functions.Timeline;
using Crm.Shared.Database;

namespace Crm.Functions.Contacts.Imports;

/// <summary>
/// Imports the next rows of a file and asks for the rest with its next message, all in one transaction: a process killed in the middle
/// has done nothing, and rows that have an outcome are never done again.
/// </summary>
public static class ImportBatch
{
    /// <summary>Rows a message: some seconds of work at most.</summary>
    private const int Size = 2000;

    public sealed record Message(Guid OrganizationId, Guid ImportId);

    private sealed record Job(Guid OwnerId, Guid UserId, string Role, string[] Fields, string OnDuplicate, string[] Tags, string? Source, bool DryRun, string Country);

    private sealed record Row(int RowNumber, string[] Cells);

    private sealed record Existing : ContactFields
    {
        public required Guid Id { get; init; }
        public required string EmailKey { get; init; }
        public required int Version { get; init; }
        public required string Before { get; init; }
    }

    private static readonly string TooManyTags = $"tags: the contact would have more than {ContactFields.MostTags} labels.";

    /// <summary>What became of a row.</summary>
    private sealed record Outcome(int RowNumber, string Kind, string? Error = null, Guid? ContactId = null, int? Version = null, string? Before = null);

    // Locked, so that a message delivered twice waits for its double and then finds the rows done.
    private const string LockSql = """
        update imports i
        set status = 'running', updated_at = @Now
        from users u, organizations o
        where i.organization_id = @OrganizationId
          and i.id = @ImportId
          and i.status in ('queued', 'running')
          and u.organization_id = i.organization_id and u.id = i.user_id
          and o.id = i.organization_id
        returning i.owner_id, i.user_id, u.role, i.fields, i.on_duplicate, i.tags, i.source, i.dry_run, o.country
        """;

    private const string RowsSql = """
        select row_number, cells
        from import_rows
        where organization_id = @OrganizationId
          and import_id = @ImportId
          and outcome is null
        order by row_number
        limit @Size
        """;

    private const string ExistingSql = $"""
        select {ContactFields.Columns}, c.id, c.email_key, c.version, (to_jsonb(c) - 'search_text' - 'name')::text as before
        from contacts c
        where c.organization_id = @OrganizationId
          and c.email_key = any(@Keys)
        order by c.id
        for update
        """;

    private const string OutcomesSql = """
        update import_rows r
        set outcome = o.outcome, error = o.error, contact_id = o.contact_id, version = o.version, before = o.before::jsonb
        from unnest(@Numbers, @Outcomes, @Errors, @ContactIds, @Versions, @Befores) as o (row_number, outcome, error, contact_id, version, before)
        where r.organization_id = @OrganizationId
          and r.import_id = @ImportId
          and r.row_number = o.row_number
        """;

    private const string ProgressSql = """
        update imports
        set created = created + @Created, updated = updated + @Updated, unchanged = unchanged + @Unchanged, skipped = skipped + @Skipped, failed = failed + @Failed,
            status = case when @IsDone then 'completed' else 'running' end, finished_at = case when @IsDone then @Now end, attempts = 0, updated_at = @Now
        where organization_id = @OrganizationId
          and id = @ImportId
        """;

    [Function("ImportBatch")]
    public static Task Handle(
        [QueueTrigger(Queues.ImportContacts)] Message? message, Db db, ILoggerFactory logs, CancellationToken ct) =>
        ImportAttempts.Run(db, logs, Queues.ImportContacts, message?.OrganizationId, message?.ImportId, Import, ct);

    private static async Task Import(DbTransaction tx, Guid importId)
    {
        var job = await tx.Find<Job>(LockSql, new { ImportId = importId, tx.Now });
        if (job is null)
            return;

        var rows = await tx.List<Row>(RowsSql, new { ImportId = importId, Size });
        var outcomes = await Write(tx, importId, job, rows);
        await tx.Execute(OutcomesSql, new
        {
            ImportId = importId,
            Numbers = outcomes.Select(outcome => outcome.RowNumber).ToArray(),
            Outcomes = outcomes.Select(outcome => outcome.Kind).ToArray(),
            Errors = outcomes.Select(outcome => outcome.Error).ToArray(),
            ContactIds = outcomes.Select(outcome => outcome.ContactId).ToArray(),
            Versions = outcomes.Select(outcome => outcome.Version).ToArray(),
            Befores = outcomes.Select(outcome => outcome.Before).ToArray(),
        });

        var isDone = rows.Count < Size && outcomes.Count == rows.Count;
        int Count(string kind) => outcomes.Count(outcome => outcome.Kind == kind);
        await tx.Execute(ProgressSql, new
        {
            ImportId = importId,
            Created = Count("created"),
            Updated = Count("updated"),
            Unchanged = Count("unchanged"),
            Skipped = Count("skipped"),
            Failed = Count("failed"),
            IsDone = isDone,
            tx.Now,
        });
        if (!isDone)
            await tx.Send(Queues.ImportContacts, new Message(tx.Scope.OrganizationId, importId));
    }

    private static async Task<List<Outcome>> Write(DbTransaction tx, Guid importId, Job job, List<Row> rows)
    {
        var outcomes = new List<Outcome>(rows.Count);
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

        var existing = (await tx.List<Existing>(ExistingSql, new { Keys = byKey.Keys.ToArray() })).ToDictionary(contact => contact.EmailKey, StringComparer.Ordinal);
        var inserts = new List<(ContactWrite Write, List<int> Numbers)>();
        var updates = new List<(ContactWrite Write, Change[] Changes)>();
        foreach (var (contact, numbers) in groups)
        {
            if (contact.Key is null || !existing.TryGetValue(contact.Key, out var current))
            {
                var made = contact.Over(Blank(job));
                if (made.Tags.Length > ContactFields.MostTags)
                    outcomes.AddRange(numbers.Select(number => new Outcome(number, "failed", TooManyTags)));
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
            outcomes.AddRange(numbers.Select((number, index) => new Outcome(number, kind)
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
                ? new Outcome(number, "created", null, job.DryRun ? null : write.Id, job.DryRun ? null : 1)
                : new Outcome(number, "updated", null, job.DryRun ? null : write.Id)));
        }

        return outcomes;
    }

    private static async Task<HashSet<Guid>> Save(
        DbTransaction tx, Guid importId, Job job, List<(ContactWrite Write, List<int> Numbers)> inserts, List<(ContactWrite Write, Change[] Changes)> updates)
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
    private static bool OwnOnly(Job job) => Permissions.Of(Permission.ImportContacts).Of(Enum.Parse<Role>(job.Role, ignoreCase: true)) == Reach.Own;

    private static ContactFields Blank(Job job) => new()
    {
        Status = "active",
        Tags = job.Tags,
        Source = job.Source,
        OwnerId = job.OwnerId,
        CustomFields = Requests.Fields.Json(null),
    };
}
