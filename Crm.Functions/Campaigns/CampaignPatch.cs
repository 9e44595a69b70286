using System.Text.Json;
using System.Text.Json.Nodes;
using Crm.Functions.Timeline;

namespace Crm.Functions.Campaigns;

/// <summary>What a request makes of a campaign.</summary>
internal static class CampaignPatch
{
    /// <summary>The campaign as the request wants it, or why it cannot be. The request's html is clean already.</summary>
    public static (CampaignRow? Row, Error? Fault) Of(CampaignRow before, UpdateCampaign.Request request, string? html, TimeZoneInfo zone)
    {
        var (settings, settingsFault) = CampaignSettings.Merged(before.Settings, request.Settings);
        var scheduledAt = request.ScheduledAt.IsSet ? request.ScheduledAt.Value?.In(zone) : before.ScheduledAt;
        var (status, statusFault) = Status(before, request, scheduledAt);
        if ((settingsFault ?? statusFault) is { } fault)
            return (null, fault);
        var patched = before with
        {
            Name = request.Name.Or(before.Name).Trim(),
            Type = request.Type.Or(before.Type).ToLowerInvariant(),
            Status = status!,
            TemplateId = request.TemplateId.Or(before.TemplateId),
            ScheduledAt = status == "scheduled" || request is { ScheduledAt.IsSet: false, Status.IsSet: false } ? scheduledAt : null,
            Tags = request.Tags.IsSet ? Fields.Labels(request.Tags.Value) : before.Tags,
            Settings = settings,
            Segment = !request.Segment.IsSet ? before.Segment
                : request.Segment.Value is { } segment ? JsonSerializer.SerializeToElement(segment, JsonSerializerOptions.Web) : null,
        };
        if (!request.Subject.IsSet && !request.Content.IsSet && !request.HtmlContent.IsSet)
            return (patched, null);
        html = request.HtmlContent.IsSet ? html : before.HtmlContent;
        // One that was made from the html is made anew, as long as there is html.
        var content = request.Content.IsSet ? request.Content.Value : before.ContentIsMade ? null : before.Content;
        return patched.With<CampaignRow>(Fields.Text(request.Subject.Or(before.Subject)), content, html);
    }

    /// <summary>The fields among those changed that cannot change once it has begun.</summary>
    public static string[] Locked(CampaignRow before, CampaignRow after, Change[] changes) =>
    [
        .. from change in changes
           let field = change.Field
           where field is not ("name" or "tags")
               && !(field == "status" && after.Status == "cancelled")
               && !(field == "scheduledAt" && after.ScheduledAt is null)
               && !(field == "settings" && JsonElement.DeepEquals(WithoutRate(before.Settings), WithoutRate(after.Settings)))
           select field,
    ];

    private static (string? Status, Error? Fault) Status(CampaignRow before, UpdateCampaign.Request request, DateTimeOffset? scheduledAt)
    {
        var isScheduled = request.ScheduledAt.IsSet && scheduledAt is not null;
        if (request.Status.IsSet)
        {
            var status = request.Status.Value.ToLowerInvariant();
            return isScheduled ? (null, Error.Invalid("status", "With scheduledAt a campaign is scheduled: leave the status out.")) : (status, null);
        }

        if (isScheduled && before.Status == "cancelled")
            return (null, CampaignRow.NotWhile(before.Status));
        // Paused by somebody before its hour came, it waits for a new one; paused on its way it stays so.
        return (isScheduled ? "scheduled" : request.ScheduledAt.IsSet && !before.HasStarted && before.Status != "cancelled" ? "draft" : before.Status, null);
    }

    private static JsonElement WithoutRate(JsonElement settings)
    {
        var json = JsonNode.Parse(settings.GetRawText())!.AsObject();
        json.Remove("ratePerMinute");
        return JsonSerializer.SerializeToElement(json);
    }
}
