using System.Text.Json;
using Crm.Shared;
using Crm.Shared.Database;
using Crm.Shared.Integrations.SendGrid;

namespace Crm.Functions.Campaigns.Sending;

/// <summary>A campaign that is being sent, with what all its recipients have in common.</summary>
internal sealed record CampaignAtWork
{
    public required Guid Id { get; init; }
    public required string Name { get; init; }
    public required string Type { get; init; }
    public required int Run { get; init; }
    public JsonElement Settings { get; init; }
    public JsonElement Snapshot { get; init; }
    public required byte[] TokenKey { get; init; }
    public string? Winner { get; init; }

    /// <summary>Whether those who are in neither half of a test wait for its winner.</summary>
    public bool IsUndecided { get; init; }
    public required Guid CreatorId { get; init; }
    public required string CreatorName { get; init; }
    public required string Organization { get; init; }
    public required string Slug { get; init; }
    public required string Timezone { get; init; }
    public string? ContactPhone { get; init; }
    public string? Address { get; init; }
    public string? FromName { get; init; }
    public string? FromEmail { get; init; }
    public string? SmsNumber { get; init; }
    public int? SendRatePerMinute { get; init; }

    /// <summary>Of the campaign <c>p</c>: whether a test of it is under way.</summary>
    public const string IsUndecidedSql = "p.decide_at is not null and p.winner is null";

    private const string Sql = $"""
        select p.id, p.name, p.type, p.run, p.settings, p.snapshot, p.token_key, p.winner, {IsUndecidedSql} as is_undecided, p.creator_id,
               btrim(u.first_name || ' ' || u.last_name) as creator_name,
               o.name as organization, o.slug, o.timezone, o.contact_phone, o.address, o.from_name, o.from_email, o.sms_number, o.send_rate_per_minute
        from campaigns p
        join organizations o on o.id = p.organization_id
        join users u on u.organization_id = p.organization_id and u.id = p.creator_id
        where p.organization_id = @OrganizationId
          and p.id = @CampaignId
          and p.status = 'sending'
          and p.run = @Run
          and p.deleted_at is null
          and (p.next_claim_at is null or p.next_claim_at <= @Now)
        """;

    /// <summary>Null when it is no more at work, or nobody may claim now.</summary>
    public static Task<CampaignAtWork?> Find(DbTransaction tx, Guid campaignId, int run) =>
        tx.Find<CampaignAtWork>(Sql, new { CampaignId = campaignId, Run = run, tx.Now });

    private CampaignSettings Chosen => CampaignSettings.Saved(Settings);

    public CampaignTexts Texts => Snapshot.Deserialize<CampaignTexts>(JsonSerializerOptions.Web)!;

    /// <summary>Recipients a minute, of the campaign or of all the organisation's together; null: as fast as it goes.</summary>
    public int? Rate => Chosen.RatePerMinute is { } own ? Math.Min(own, SendRatePerMinute ?? own) : SendRatePerMinute;

    public MailSender Sender(SendGridOptions options) => new(
        FromEmail ?? options.FromEmail,
        Chosen.FromName ?? FromName ?? (FromEmail is null && options.FromName.Length > 0 ? options.FromName : Organization));

    /// <summary>Answers come to the inbox, unless the organisation writes from an address of its own.</summary>
    public string? ReplyTo(string? inboundDomain) =>
        Chosen.ReplyTo ?? (FromEmail is null && inboundDomain is not null ? $"{Slug}@{inboundDomain}" : null);

    /// <summary>Whether quiet hours are those of each recipient's own zone.</summary>
    public bool HasOwnHours => Chosen.SendInContactTimezone == true;

    /// <summary>Until when nothing is sent: quiet hours have begun since it was set going. Null: it is sent now.</summary>
    /// <param name="now">The time.</param>
    /// <param name="zone">Where the recipient is; the organisation's zone by default.</param>
    public DateTimeOffset? QuietUntil(DateTimeOffset now, string? zone = null) =>
        Chosen.QuietHours is { } quiet ? SendingTimes.NotBefore(now, null, TimeZones.First(zone, Timezone), quiet) : null;

    /// <summary>The values that are the same for all.</summary>
    public Dictionary<string, object?> SharedValues() => new(StringComparer.Ordinal)
    {
        ["company_name"] = Organization,
        ["organization_phone"] = ContactPhone,
        ["organization_address"] = Address,
        ["sender_name"] = CreatorName,
    };

    public DateTimeOffset Local(DateTimeOffset now) => TimeZoneInfo.ConvertTime(now, Zone);

    private TimeZoneInfo Zone => TimeZoneInfo.TryFindSystemTimeZoneById(Timezone, out var zone) ? zone : TimeZoneInfo.Utc;
}
