using Crm.Functions.Audit;
using Crm.Functions.Auth;
using Crm.Functions.Templates;
using Crm.Shared.Database;
using Crm.Shared.Integrations.S3;

namespace Crm.Functions.Inbox;

public static class ReplyToConversation
{
    /// <param name="Content">The text, in Liquid; the template's by default. A note is kept as it is.</param>
    /// <param name="HtmlContent">Of a mail: its html, in Liquid too. What could run in it is taken out.</param>
    /// <param name="Subject">Of a mail: one line, in Liquid; by default Re: and the latest subject.</param>
    /// <param name="TemplateId">An active template of the same type.</param>
    /// <param name="IsInternalNote">true: a note among colleagues, which is not sent.</param>
    /// <param name="SendAt">When to send it; at once by default.</param>
    /// <param name="AttachmentIds">Of a mail or a note: files that you uploaded with POST /upload/attachment, 20 MiB together. Each goes once.</param>
    [ValidatableType]
    public sealed record Request(
        [Text(Longest.Content)] string? Content,
        [Text(Longest.Html)] string? HtmlContent,
        [Text(Longest.Subject), OneLine] string? Subject,
        Guid? TemplateId,
        bool? IsInternalNote,
        ClientTime? SendAt,
        [Ids(MessageAttachments.Most)] Guid[]? AttachmentIds)
    {
        public static Request Example => new("Hello {{ first_name }}, forty are fine: they leave our house on Monday.", null, null, null, null, null, null);
    }

    private const string NoteSql = """
        with note as (
            insert into messages (organization_id, id, conversation_id, contact_id, direction, type, is_internal_note, content, author_id, created_at)
            values (@OrganizationId, @Id, @ConversationId, @ContactId, 'outbound', @Type, true, @Content, @AuthorId, @Now))
        update conversations
        set updated_at = @Now, version = version + 1
        where organization_id = @OrganizationId
          and id = @ConversationId
        """;

    /// <summary>Answers in a conversation, or leaves a note for colleagues.</summary>
    /// <remarks>
    /// An answer marks all that came as read, and opens a closed conversation again. Mail programs show it in the thread of the latest message. A note
    /// changes neither, and reaches nobody outside.
    /// </remarks>
    [Function("ReplyToConversation"), Tags("Inbox"), Allow(Permission.WriteInbox)]
    public static Task<Created<MessageDetail>> Handle(
        [HttpTrigger(Anonymous, "post", Route = "inbox/conversations/{id:guid}/messages")] Request request,
        Guid id, Caller caller, Db db, OutgoingMessage outgoing, FileStore store, CancellationToken ct) =>
        db.Transaction<Created<MessageDetail>>(caller.Scope, async tx =>
        {
            var (conversation, refusal) = await ConversationRow.Lock(tx, id);
            if (refusal is not null)
                return refusal;
            var (messageId, fault) = request.IsInternalNote == true
                ? await Note(tx, caller, conversation!, request.Content, request.AttachmentIds ?? [])
                : await Reply(tx, caller, conversation!, request, outgoing);
            return fault is not null ? fault : (await tx.Find<MessageDetail>(MessageDetail.ByIdSql, new { Id = messageId }))!.With(store);
        }, ct);

    private static async Task<(Guid Id, Error? Fault)> Reply(
        DbTransaction tx, Caller caller, ConversationRow conversation, Request request, OutgoingMessage outgoing)
    {
        var (draft, draftFault) = Draft.Of(
            conversation.Type, request.Subject, request.Content, request.HtmlContent, request.TemplateId, request.SendAt, request.AttachmentIds, caller,
            tx.Now);
        if (draftFault is not null)
            return (default, draftFault);
        var to = (await Correspondent.Find(tx, conversation.ContactId, draft!.Type, draft.TemplateId))!;
        if ((to.TemplateFault(draft.TemplateId) ?? to.Fault ?? outgoing.Fault(draft.Type)) is { } fault)
            return (default, fault);
        var (texts, textFault) = draft.Render(to, caller, tx.Now);
        if (textFault is not null)
            return (default, textFault);
        if (texts is { Subject: null } && draft.Type == "email")
            texts = texts with { Subject = $"Re: {conversation.Subject}".TrimEnd() };
        return await outgoing.Write(tx, caller, conversation, to, draft, texts!, isReply: true);
    }

    private static async Task<(Guid Id, Error? Fault)> Note(
        DbTransaction tx, Caller caller, ConversationRow conversation, string? content, Guid[] attachmentIds)
    {
        if (string.IsNullOrWhiteSpace(content))
            return (default, Error.Invalid("content", "content is required."));
        var id = Guid.CreateVersion7(tx.Now);
        await tx.Execute(NoteSql, new
        {
            Id = id,
            ConversationId = conversation.Id,
            conversation.ContactId,
            conversation.Type,
            Content = content.Trim(),
            AuthorId = caller.UserId,
            tx.Now,
        });
        await tx.Audit(caller.UserId, "message.noted", "message", id);
        return (id, await MessageAttachments.Bind(tx, caller, id, attachmentIds));
    }
}
