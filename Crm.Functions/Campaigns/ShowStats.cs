using Crm.Functions.Auth;
using Crm.Shared.Database;

namespace Crm.Functions.Campaigns;

public static class ShowStats
{
    /// <summary>What became of a campaign, and of each of its links.</summary>
    public sealed record Response : CampaignStats
    {
        [System.Diagnostics.CodeAnalysis.SetsRequiredMembers]
        internal Response(CampaignStats stats) : base(stats)
        {
        }

        /// <summary>The links of its mails, in the order in which they stand there.</summary>
        public IReadOnlyList<LinkStats> Links { get; init; } = [];
    }

    /// <param name="Url">Where it leads.</param>
    /// <param name="Clicks">How often it was clicked, by people or by machines.</param>
    /// <param name="Recipients">How many recipients clicked it.</param>
    /// <param name="Humans">How many of them are people, as far as one can tell.</param>
    public sealed record LinkStats(string Url, long Clicks, long Recipients, long Humans);

    private sealed record Counted : CampaignCounts;

    private const string CountsSql = $"""
        select {CampaignCounts.CountColumns}
        from campaigns k
        {CampaignCounts.CountsJoin}
        where k.organization_id = @OrganizationId
          and k.id = @Id
          and k.deleted_at is null
          and (@OwnerId::uuid is null or k.creator_id = @OwnerId)
        """;

    private const string LinksSql = """
        select l.url, coalesce(sum(t.clicks), 0)::bigint as clicks, coalesce(sum(t.recipients), 0)::bigint as recipients,
               coalesce(sum(t.humans), 0)::bigint as humans
        from campaign_links l
        left join campaign_link_totals t on t.organization_id = l.organization_id and t.campaign_id = l.campaign_id and t.number = l.number
        where l.organization_id = @OrganizationId
          and l.campaign_id = @Id
        group by l.number, l.url
        order by l.number
        """;

    /// <summary>What became of a campaign's recipients.</summary>
    /// <remarks>
    /// openRate and clickRate are of the delivered, deliveryRate and bounceRate of the sent; <c>"0.00"</c> while there are none. Machines open and click
    /// too (mail scanners, privacy proxies): humanOpened and humanClicked leave them out as far as one can tell. The counts are never behind.
    /// </remarks>
    [Function("ShowCampaignStats"), Tags("Campaigns"), Allow(Permission.ReadCampaigns)]
    public static async Task<Reply<Response>> Handle(
        [HttpTrigger(Anonymous, "get", Route = "campaigns/{id:guid}/stats")] HttpRequest http, Guid id, Caller caller, Db db, CancellationToken ct)
    {
        if (await db.Find<Counted>(caller.Scope, CountsSql, new { Id = id }, ct) is not { } counted)
            return await Access.Refusal(db, caller.Scope, Owned.Campaign, id, Errors.CampaignNotFound, ct);
        return new Response(counted.Stats) { Links = await db.List<LinkStats>(caller.Scope, LinksSql, new { Id = id }, ct) };
    }
}
