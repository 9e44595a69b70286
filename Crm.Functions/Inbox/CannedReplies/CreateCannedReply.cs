using Crm.Functions.Audit;
using Crm.Functions.Auth;
using Crm.Shared.Database;

namespace Crm.Functions.Inbox.CannedReplies;

public static class CreateCannedReply
{
    internal const int LongestShortcut = 50;
    internal const int LongestName = 200;
    internal const int LongestContent = 20_000;

    /// <param name="Shortcut">One word, unique in the organisation; a slash in front is dropped.</param>
    /// <param name="Name">What it is called; the shortcut by default.</param>
    /// <param name="Content">The text, in Liquid.</param>
    [ValidatableType]
    public sealed record Request(
        [Needed, Text(LongestShortcut)] string Shortcut, [Text(LongestName)] string? Name, [Needed, Text(LongestContent)] string Content)
    {
        public static Request Example => new(
            "hours", "Opening hours", "Hello {{ first_name | default: \"there\" }}, we are here from Monday to Friday, 9 to 5. {{ sender_name }}");
    }

    private const string InsertSql = $"""
        with r as (
            insert into canned_replies (organization_id, id, shortcut, name, content, creator_id, created_at, updated_at)
            values (@OrganizationId, @Id, @Shortcut, @Name, @Content, @CreatorId, @Now, @Now)
            on conflict (organization_id, lower(shortcut)) do nothing
            returning *)
        select {CannedReply.Columns}
        from r
        {CannedReply.Joins}
        """;

    /// <summary>Creates a canned reply.</summary>
    [Function("CreateCannedReply"), Tags("Inbox"), Allow(Permission.WriteInbox)]
    public static async Task<Created<CannedReply>> Handle(
        [HttpTrigger(Anonymous, "post", Route = "inbox/canned-replies")] Request request, Caller caller, Db db, CancellationToken ct)
    {
        if (CannedReply.Fault(request.Shortcut, request.Content) is { } fault)
            return fault;
        return await db.Transaction<Created<CannedReply>>(caller.Organization, async tx =>
        {
            var id = Guid.CreateVersion7(tx.Now);
            var shortcut = CannedReply.Key(request.Shortcut);
            var reply = await tx.Find<CannedReply>(InsertSql, new
            {
                Id = id,
                Shortcut = shortcut,
                Name = Fields.Text(request.Name) ?? shortcut,
                Content = request.Content.Trim(),
                CreatorId = caller.UserId,
                tx.Now,
            });
            if (reply is null)
                return Errors.ShortcutExists;
            await tx.Audit(caller.UserId, "canned_reply.created", "canned_reply", id);
            return reply;
        }, ct);
    }
}
