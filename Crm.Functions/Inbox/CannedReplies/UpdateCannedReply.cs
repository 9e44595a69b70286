using Crm.Functions.Audit;
using Crm.Functions.Auth;
using Crm.Shared.Database;

namespace Crm.Functions.Inbox.CannedReplies;

public static class UpdateCannedReply
{
    /// <summary>Any of the fields of a new one: an absent one stays as it is.</summary>
    [ValidatableType]
    public sealed record Request : IPatch
    {
        public static Request Example => new() { Content = "Thank you, {{ first_name }}. We come back to you today." };

        /// <summary>One word, unique in the organisation.</summary>
        [Needed, Text(CreateCannedReply.LongestShortcut)]
        public Optional<string> Shortcut { get; init; }

        /// <summary>What it is called.</summary>
        [Needed, Text(CreateCannedReply.LongestName)]
        public Optional<string> Name { get; init; }

        /// <summary>The text, in Liquid.</summary>
        [Needed, Text(CreateCannedReply.LongestContent)]
        public Optional<string> Content { get; init; }
    }

    private sealed record Row(Guid Id, string Shortcut, string Name, string Content, int Version);

    private const string LockSql = """
        select id, shortcut, name, content, version
        from canned_replies
        where organization_id = @OrganizationId
          and id = @Id
          and (@OwnerId::uuid is null or creator_id = @OwnerId)
        for update
        """;

    private const string UpdateSql = """
        update canned_replies
        set shortcut = @Shortcut, name = @Name, content = @Content, updated_at = @Now, version = version + 1
        where organization_id = @OrganizationId
          and id = @Id
          and not exists (
              select from canned_replies
              where organization_id = @OrganizationId and lower(shortcut) = lower(@Shortcut) and id <> @Id)
        """;

    /// <summary>Changes a canned reply, for staff one of their own.</summary>
    /// <remarks>With <c>If-Match</c> the change happens only to that version, else 409 VERSION_CONFLICT.</remarks>
    [Function("UpdateCannedReply"), Tags("Inbox"), Allow(Permission.EditCannedReplies)]
    public static async Task<Reply<CannedReply>> Handle(
        [HttpTrigger(Anonymous, "patch", Route = "inbox/canned-replies/{id:guid}")] Request request,
        Guid id, HttpContext context, Caller caller, Db db, CancellationToken ct)
    {
        if (CannedReply.Fault(request.Shortcut.Or(null!), request.Content.Or(null!)) is { } fault)
            return fault;
        return await db.Transaction<Reply<CannedReply>>(caller.Scope, async tx =>
        {
            if (await tx.Find<Row>(LockSql, new { Id = id }) is not { } before)
                return await Access.Refusal(tx, Owned.CannedReply, id, Errors.CannedReplyNotFound);
            if (Etag.Conflict(context, before.Version) is { } conflict)
                return conflict;
            var after = before with
            {
                Shortcut = request.Shortcut.IsSet ? CannedReply.Key(request.Shortcut.Value) : before.Shortcut,
                Name = request.Name.Or(before.Name).Trim(),
                Content = request.Content.Or(before.Content).Trim(),
            };
            if (after != before)
            {
                if (await tx.Execute(UpdateSql, new { after.Id, after.Shortcut, after.Name, after.Content, tx.Now }) == 0)
                    return Errors.ShortcutExists;
                await tx.Audit(caller.UserId, "canned_reply.updated", "canned_reply", id);
            }

            var reply = (await tx.Find<CannedReply>(CannedReply.ByIdSql, new { Id = id }))!;
            return Reply<CannedReply>.Versioned(reply, reply.Version);
        }, ct);
    }
}
