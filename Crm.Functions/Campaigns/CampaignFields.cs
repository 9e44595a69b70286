using System.Text.Json;
using Crm.Functions.Templates;
using Crm.Shared.Liquid;

namespace Crm.Functions.Campaigns;

/// <summary>What a change of a campaign can touch.</summary>
internal record CampaignFields
{
    /// <summary>Characters of an SMS: ten segments of the largest alphabet and a little more.</summary>
    private const int LongestSms = 1600;

    public required string Name { get; init; }
    public required string Type { get; init; }
    public required string Status { get; init; }
    public string? Subject { get; init; }
    public string? Content { get; init; }
    public string? HtmlContent { get; init; }
    public bool ContentIsMade { get; init; }
    public Guid? TemplateId { get; init; }
    public DateTimeOffset? ScheduledAt { get; init; }
    public string[] Tags { get; init; } = [];
    public JsonElement Settings { get; init; }
    public JsonElement? Segment { get; init; }

    /// <summary>Why it cannot be so, whatever else the database says.</summary>
    public Error? Fault()
    {
        var (settings, fault) = CampaignSettings.Of(Settings, Type);
        if (fault is not null)
            return fault;
        if (Type == "email" && Subject is null)
            return Error.Invalid("subject", "subject is required for e-mail.");
        if (Type == "sms" && HtmlContent is not null)
            return Error.Invalid("htmlContent", "htmlContent is for e-mail only.");
        if (Type == "sms" && Content is { Length: > LongestSms })
            return Error.Invalid("content", $"content must be at most {LongestSms} characters in an SMS.");
        return TemplateTexts.Read("settings.abTest.subjectB", settings!.AbTest?.SubjectB, TextKind.Line).Fault;
    }

    /// <summary>The same with these texts, the text part made from the html where it has no words of its own; or what is wrong with them.</summary>
    public (T? Fields, Error? Fault) With<T>(string? subject, string? content, string? html) where T : CampaignFields
    {
        content = Fields.Text(content) is null ? null : content;
        if (content is null && html is null)
        {
            var (_, lineFault) = TemplateTexts.Read("subject", subject, TextKind.Line);
            return lineFault is null
                ? ((T)(this with { Subject = subject, Content = null, HtmlContent = null, ContentIsMade = false }), null)
                : (null, lineFault);
        }

        var (texts, fault) = TemplateTexts.Read(subject, content, html);
        return fault is null
            ? ((T)(this with { Subject = subject, Content = texts!.ContentSource, HtmlContent = html, ContentIsMade = texts.ContentIsMade }), null)
            : (null, fault);
    }
}
