using System.ComponentModel.DataAnnotations;
using Crm.Functions.Audit;
using Crm.Functions.Auth;
using Crm.Shared.Database;

namespace Crm.Functions.Contacts.Bulk;

public static class ChangeContacts
{
    /// <summary>Contacts one call may touch.</summary>
    internal const int Most = 10_000;

    /// <param name="Ids">The contacts, 10,000 at most; or give <c>filter</c>.</param>
    /// <param name="Filter">The contacts as the list route finds them.</param>
    /// <param name="Action">update, tag, untag, assign or delete.</param>
    /// <param name="Values">What the action needs: fields to set, tags, or the new owner.</param>
    /// <param name="DryRun">True: report what would happen, and change nothing.</param>
    [ValidatableType]
    public sealed record Request(
        Guid[]? Ids,
        ContactFilter? Filter,
        [Needed, OneOf("update", "tag", "untag", "assign", "delete")] string Action,
        Values? Values,
        bool DryRun = false) : IValidatableObject
    {
        public static Request Example => new(null, new ContactFilter { Tags = ["trial"] }, "tag", new Values { Tags = ["follow-up"] }, DryRun: true);

        public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
        {
            if (Ids is null == Filter is null)
                yield return new("Give either ids or filter.", [nameof(Ids)]);
            if (Ids is { Length: 0 or > Most })
                yield return new($"ids must hold 1 to {Most} ids.", [nameof(Ids)]);
            var missing = Action?.ToLowerInvariant() switch
            {
                "tag" or "untag" when Values?.Tags is not { Length: > 0 } => "values.tags",
                "assign" when Values?.OwnerId is null => "values.ownerId",
                "update" when Values is not { } values || values is { Status: null, Source: null, Company: null, JobTitle: null } => "values",
                _ => null,
            };
            if (missing is not null)
                yield return new($"{Action} needs {missing}.", [missing]);
        }
    }

    [ValidatableType]
    public sealed record Values
    {
        /// <summary>For update: the new status.</summary>
        [ContactStatus]
        public string? Status { get; init; }

        [Text(100)]
        public string? Source { get; init; }

        [Text(200)]
        public string? Company { get; init; }

        [Text(200)]
        public string? JobTitle { get; init; }

        /// <summary>For tag and untag: the labels.</summary>
        [Labels(ContactFields.MostTags, 50)]
        public string[]? Tags { get; init; }

        /// <summary>For assign: the new owner.</summary>
        public Guid? OwnerId { get; init; }
    }

    /// <summary>What became of one contact.</summary>
    /// <param name="Id">The contact.</param>
    /// <param name="Outcome">updated, deleted, unchanged, failed, or notFound.</param>
    /// <param name="Reason">Why it failed.</param>
    public sealed record Result(Guid Id, string Outcome, string? Reason = null);

    /// <param name="DryRun">Whether this only says what would happen.</param>
    /// <param name="Matched">How many contacts were asked for and found.</param>
    /// <param name="Changed">How many are changed.</param>
    /// <param name="Unchanged">How many were already so.</param>
    /// <param name="Failed">How many could not be changed.</param>
    /// <param name="NotFound">How many of the ids are no contact of the organisation.</param>
    /// <param name="Results">What became of each.</param>
    public sealed record Response(bool DryRun, int Matched, int Changed, int Unchanged, int Failed, int NotFound, IReadOnlyList<Result> Results);

    private const string OwnerSql = """
        select status
        from users
        where organization_id = @OrganizationId
          and id = @UserId
        """;

    /// <summary>Changes, tags, assigns or deletes many contacts at once.</summary>
    /// <remarks>
    /// Every contact's timeline shows its change. A contact that cannot become what is asked for (it would have more than 50 tags, or is restored while
    /// another one has its e-mail) is left as it is, and its result says why. As with PATCH, setting the status of a deleted contact restores it.
    /// </remarks>
    [Function("ChangeContacts"), Tags("Contacts"), Allow(Permission.BulkContacts)]
    public static async Task<Reply<Response>> Handle(
        [HttpTrigger(Anonymous, "post", Route = "contacts/bulk")] Request request, Caller caller, Db db, CancellationToken ct)
    {
        var action = request.Action.ToLowerInvariant();
        return await db.Transaction<Reply<Response>>(caller.Scope, async tx =>
        {
            if (action == "assign" && await tx.Find<string>(OwnerSql, new { UserId = request.Values!.OwnerId }) is not "active" and var status)
                return status is null ? Errors.UserNotFound : Errors.UserInactive;

            if (action == "delete" && !request.DryRun)
            {
                await MergeLock.Beside(tx);
                await BulkRow.LockRecipients(tx, request);
            }

            var (rows, standing) = await BulkRow.Lock(tx, request);
            if (rows.Count > Most)
                return Error.Invalid("filter", $"More than {Most} contacts match: narrow the filter and go in steps.");

            var results = action == "delete"
                ? await BulkRow.Delete(tx, caller, rows, request.DryRun)
                : await BulkStep.Save(tx, caller, await BulkStep.Of(tx, rows, action, request.Values!), request.DryRun);
            results.AddRange((request.Ids ?? []).Distinct().Where(id => !standing.ContainsKey(id)).Select(id => new Result(id, "notFound")));
            int Count(string outcome) => results.Count(result => result.Outcome == outcome);
            var changed = Count("updated") + Count("deleted");
            if (!request.DryRun && changed > 0)
                await tx.Audit(caller.UserId, "contacts.bulk_changed", "contact", null, new { action, count = changed });
            return new Response(request.DryRun, rows.Count, changed, Count("unchanged"), Count("failed"), Count("notFound"), results);
        }, ct);
    }
}
