using Crm.Shared.Database;

namespace Crm.Functions.Sending;

/// <summary>
/// Applies what is told of messages. Events come late, twice and in any order: each time is set to the earliest told, a state only moves forward, and a
/// bounce or a refusal stays whatever else is told.
/// </summary>
public static class DeliveryEvents
{
    // What is told of one message of a call proves that the vendor took all of it: it is a call that may have been lost no more.
    private const string LockCallsSql = """
        select id, campaign_id, claimed_at
        from provider_calls
        where organization_id = @OrganizationId
          and state in ('claimed', 'uncertain', 'unconfirmed')
          and id in (
              select d.call_id
              from deliveries d
              join unnest(@Ids, @Calls) as told (id, call_id) on told.id = d.id
              where d.organization_id = @OrganizationId
                and (d.state = 'pending' or d.error = 'unconfirmed')
                and (told.call_id is null or told.call_id = d.call_id))
        order by id
        for no key update
        """;

    private const string AcceptCallsSql = """
        update provider_calls
        set state = 'accepted', settled_at = @Now, error = null
        where organization_id = @OrganizationId
          and id = any(@Calls)
        """;

    private const string MembersSql = """
        select id, call_id
        from deliveries
        where organization_id = @OrganizationId
          and campaign_id = any(@Campaigns)
          and status in ('pending', 'failed')
          and call_id = any(@Calls)
          and (state = 'pending' or error = 'unconfirmed')
        """;

    private const string LockSql = """
        select d.id, d.channel, d.state, coalesce(d.address, case d.channel when 'email' then c.email else c.phone end) as address
        from deliveries d
        join contacts c on c.organization_id = d.organization_id and c.id = d.contact_id
        where d.organization_id = @OrganizationId
          and d.id = any(@Ids)
        order by d.id
        for no key update of d
        """;

    private sealed record Call(Guid Id, Guid? CampaignId, DateTimeOffset ClaimedAt);

    private sealed record Member(Guid Id, Guid CallId);

    private sealed record Locked(Guid Id, string Channel, string State, string? Address);

    /// <summary>Applies events to the messages of an organisation, in a transaction of its own; returns the messages that do not exist.</summary>
    public static Task<IReadOnlySet<Guid>> Apply(Db db, Guid organizationId, IReadOnlyList<DeliveryEvent> events, CancellationToken ct) =>
        db.Transaction(new Scope(organizationId), tx => Apply(tx, events), ct);

    /// <summary>As above, in a transaction that has locked nothing that comes after calls and deliveries in the order of locks.</summary>
    public static async Task<IReadOnlySet<Guid>> Apply(DbTransaction tx, IReadOnlyList<DeliveryEvent> events)
    {
        var told = events.Select(one => one.DeliveryId).Distinct().ToDictionary(id => id, id => new DeliveryProgress(id));
        foreach (var one in events)
            told[one.DeliveryId].Add(one);
        var asked = told.Keys.ToArray();
        foreach (var (id, claimedAt) in await ProveCalls(tx, events))
        {
            if (!told.TryGetValue(id, out var member))
                told[id] = member = new DeliveryProgress(id);
            member.ProveSent(claimedAt);
        }

        var known = (await tx.List<Locked>(LockSql, new { Ids = told.Keys.ToArray() })).ToDictionary(row => row.Id);
        await DeliveryUpdate.Run(tx, [.. told.Values.Where(progress => known.ContainsKey(progress.Id))]);
        await SuppressedAddresses.Add(tx, [.. from one in events
                                       where one.Suppression is not null && known.ContainsKey(one.DeliveryId)
                                       let row = known[one.DeliveryId]
                                       where row.Address is not null
                                       select new SuppressedAddresses.Wish(row.Channel, row.Address!, one.Suppression!, one.DeliveryId)]);
        await CampaignEntries.Write(tx, [.. known.Values.Where(row => row.State != "sent" || told[row.Id].Failed is not null).Select(row => row.Id)]);
        return asked.Where(id => !known.ContainsKey(id)).ToHashSet();
    }

    /// <summary>The messages whose calls are proven by these, with the time of the call.</summary>
    private static async Task<List<(Guid Id, DateTimeOffset ClaimedAt)>> ProveCalls(DbTransaction tx, IReadOnlyList<DeliveryEvent> events)
    {
        var told = events.Select(one => (one.DeliveryId, one.CallId)).Distinct().ToArray();
        var calls = await tx.List<Call>(
            LockCallsSql, new { Ids = Array.ConvertAll(told, one => one.DeliveryId), Calls = Array.ConvertAll(told, one => one.CallId) });
        if (calls.Count == 0)
            return [];
        var callIds = calls.Select(call => call.Id).ToArray();
        await tx.Execute(AcceptCallsSql, new { Calls = callIds, tx.Now });
        var claimed = calls.ToDictionary(call => call.Id, call => call.ClaimedAt);
        var campaigns = calls.Select(call => call.CampaignId).OfType<Guid>().Distinct().ToArray();
        var members = campaigns.Length == 0 ? [] : await tx.List<Member>(MembersSql, new { Calls = callIds, Campaigns = campaigns });
        return members.ConvertAll(member => (member.Id, claimed[member.CallId]));
    }
}
