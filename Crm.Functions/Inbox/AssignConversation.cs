using System.ComponentModel.DataAnnotations;
using Crm.Functions.Auth;
using Crm.Functions.Notifications;
using Crm.Functions.Timeline;
using Crm.Shared.Database;

namespace Crm.Functions.Inbox;

public static class AssignConversation
{
    [ValidatableType]
    public sealed record Request : IValidatableObject
    {
        public static Request Example => new() { AssigneeId = Demo.Manager };

        /// <summary>Who takes care of it; null: nobody.</summary>
        public Optional<Guid?> AssigneeId { get; init; }

        /// <summary>Another name for assigneeId.</summary>
        public Optional<Guid?> UserId { get; init; }

        /// <summary>Another name for assigneeId.</summary>
        public Optional<Guid?> AssignedTo { get; init; }

        internal Guid? Assignee => Given.First().Value;

        private IEnumerable<Optional<Guid?>> Given => new[] { AssigneeId, UserId, AssignedTo }.Where(given => given.IsSet);

        public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
        {
            if (!Given.Any())
                yield return new("assigneeId is required: a user's id, or null for nobody.", [nameof(AssigneeId)]);
            else if (Given.Select(given => given.Value).Distinct().Count() > 1)
                yield return new("assigneeId, userId and assignedTo contradict each other: send one of them.", [nameof(AssigneeId)]);
        }
    }

    private sealed record Facts(string ContactName, string? Status, string? FirstName, string? LastName);

    private const string FactsSql = """
        select c.name as contact_name, u.status, u.first_name, u.last_name
        from contacts c
        left join users u on u.organization_id = c.organization_id and u.id = @UserId
        where c.organization_id = @OrganizationId
          and c.id = @ContactId
        """;

    private const string AssignSql = """
        update conversations
        set assignee_id = @AssigneeId, updated_at = @Now, version = version + 1
        where organization_id = @OrganizationId
          and id = @Id
        """;

    /// <summary>Assigns a conversation to a colleague, or to nobody.</summary>
    /// <remarks>Staff take conversations and give them back; others they cannot name. The new assignee is notified, unless they took it themselves.</remarks>
    [Function("AssignConversation"), Tags("Inbox"), Allow(Permission.WriteInbox)]
    public static Task<Reply<Conversation>> Handle(
        [HttpTrigger(Anonymous, "post", Route = "inbox/conversations/{id:guid}/assign")] Request request,
        Guid id, Caller caller, Db db, CancellationToken ct) =>
        db.Transaction<Reply<Conversation>>(caller.Scope, async tx =>
        {
            var (row, refusal) = await ConversationRow.Lock(tx, id);
            if (refusal is not null)
                return refusal;
            var assignee = request.Assignee;
            if (caller.Reach == Reach.Own && (assignee ?? row!.AssigneeId) != caller.UserId && assignee != row!.AssigneeId)
                return Errors.Forbidden with { Message = "Staff assign conversations to themselves only." };
            if (assignee == row!.AssigneeId)
                return (await tx.Find<Conversation>(Conversation.ByIdSql, new { row.Id }))!;

            var facts = (await tx.Find<Facts>(FactsSql, new { UserId = assignee, row.ContactId }))!;
            if (assignee is not null && facts.Status != "active")
                return facts.Status is null ? Errors.UserNotFound : Errors.UserInactive;
            await tx.Execute(AssignSql, new { row.Id, AssigneeId = assignee, tx.Now });
            await Tell(tx, caller, row, assignee, facts);
            // One that they gave back may be no longer theirs.
            return (await tx.In(caller.OrganizationId).Find<Conversation>(Conversation.ByIdSql, new { row.Id }))!;
        }, ct);

    private static async Task Tell(DbTransaction tx, Caller caller, ConversationRow row, Guid? assignee, Facts facts)
    {
        var name = $"{facts.FirstName} {facts.LastName}".Trim();
        if (assignee is { } user && user != caller.UserId)
            await tx.Notify(
                user, "conversation.assigned", $"{caller.Name} assigned you the conversation with {facts.ContactName}", row.Subject, ("conversation", row.Id));
        await tx.Record(caller.UserId, new("conversation.assigned", "conversation", row.Id)
        {
            Facts = new { from = row.AssigneeId, to = assignee },
            Entries =
            [
                new(row.ContactId, row.Type, "conversation_assigned", $"Conversation assigned to {(assignee is null ? "nobody" : name)}"),
            ],
        });
    }
}
