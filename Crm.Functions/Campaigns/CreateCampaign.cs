using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Crm.Functions.Audit;
using Crm.Functions.Auth;
using Crm.Functions.Contacts;
using Crm.Functions.Settings;
using Crm.Functions.Templates;
using Crm.Shared.Database;

namespace Crm.Functions.Campaigns;

public static class CreateCampaign
{
    /// <param name="Name">What it is called.</param>
    /// <param name="Type">email or sms.</param>
    /// <param name="Subject">The subject of the mail, one line, in Liquid; required for e-mail.</param>
    /// <param name="TemplateId">The template whose texts are sent where content and htmlContent are absent.</param>
    /// <param name="Content">The text, in Liquid; made from htmlContent where that is given alone. It may come later: a draft needs none.</param>
    /// <param name="HtmlContent">The html of a mail, in Liquid too. What could run in it is taken out.</param>
    /// <param name="ScheduledAt">When it is to be sent by itself; without an offset it is in the organisation's time zone.</param>
    /// <param name="Tags">At most 50 labels of at most 50 characters.</param>
    /// <param name="Settings">
    /// <c>fromName</c> and <c>replyTo</c> of the mail; <c>trackOpens</c> and <c>trackClicks</c> (true by default); <c>ratePerMinute</c>, recipients a
    /// minute at most; <c>quietHours</c> <c>{"from":"21:00","to":"08:00"}</c>, in which nothing is sent; <c>sendInContactTimezone</c>: hours are those of
    /// the contact's custom field <c>timezone</c>; <c>abTest</c> <c>{"subjectB":"…","sharePercent":10,"waitMinutes":60,"metric":"opens"}</c>: so many
    /// percent (1 to 50) get each subject, and the rest the better one after so many minutes. Other keys are your own; 16 KB at most.
    /// </param>
    /// <param name="ContactIds">Recipients, 10,000 at most; more by POST /campaigns/{id}/recipients.</param>
    /// <param name="Segment">A filter of contacts who become recipients when it is sent.</param>
    [ValidatableType]
    public sealed record Request(
        [Needed, Text(Longest.Name)] string Name,
        [Needed, OneOf("email", "sms")] string Type,
        [Text(Longest.Subject), OneLine] string? Subject,
        Guid? TemplateId,
        [Text(Longest.Content)] string? Content,
        [Text(Longest.Html)] string? HtmlContent,
        ClientTime? ScheduledAt,
        [Labels(Longest.Tags, 50)] string[]? Tags,
        [JsonObject(JsonMerge.Longest)] JsonElement? Settings,
        Guid[]? ContactIds,
        ContactFilter? Segment) : IValidatableObject
    {
        public static Request Example => new(
            "Q4 Product Launch Campaign", "email", "Introducing Our New Product Line", Demo.Template(1), null, null, null, ["product-launch", "q4"],
            JsonSerializer.SerializeToElement(new { trackOpens = true, quietHours = new { from = "21:00", to = "08:00" } }),
            [Demo.Contact(2), Demo.Contact(3)], new ContactFilter { Tags = ["newsletter"] });

        public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
        {
            if (ContactIds is { Length: > Audience.MostNamed })
                yield return new($"contactIds must hold at most {Audience.MostNamed} ids.", [nameof(ContactIds)]);
        }
    }

    /// <summary>A new campaign, and who of those named became recipients.</summary>
    public sealed record Response : CampaignDetail
    {
        /// <summary>What became of contactIds; null without them.</summary>
        [JsonPropertyOrder(2)]
        public Admission? Recipients { get; init; }
    }

    /// <summary>Creates a campaign: a draft, or with <c>scheduledAt</c> a scheduled one.</summary>
    /// <remarks>
    /// Recipients may be added until it is sent; one scheduled without any is a draft again, with a notice, when its hour comes. The texts are Liquid, as
    /// those of templates; names that are in no catalogue are refused when it is sent.
    /// </remarks>
    [Function("CreateCampaign"), Tags("Campaigns"), Allow(Permission.WriteCampaigns)]
    public static async Task<Created<Response>> Handle(
        [HttpTrigger(Anonymous, "post", Route = "campaigns")] Request request, Caller caller, Db db, CancellationToken ct)
    {
        var (html, markupFault) = TemplateTexts.Clean(request.HtmlContent);
        var (settings, settingsFault) = CampaignSettings.Merged(Fields.Json(null), request.Settings ?? default(Optional<JsonElement>));
        var scheduledAt = request.ScheduledAt?.In(caller.Zone);
        var fresh = new CampaignRow
        {
            Id = Guid.CreateVersion7(db.Now),
            CreatorId = caller.UserId,
            Version = 1,
            Name = request.Name.Trim(),
            Type = request.Type.ToLowerInvariant(),
            Status = scheduledAt is null ? "draft" : "scheduled",
            TemplateId = request.TemplateId,
            ScheduledAt = scheduledAt,
            Tags = Fields.Labels(request.Tags),
            Settings = settings,
            Segment = request.Segment is null ? null : JsonSerializer.SerializeToElement(request.Segment, JsonSerializerOptions.Web),
        };
        var (campaign, textFault) = fresh.With<CampaignRow>(Fields.Text(request.Subject), request.Content, html);
        if ((markupFault ?? settingsFault ?? textFault ?? campaign!.Fault()) is { } fault)
            return fault;
        if ((Schedule.Fault(scheduledAt, db.Now) ?? Audience.Fault(caller.Scope, request.Segment)) is { } refusal)
            return refusal;

        return await db.Transaction<Created<Response>>(caller.Scope, async tx =>
        {
            if (await CampaignWords.TemplateFault(tx, campaign!) is { } templateFault)
                return templateFault;
            await campaign!.Insert(tx, RandomNumberGenerator.GetBytes(32));
            var recipients = request.ContactIds is { Length: > 0 } ids ? await Audience.Add(tx, campaign, ids) : null;
            await tx.Audit(caller.UserId, "campaign.created", "campaign", campaign.Id);
            return await CampaignDetail.Read<Response>(tx, campaign.Id) with { Recipients = recipients };
        }, ct);
    }
}
