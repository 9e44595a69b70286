using System.Text.Json;
using Crm.Functions.Sending;
using Crm.Shared.Database;
using Crm.Shared.Liquid;

namespace Crm.Functions.Campaigns.Sending;

/// <summary>A recipient whose turn it is, as the contact is now; and why it must not be written to, if so.</summary>
internal sealed record DueRecipient
{
    public required Guid Id { get; init; }
    public string? Variant { get; init; }
    public required int Attempts { get; init; }
    public string? FirstName { get; init; }
    public string? LastName { get; init; }
    public string? Email { get; init; }
    public string? Phone { get; init; }
    public string? JobTitle { get; init; }
    public string? Company { get; init; }
    public JsonElement CustomFields { get; init; }
    public string? SkipReason { get; init; }

    // The next ones that nobody else is taking. Nothing is sorted and nothing waits: it is the index's order.
    private const string LockSql = $"""
        select d.id, d.variant, d.attempts, c.first_name, c.last_name, c.email, c.phone, c.job_title, c.company, c.custom_fields,
               {Consent.RefusalSql} as skip_reason
        from (
            select organization_id, id, contact_id, variant, attempts
            from deliveries
            cross join (select @IsUndecided as is_undecided) as test
            where organization_id = @OrganizationId
              and campaign_id = @CampaignId
              and status = 'pending'
              and {ClaimableSql}
            order by id
            limit @Most
            for no key update of deliveries skip locked) d
        join contacts c on c.organization_id = d.organization_id and c.id = d.contact_id
        {Consent.Join}
        """;

    /// <summary>Which of a campaign's pending deliveries may be claimed; is_undecided says that a test of it is under way.</summary>
    public const string ClaimableSql = """
        call_id is null
              and (not_before is null or not_before <= @Now)
              and (variant is not null or not is_undecided)
        """;

    /// <summary>Locks up to <paramref name="most"/>.</summary>
    public static Task<List<DueRecipient>> Lock(DbTransaction tx, CampaignAtWork campaign, int most) => tx.List<DueRecipient>(
        LockSql, new { CampaignId = campaign.Id, Channel = campaign.Type, campaign.IsUndecided, Most = most, tx.Now });

    /// <summary>What its texts are rendered with.</summary>
    public MergeValues Values(CampaignAtWork campaign, string unsubscribeUrl, string recipientToken, DateTimeOffset now)
    {
        var values = campaign.SharedValues();
        foreach (var (name, value) in ContactValues.Of(FirstName, LastName, Email, Phone, JobTitle, Company))
            values[name] = value;
        values["unsubscribe_url"] = unsubscribeUrl;
        values[MergeFields.RecipientToken] = recipientToken;
        return new(values, CustomValues.Of(CustomFields), now);
    }
}
