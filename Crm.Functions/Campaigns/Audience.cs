using Crm.Functions.Contacts;
using Crm.Functions.Sending;
using Crm.Shared.Database;
using Dapper;

namespace Crm.Functions.Campaigns;

/// <summary>What became of contacts who were to be recipients.</summary>
/// <param name="Added">How many are recipients now who were none before.</param>
/// <param name="Skipped">How many of those named are not.</param>
/// <param name="Total">The campaign's recipients by now.</param>
/// <param name="SkippedDetails">Why, by numbers.</param>
public sealed record Admission(long Added, long Skipped, long Total, SkippedDetails SkippedDetails);

/// <summary>How many contacts did not become recipients, by the reason.</summary>
/// <param name="Duplicate">Recipients already, or named twice.</param>
/// <param name="NotFound">No contacts of the organisation.</param>
/// <param name="NoAddress">Contacts without an e-mail address, or for SMS without a phone number.</param>
/// <param name="Suppressed">Contacts who unsubscribed, or whose address is on the suppression list.</param>
/// <param name="Inactive">Deleted contacts.</param>
/// <param name="Forbidden">Colleagues' contacts.</param>
public sealed record SkippedDetails(long Duplicate, long NotFound, long NoAddress, long Suppressed, long Inactive, long Forbidden);

/// <summary>Makes contacts recipients of a campaign, all of them or none.</summary>
internal static class Audience
{
    /// <summary>Ids that one request may name.</summary>
    public const int MostNamed = 10_000;

    /// <summary>Contacts of a segment in one statement: a million in one would take longer than a statement may.</summary>
    private const int ChunkSize = 100_000;

    private sealed record Counts(long Given, long Eligible, long Added, long NotFound, long NoAddress, long Inactive, long Forbidden, Guid? Last)
    {
        public static readonly Counts None = new(0, 0, 0, 0, 0, 0, 0, Guid.Empty);

        public Counts Plus(Counts next) => new(
            Given + next.Given, Eligible + next.Eligible, Added + next.Added, NotFound + next.NotFound, NoAddress + next.NoAddress,
            Inactive + next.Inactive, Forbidden + next.Forbidden, next.Last);
    }

    // An id of a contact that was merged away means the one that stays.
    private const string NamedSql = $"""
        with judged as materialized (
            select c.id,
                   case
                       when c.id is null then 'not_found'
                       when @OwnerId::uuid is not null and c.owner_id is distinct from @OwnerId then 'forbidden'
                       else {Consent.RefusalSql}
                   end as refusal
            from unnest(@Ids) g (id)
            left join contacts m on m.organization_id = @OrganizationId and m.id = g.id
            left join contacts c on c.organization_id = @OrganizationId and c.id = coalesce(m.merged_into, m.id)
            {Consent.Join}),
        {InsertSql}
        """;

    // A segment of 100,000 among a million contacts costs a third more than the bare insert, whose foreign keys are most of it (7.7 s against 5.7 on a busy
    // machine). In the order of the contacts, of which each row locks its own: two campaigns filled at once wait for one another instead of deadlocking.
    private const string InsertSql = """
        added as (
            insert into deliveries (organization_id, id, channel, contact_id, campaign_id, created_at)
            select @OrganizationId, uuidv7(), @Channel, j.id, @CampaignId, @Now
            from (select distinct id from judged where refusal is null order by id) j
            on conflict (organization_id, contact_id, campaign_id) do nothing
            returning 1)
        select count(*) as given, count(*) filter (where refusal is null) as eligible, (select count(*) from added) as added,
               count(*) filter (where refusal = 'not_found') as not_found, count(*) filter (where refusal = 'no_address') as no_address,
               count(*) filter (where refusal = 'inactive') as inactive, count(*) filter (where refusal = 'forbidden') as forbidden,
               (select id from judged order by id desc nulls last limit 1) as last
        from judged
        """;

    private const string TotalSql = """
        select coalesce(sum(recipients), 0)::bigint
        from campaign_totals
        where organization_id = @OrganizationId
          and campaign_id = @CampaignId
        """;

    /// <summary>Those who may be written to among the contacts of these ids.</summary>
    public static async Task<Admission> Add(DbTransaction tx, CampaignRow campaign, Guid[] ids) =>
        Told(
            (await tx.Find<Counts>(NamedSql, new { Ids = ids, Channel = campaign.Type, CampaignId = campaign.Id, tx.Now }))!,
            await Total(tx, campaign.Id));

    /// <summary>Those who may be written to among the contacts that a filter finds, within the transaction's scope.</summary>
    public static async Task<Admission> Add(DbTransaction tx, CampaignRow campaign, ContactFilter segment)
    {
        var (where, criteria) = segment.In(tx.Scope);
        var sql = $"""
            with judged as materialized (
                select c.id, {Consent.RefusalSql} as refusal
                from {ListContacts.Searched} c
                {Consent.Join}
                {where}
                  and c.id > @Last
                order by c.id
                limit @ChunkSize),
            {InsertSql}
            """;
        var args = new DynamicParameters(criteria);
        args.Add("Channel", campaign.Type);
        args.Add("CampaignId", campaign.Id);
        args.Add("Now", tx.Now);
        args.Add("ChunkSize", ChunkSize);
        var (owned, counts, chunk) = (tx.OwnedBy(segment.OwnerId), Counts.None, Counts.None);
        do
        {
            args.Add("Last", counts.Last);
            chunk = (await owned.Find<Counts>(sql, args))!;
            counts = counts.Plus(chunk);
        }
        while (chunk.Given == ChunkSize);
        return Told(counts, await Total(tx, campaign.Id));
    }

    /// <summary>The refusal of a segment that names another owner than those the caller may see; null when it may stay.</summary>
    public static Error? Fault(Scope scope, ContactFilter? segment) =>
        segment?.OwnerId is { } owner && scope.OwnerId is { } own && owner != own
            ? Errors.Forbidden with { Message = "Staff write to their own contacts only." }
            : null;

    public static Task<long> Total(DbTransaction tx, Guid campaignId) => tx.Find<long>(TotalSql, new { CampaignId = campaignId });

    private static Admission Told(Counts counts, long total) => new(counts.Added, counts.Given - counts.Added, total, new(
        counts.Eligible - counts.Added, counts.NotFound, counts.NoAddress,
        counts.Given - counts.Eligible - counts.NotFound - counts.NoAddress - counts.Inactive - counts.Forbidden, counts.Inactive, counts.Forbidden));
}
