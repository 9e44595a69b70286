using System.ComponentModel.DataAnnotations;
using Crm.Functions.Auth;
using Crm.Functions.Contacts;
using Crm.Functions.Templates;
using Crm.Shared.Database;
using Crm.Shared.Integrations.S3;

namespace Crm.Functions.Inbox;

public static class WriteMessage
{
    /// <param name="ContactId">Whom it goes to.</param>
    /// <param name="Type">email or sms.</param>
    /// <param name="Channel">Another name for type.</param>
    /// <param name="Subject">Of a mail: one line, in Liquid; the template's by default. Required without one.</param>
    /// <param name="Content">The text, in Liquid; the template's by default. A text message has at most 1,600 characters.</param>
    /// <param name="HtmlContent">Of a mail: its html, in Liquid too. What could run in it is taken out.</param>
    /// <param name="TemplateId">An active template of the same type.</param>
    /// <param name="SendAt">When to send it; at once by default. A bare date means the start of that day.</param>
    /// <param name="AttachmentIds">Of a mail: files that you uploaded with POST /upload/attachment, 20 MiB together. Each goes once.</param>
    [ValidatableType]
    public sealed record Request(
        [Needed] Guid ContactId,
        [OneOf("email", "sms")] string? Type,
        [OneOf("email", "sms")] string? Channel,
        [Text(Longest.Subject), OneLine] string? Subject,
        [Text(Longest.Content)] string? Content,
        [Text(Longest.Html)] string? HtmlContent,
        Guid? TemplateId,
        ClientTime? SendAt,
        [Ids(MessageAttachments.Most)] Guid[]? AttachmentIds) : IValidatableObject
    {
        public static Request Example => new(
            Demo.Contact(4), "email", null, "Your forty chairs", "Hello {{ first_name | default: \"there\" }}, the chairs leave our house on Monday.",
            null, null, null, null);

        internal string Kind => (Type ?? Channel)!.ToLowerInvariant();

        public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
        {
            if (Type is null && Channel is null)
                yield return new("type is required: email or sms.", [nameof(Type)]);
            else if (Type is not null && Channel is not null && !string.Equals(Type, Channel, StringComparison.OrdinalIgnoreCase))
                yield return new("channel and type contradict each other: send one of them.", [nameof(Channel)]);
            else if (string.Equals(Type ?? Channel, "email", StringComparison.OrdinalIgnoreCase) && TemplateId is null && string.IsNullOrWhiteSpace(Subject))
                yield return new("subject is required for a mail without a template.", [nameof(Subject)]);
        }
    }

    /// <param name="Message">The message.</param>
    /// <param name="Conversation">The one with the contact on this channel, which it became part of.</param>
    public sealed record Response(MessageDetail Message, Conversation Conversation);

    /// <summary>Writes a mail or a text message to a contact.</summary>
    /// <remarks>
    /// It becomes part of the one conversation with the contact on this channel, and is sent in the background: its status says how far it is. The texts are
    /// Liquid with the contact's values, as those of templates are. Marketing that was refused is no obstacle to a personal mail; an address that
    /// mail came back from is, and STOP is to text messages.
    /// </remarks>
    [Function("WriteMessage"), Tags("Inbox"), Allow(Permission.WriteInbox)]
    public static async Task<Created<Response>> Handle(
        [HttpTrigger(Anonymous, "post", Route = "messages")] Request request,
        Caller caller, Db db, OutgoingMessage outgoing, FileStore store, CancellationToken ct)
    {
        var (draft, draftFault) = Draft.Of(
            request.Kind, request.Subject, request.Content, request.HtmlContent, request.TemplateId, request.SendAt, request.AttachmentIds, caller, db.Now);
        if (draftFault is not null)
            return draftFault;
        return await db.Transaction<Created<Response>>(caller.Scope, async tx =>
        {
            if (await Correspondent.Find(tx, request.ContactId, draft!.Type, draft.TemplateId) is not { } to)
                return Errors.ContactNotFound;
            if ((to.IsVisible ? to.TemplateFault(draft.TemplateId) : ContactAccess.Colleagues) is { } refusal)
                return refusal;
            if ((to.Fault ?? outgoing.Fault(draft.Type)) is { } fault)
                return fault;
            var (texts, textFault) = draft.Render(to, caller, tx.Now);
            if (textFault is not null)
                return textFault;
            if (texts is { Subject: null } && draft.Type == "email")
                return Error.Invalid("subject", "The template has no subject: give one.");
            var (conversation, gone) = await ConversationRow.With(tx, to.Id, draft.Type, to.ConversationId);
            if (gone is not null)
                return gone;

            var (id, attachmentFault) = await outgoing.Write(tx, caller, conversation!, to, draft, texts!, isReply: false);
            if (attachmentFault is not null)
                return attachmentFault;
            var message = (await tx.Find<MessageDetail>(MessageDetail.ByIdSql, new { Id = id }))!;
            return new Response(message.With(store), (await tx.Find<Conversation>(Conversation.ByIdSql, new { conversation!.Id }))!);
        }, ct);
    }
}
