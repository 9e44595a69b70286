using System.Text.Json;
using Crm.Functions.Audit;
using Crm.Functions.Auth;
using Crm.Functions.Contacts;
using Crm.Functions.Settings;
using Crm.Functions.Templates;
using Crm.Functions.Timeline;
using Crm.Shared.Database;

namespace Crm.Functions.Campaigns;

public static class UpdateCampaign
{
    /// <summary>Any of the fields of a new campaign: an absent one stays as it is, null clears it.</summary>
    [ValidatableType]
    public sealed record Request : IPatch
    {
        public static Request Example => new() { Subject = "Our New Product Line Is Here", Tags = new[] { "product-launch" } };

        /// <summary>What it is called.</summary>
        [Needed, Text(Longest.Name)]
        public Optional<string> Name { get; init; }

        /// <summary>email or sms; fixed once it has recipients.</summary>
        [Needed, OneOf("email", "sms")]
        public Optional<string> Type { get; init; }

        /// <summary>The subject of the mail, one line.</summary>
        [Text(Longest.Subject), OneLine]
        public Optional<string?> Subject { get; init; }

        /// <summary>The template whose texts are sent where it has none of its own.</summary>
        public Optional<Guid?> TemplateId { get; init; }

        /// <summary>The text. null makes it from the html, or leaves it to the template.</summary>
        [Text(Longest.Content)]
        public Optional<string?> Content { get; init; }

        /// <summary>The html of a mail. What could run in it is taken out.</summary>
        [Text(Longest.Html)]
        public Optional<string?> HtmlContent { get; init; }

        /// <summary>When it is to be sent by itself: it becomes scheduled. null makes it a draft.</summary>
        public Optional<ClientTime?> ScheduledAt { get; init; }

        /// <summary>draft takes it off the schedule, or back after it was cancelled; cancelled gives it up.</summary>
        [Needed, OneOf("draft", "cancelled")]
        public Optional<string> Status { get; init; }

        /// <summary>At most 50 labels of at most 50 characters, in place of those there are.</summary>
        [Labels(Longest.Tags, 50)]
        public Optional<string[]?> Tags { get; init; }

        /// <summary>Merged into those there are (RFC 7396): what is named is set, null removes. See POST /campaigns.</summary>
        [JsonObject(JsonMerge.Longest)]
        public Optional<JsonElement> Settings { get; init; }

        /// <summary>The filter of contacts who become recipients when it is sent.</summary>
        public Optional<ContactFilter?> Segment { get; init; }
    }

    private const string HasRecipientsSql = """
        select exists (
            select from deliveries
            where organization_id = @OrganizationId and campaign_id = @Id)
        """;

    /// <summary>Changes a campaign that is not being sent.</summary>
    /// <remarks>
    /// One that is being sent or was sent is refused with CAMPAIGN_NOT_EDITABLE. Of one that was paused or cancelled after it had begun only the name, the
    /// tags and <c>settings.ratePerMinute</c> can change: else CAMPAIGN_LOCKED. With <c>If-Match</c> the change happens only to that version, else 409
    /// VERSION_CONFLICT. Recipients have routes of their own.
    /// </remarks>
    /// <param name="id" example="01990000-0000-7000-8000-500000000002">The campaign.</param>
    [Function("UpdateCampaign"), Tags("Campaigns"), Allow(Permission.WriteCampaigns)]
    public static async Task<Reply<CampaignDetail>> Handle(
        [HttpTrigger(Anonymous, "patch", Route = "campaigns/{id:guid}")] Request request,
        Guid id, HttpContext context, Caller caller, Db db, CancellationToken ct)
    {
        // It takes the longest, and needs no lock.
        var (html, markupFault) = TemplateTexts.Clean(request.HtmlContent.Value);
        return await db.Transaction<Reply<CampaignDetail>>(caller.Scope, async tx =>
        {
            var (before, refusal) = await CampaignRow.Lock(tx, id);
            if (refusal is not null)
                return refusal;
            if (Etag.Conflict(context, before!.Version) is { } conflict)
                return conflict;
            if (before.Status is "sending" or "sent")
                return Errors.CampaignNotEditable;

            var (after, fault) = CampaignPatch.Of(before, request, html, caller.Zone);
            if ((markupFault ?? fault ?? Audience.Fault(tx.Scope, request.Segment.Value)) is { } reason)
                return reason;
            var changes = Change.Between<CampaignFields>(before, after!);
            if (changes.Length == 0)
                return Versioned(await CampaignDetail.Read(tx, id));
            if (await Fault(tx, before, after!, changes) is { } unfit)
                return unfit;
            await after!.Save(tx);
            await tx.Audit(caller.UserId, "campaign.updated", "campaign", id, new { fields = changes.Select(change => change.Field) });
            return Versioned(await CampaignDetail.Read(tx, id));
        }, ct);
    }

    private static async Task<Error?> Fault(DbTransaction tx, CampaignRow before, CampaignRow after, Change[] changes)
    {
        if (before.HasStarted && CampaignPatch.Locked(before, after, changes) is { Length: > 0 } locked)
            return Errors.CampaignLocked with { Details = [.. locked.Select(field => new FieldError(field, $"{field} cannot change any more."))] };
        if (before.ScheduledAt != after.ScheduledAt && Schedule.Fault(after.ScheduledAt, tx.Now) is { } passed)
            return passed;
        if (before.Type != after.Type && await tx.Find<bool>(HasRecipientsSql, new { before.Id }))
            return Error.Invalid("type", "The type cannot change once there are recipients: make another campaign, or remove them first.");
        return after.Fault()
            ?? (before.TemplateId != after.TemplateId || before.Type != after.Type ? await CampaignWords.TemplateFault(tx, after) : null);
    }

    private static Reply<CampaignDetail> Versioned(CampaignDetail campaign) => Reply<CampaignDetail>.Live(campaign, campaign.Version);
}
