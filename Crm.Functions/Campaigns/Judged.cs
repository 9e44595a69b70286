using Crm.Functions.Sending;
using Crm.Shared.Database;

namespace Crm.Functions.Campaigns;

/// <summary>Whom a campaign would go to now, and whom not. It is asked again for each when their turn comes.</summary>
/// <param name="Queued">How many recipients may be written to.</param>
/// <param name="Suppressed">How many not.</param>
/// <param name="Reasons">Why not, by numbers.</param>
/// <param name="Examples">The first of them; none where nobody asked.</param>
internal sealed record Judged(long Queued, long Suppressed, SuppressedDetails Reasons, IReadOnlyList<SuppressedContact> Examples)
{
    private const int MostExamples = 100;

    private sealed record Count(string? Reason, long Number);

    private const string Recipients = $"""
        from deliveries d
        join contacts c on c.organization_id = d.organization_id and c.id = d.contact_id
        {Consent.Join}
        where d.organization_id = @OrganizationId
          and d.campaign_id = @CampaignId
          and d.status = 'pending'
          and d.call_id is null
        """;

    private const string CountSql = $"""
        select {Consent.RefusalSql} as reason, count(*) as number
        {Recipients}
        group by 1
        """;

    private const string ExamplesSql = $"""
        select *
        from (
            select c.id as contact_id, c.name, {Consent.RefusalSql} as reason
            {Recipients}) judged
        where reason is not null
        order by contact_id
        limit @MostExamples
        """;

    public static async Task<Judged> Of(DbTransaction tx, CampaignRow campaign, bool withExamples)
    {
        var args = new { Channel = campaign.Type, CampaignId = campaign.Id, MostExamples };
        var counts = await tx.List<Count>(CountSql, args);
        long Of(string? reason) => counts.Find(count => count.Reason == reason)?.Number ?? 0;
        var suppressed = counts.Sum(count => count.Number) - Of(null);
        return new(
            Of(null), suppressed,
            new(Of("unsubscribed"), Of("bounced"), Of("complained"), Of("stopped"), Of("manual"), Of("no_address"), Of("inactive")),
            withExamples && suppressed > 0 ? await tx.List<SuppressedContact>(ExamplesSql, args) : []);
    }

    /// <summary>The refusal where all recipients are suppressed.</summary>
    public Error Nobody => Errors.NoRecipients with
    {
        Message = $"None of the {Suppressed} recipients may be written to; suppressedDetails says why.",
        Facts = new(StringComparer.Ordinal) { ["suppressedDetails"] = Reasons },
    };
}

/// <summary>How many recipients are not written to, by the reason.</summary>
/// <param name="Unsubscribed">They unsubscribed.</param>
/// <param name="Bounced">Mail to the address came back.</param>
/// <param name="Complained">They called it spam.</param>
/// <param name="Stopped">They answered STOP.</param>
/// <param name="Manual">A colleague put the address on the suppression list.</param>
/// <param name="NoAddress">They have no address any more.</param>
/// <param name="Inactive">They were deleted.</param>
public sealed record SuppressedDetails(long Unsubscribed, long Bounced, long Complained, long Stopped, long Manual, long NoAddress, long Inactive);

/// <summary>A recipient who is not written to.</summary>
/// <param name="ContactId">The contact.</param>
/// <param name="Name">Their name.</param>
/// <param name="Reason">unsubscribed, bounced, complained, stopped, manual, no_address or inactive.</param>
public sealed record SuppressedContact(Guid ContactId, string Name, string Reason);
