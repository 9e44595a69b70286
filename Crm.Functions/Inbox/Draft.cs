using System.Globalization;
using Crm.Functions.Auth;
using Crm.Functions.Templates;
using Crm.Shared;
using Crm.Shared.Liquid;

namespace Crm.Functions.Inbox;

/// <summary>A message as it is to be stored: rendered.</summary>
internal sealed record Texts(string? Subject, string Content, string? Html, int? Segments);

/// <summary>A message as its author wrote it: Liquid, whether from a template or not, so that canned replies may name variables. Its html is clean.</summary>
internal sealed record Draft(string Type, string? Subject, string? Content, string? Html, Guid? TemplateId, DateTimeOffset? SendAt, Guid[] AttachmentIds)
{
    private const int LongestSms = 1600;
    private const int MostSegments = 10;

    /// <summary>A client's clock may be as much behind.</summary>
    private static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(1);

    /// <summary>Reads what a request says; a text message has neither subject nor html nor files.</summary>
    public static (Draft? Draft, Error? Fault) Of(
        string type, string? subject, string? content, string? html, Guid? templateId, ClientTime? sendAt, Guid[]? attachmentIds, Caller caller,
        DateTimeOffset now)
    {
        if (type == "sms" && attachmentIds is { Length: > 0 })
            return (null, Errors.AttachmentsNotSupported);
        var (clean, fault) = type == "email" ? TemplateTexts.Clean(html) : (null, null);
        if (fault is not null)
            return (null, fault);
        var draft = new Draft(
            type, type == "email" ? Fields.Text(subject) : null, string.IsNullOrWhiteSpace(content) ? null : content, clean, templateId,
            sendAt?.In(caller.Zone), attachmentIds ?? []);
        if (draft.Content is null && draft.Html is null && templateId is null)
            return (null, Error.Invalid("content", "content is required, unless templateId says what to write."));
        if (draft.SendAt <= now - Tolerance)
            return (null, Errors.ScheduleInPast);
        // What is due at once waits for no timer.
        return (draft.SendAt <= now ? draft with { SendAt = null } : draft, null);
    }

    /// <summary>The texts for their recipient. What the request says goes before the template's; a body of its own leaves nothing of the template's.</summary>
    public (Texts? Texts, Error? Fault) Render(Correspondent to, Caller caller, DateTimeOffset now)
    {
        var isOwn = Content is not null || Html is not null;
        var (read, fault) = TemplateTexts.Read(
            Type == "email" ? Subject ?? to.TemplateSubject : null, isOwn ? Content : to.TemplateContent,
            Type == "sms" ? null : isOwn ? Html : to.TemplateHtml);
        if (fault is not null)
            return (null, fault);
        var values = to.MergeValues(caller.Name, TimeZoneInfo.ConvertTime(now, caller.Zone));
        var (subject, subjectFault) = Rendered("subject", read!.Subject, values);
        var (content, contentFault) = Rendered("content", read.Content, values);
        var (html, htmlFault) = Rendered("htmlContent", read.Html, values);
        if ((subjectFault ?? contentFault ?? htmlFault) is { } renderFault)
            return (null, renderFault);
        if (string.IsNullOrWhiteSpace(content))
            return (null, Error.Invalid("content", "Nothing is left of the content with this contact's values."));
        return Type == "sms" ? Sms(content) : (new(Fields.Text(subject), content, html, null), null);
    }

    private static (Texts? Texts, Error? Fault) Sms(string content)
    {
        var segments = SmsSegments.Of(content);
        return content.Length > LongestSms || segments > MostSegments
            ? (null, Error.Invalid("content", string.Create(
                CultureInfo.InvariantCulture,
                $"A text message may have {LongestSms} characters and {MostSegments} segments: this one has {content.Length} and {segments}.")))
            : (new(null, content, null, segments), null);
    }

    private static (string? Text, Error? Fault) Rendered(string field, LiquidText? text, MergeValues values)
    {
        if (text is null)
            return (null, null);
        if (text.Unknown.Count > 0)
        {
            return (null, Errors.UnknownVariables with
            {
                Details = [.. text.Unknown.Select(name => new FieldError(field, string.Create(
                    CultureInfo.InvariantCulture, $"There is no variable '{name.Name}' (line {name.Line}, column {name.Column}).")))],
            });
        }

        var (rendered, fault) = text.Render(values);
        return fault is null ? (rendered, null) : (null, TemplateTexts.Syntax(field, fault));
    }
}
