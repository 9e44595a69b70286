using System.ComponentModel.DataAnnotations;
using Crm.Functions.Auth;
using Crm.Shared.Database;

namespace Crm.Functions.Inbox;

public static class TagConversation
{
    private const int Most = 20;
    private const int Longest = 50;

    /// <param name="Tags">At most 20 labels of at most 50 characters, in place of all there are.</param>
    /// <param name="Add">Labels to add to those there are.</param>
    /// <param name="Remove">Labels to take away.</param>
    [ValidatableType]
    public sealed record Request(
        [Labels(Most, Longest)] string[]? Tags, [Labels(Most, Longest)] string[]? Add, [Labels(Most, Longest)] string[]? Remove) : IValidatableObject
    {
        public static Request Example => new(null, ["vip"], ["delivery"]);

        public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
        {
            if (Tags is null && Add is null && Remove is null)
                yield return new("Give tags, or add and remove.", [nameof(Tags)]);
            else if (Tags is not null && (Add is not null || Remove is not null))
                yield return new("tags replaces all there are: give either tags, or add and remove.", [nameof(Tags)]);
        }
    }

    private const string Sql = """
        update conversations
        set tags = @Tags, updated_at = @Now, version = version + 1
        where organization_id = @OrganizationId
          and id = @Id
        """;

    /// <summary>Changes a conversation's labels.</summary>
    [Function("TagConversation"), Tags("Inbox"), Allow(Permission.WriteInbox)]
    public static Task<Reply<Conversation>> Handle(
        [HttpTrigger(Anonymous, "patch", Route = "inbox/conversations/{id:guid}/tags")] Request request,
        Guid id, Caller caller, Db db, CancellationToken ct) =>
        db.Transaction<Reply<Conversation>>(caller.Scope, async tx =>
        {
            var (row, refusal) = await ConversationRow.Lock(tx, id);
            if (refusal is not null)
                return refusal;
            var tags = request.Tags is not null
                ? Fields.Labels(request.Tags)
                : [.. Fields.Labels([.. row!.Tags, .. request.Add ?? []]).Except(Fields.Labels(request.Remove), StringComparer.OrdinalIgnoreCase)];
            // Merged ones may have more already.
            if (tags.Length > Math.Max(Most, row!.Tags.Length))
                return Error.Invalid("add", $"A conversation has at most {Most} labels.");
            if (!tags.SequenceEqual(row.Tags, StringComparer.Ordinal))
                await tx.Execute(Sql, new { row.Id, Tags = tags, tx.Now });
            return (await tx.Find<Conversation>(Conversation.ByIdSql, new { row.Id }))!;
        }, ct);
}
