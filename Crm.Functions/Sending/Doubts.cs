using Crm.Functions.Email;
using Crm.Shared.Database;

namespace Crm.Functions.Sending;

/// <summary>
/// Tells by mail whose messages are in doubt while nothing is heard of the vendor. Where nobody else sends anything the letter itself ends the silence: what is
/// heard of it shows that the line is up, and from then on silence about the others means something.
/// </summary>
internal static class Doubts
{
    private const int MostAtOnce = 1000;

    private sealed record Doubt(Guid OrganizationId, string Email, string FirstName, long Recipients, string? Campaign);

    private const string TellSql = """
        with told as (
            update provider_calls p
            set told_at = @Now
            from (
                select organization_id, id
                from provider_calls
                where state = 'uncertain'
                  and claimed_at <= @SilentSince
                  and heard_at is null
                  and told_at is null
                order by claimed_at, id
                limit @MostAtOnce
                for no key update skip locked) s
            where p.organization_id = s.organization_id and p.id = s.id
            returning p.organization_id, p.id, p.campaign_id, p.recipients)
        select t.organization_id, u.email, u.first_name, sum(t.recipients)::bigint as recipients, k.name as campaign
        from told t
        left join campaigns k on k.organization_id = t.organization_id and k.id = t.campaign_id
        left join lateral (
            select m.author_id
            from deliveries d
            join messages m on m.organization_id = d.organization_id and m.id = d.id
            where d.organization_id = t.organization_id and d.campaign_id is null and d.status = 'pending' and d.call_id = t.id
            limit 1) a on t.campaign_id is null
        join lateral (
            select u.id, u.email, u.first_name
            from users u
            where u.organization_id = t.organization_id and u.status = 'active' and (u.role = 'owner' or u.id = coalesce(k.creator_id, a.author_id))
            order by u.id is distinct from coalesce(k.creator_id, a.author_id), u.created_at, u.id
            limit 1) u on true
        group by t.organization_id, u.id, u.email, u.first_name, k.id, k.name
        """;

    public static Task Tell(Db db, DateTimeOffset silentSince, CancellationToken ct) => db.Transaction(Scope.Global, async tx =>
    {
        var doubts = await tx.List<Doubt>(TellSql, new { SilentSince = silentSince, MostAtOnce, tx.Now });
        if (doubts.Count > 0)
            await tx.SendEmails([.. doubts.Select(doubt =>
                (doubt.OrganizationId, doubt.Email, (Letter)new DoubtLetter(doubt.FirstName, doubt.Recipients, doubt.Campaign)))]);
        return doubts.Count;
    }, ct);
}
