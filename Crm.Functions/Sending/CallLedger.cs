using Crm.Shared;
using Crm.Shared.Database;

namespace Crm.Functions.Sending;

/// <summary>
/// What is known of calls to vendors. A claim is committed before its call is made, and settled by the answer; one whose answer did not come is settled by the
/// vendor's events (<see cref="SettleCalls"/>). Calls are locked before their deliveries.
/// </summary>
public static class CallLedger
{
    /// <summary>How long a claim may take to be called and settled. None of its calls begins in its last half minute.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromMinutes(2);

    /// <summary>Longer than one call can take.</summary>
    public static readonly TimeSpan LongestCall = TimeSpan.FromSeconds(30);

    /// <summary>What did not go out is tried as often, for about eight hours.</summary>
    public const int MostAttempts = 24;

    // The deliveries are locked already. The first call is made right away.
    private const string ClaimSql = """
        with calls as (
            insert into provider_calls (organization_id, id, campaign_id, run, channel, recipients, claimed_at, called_at)
            select @OrganizationId, id, @CampaignId, @Run, @Channel, recipients, @Now, case number when 1 then @Now end
            from unnest(@CallIds, @Sizes) with ordinality as c (id, recipients, number))
        update deliveries d
        set call_id = m.call_id, address = m.address
        from unnest(@Ids, @Calls, @Addresses) as m (id, call_id, address)
        where d.organization_id = @OrganizationId
          and d.id = m.id
        """;

    private const string BeginSql = """
        update provider_calls
        set called_at = @Now
        where organization_id = @OrganizationId
          and id = @CallId
          and state = 'claimed'
        """;

    private const string SkipSql = """
        update deliveries d
        set state = case when m.reason is null then 'failed' else 'suppressed' end, address = m.address, skip_reason = m.reason, error = m.error,
            failed_at = case when m.reason is null then @Now end
        from unnest(@Ids, @Addresses, @Reasons, @Errors) as m (id, address, reason, error)
        where d.organization_id = @OrganizationId
          and d.id = m.id
        """;

    /// <summary>Why a delivery does not go out: it must not (<paramref name="Reason"/>, as suppressions call it), or it cannot.</summary>
    public sealed record Skipped(Guid Id, string? Address, string? Reason, string? Error);

    private const string SettleSql = """
        update provider_calls
        set state = @State, settled_at = @Now, provider_id = coalesce(@ProviderId, provider_id), error = @Error, failed = @Failed
        where organization_id = @OrganizationId
          and id = @CallId
          and state in ('claimed', 'uncertain')
        """;

    // Also what was released before its late answer, and was not claimed again.
    private const string SentSql = """
        update deliveries
        set state = 'sent', sent_at = coalesce(sent_at, @Now), provider_id = coalesce(provider_id, @ProviderId), call_id = @CallId, error = null
        where organization_id = @OrganizationId
          and id = any(@Ids)
          and state = 'pending'
          and (call_id = @CallId or call_id is null)
        """;

    private const string FailedSql = """
        update deliveries
        set state = case when @SkipReason is null then 'failed' else 'suppressed' end, skip_reason = @SkipReason,
            error = case when @SkipReason is null then @Error end, failed_at = case when @SkipReason is null then @Now end
        where organization_id = @OrganizationId
          and id = any(@Ids)
          and state = 'pending'
          and call_id = @CallId
        """;

    private const string ReleasedSql = """
        update deliveries
        set state = case when attempts + @Tries >= @MostAttempts then 'failed' else 'pending' end,
            failed_at = case when attempts + @Tries >= @MostAttempts then @Now end,
            error = case when attempts + @Tries >= @MostAttempts then @Error end,
            call_id = case when attempts + @Tries >= @MostAttempts then call_id end,
            attempts = attempts + @Tries, not_before = @NotBefore, queued_until = null
        where organization_id = @OrganizationId
          and id = any(@Ids)
          and state = 'pending'
          and call_id = @CallId
        returning state
        """;

    /// <summary>Claims the recipients of calls, whose deliveries the transaction has locked.</summary>
    public static async Task Claim(DbTransaction tx, Guid? campaignId, int? run, IReadOnlyList<OutgoingCall> calls)
    {
        if (calls.Count == 0)
            return;
        var recipients = calls.SelectMany(call => call.Recipients.Select(recipient => (recipient.DeliveryId, CallId: call.Id, recipient.Address))).ToArray();
        await tx.Execute(ClaimSql, new
        {
            CampaignId = campaignId,
            Run = run,
            calls[0].Channel,
            CallIds = calls.Select(call => call.Id).ToArray(),
            Sizes = calls.Select(call => call.Recipients.Count).ToArray(),
            Ids = recipients.Select(recipient => recipient.DeliveryId).ToArray(),
            Calls = recipients.Select(recipient => recipient.CallId).ToArray(),
            Addresses = recipients.Select(recipient => recipient.Address).ToArray(),
            tx.Now,
        });
        Count("claimed", calls.Count);
    }

    /// <summary>Whether a call is still to be made: if so it is about to be, and from now on its outcome may be in doubt.</summary>
    public static async Task<bool> Begin(DbTransaction tx, OutgoingCall call) => await tx.Execute(BeginSql, new { CallId = call.Id, tx.Now }) == 1;

    /// <summary>Deliveries that will not go out, and why; they are locked already.</summary>
    public static async Task Skip(DbTransaction tx, IReadOnlyCollection<Skipped> skipped)
    {
        if (skipped.Count == 0)
            return;
        await tx.Execute(SkipSql, new
        {
            Ids = skipped.Select(delivery => delivery.Id).ToArray(),
            Addresses = skipped.Select(delivery => delivery.Address).ToArray(),
            Reasons = skipped.Select(delivery => delivery.Reason).ToArray(),
            Errors = skipped.Select(delivery => delivery.Error).ToArray(),
            tx.Now,
        });
    }

    /// <summary>The vendor took it. Returns how many were not known to be sent.</summary>
    public static async Task<int> Accept(DbTransaction tx, OutgoingCall call, string? providerId)
    {
        await Settle(tx, call, "accepted", null, providerId);
        var sent = await tx.Execute(SentSql, new { CallId = call.Id, Ids = call.Deliveries, ProviderId = providerId, tx.Now });
        await CampaignEntries.Write(tx, call.Deliveries);
        return sent;
    }

    /// <summary>Whether the call is still nobody else's to settle: it becomes <paramref name="state"/>.</summary>
    public static async Task<bool> Settle(DbTransaction tx, OutgoingCall call, string state, string? error, string? providerId = null, int failed = 0)
    {
        var settled = await tx.Execute(SettleSql, new { CallId = call.Id, State = state, Error = error, ProviderId = providerId, Failed = failed, tx.Now });
        Count(state, settled);
        return settled == 1;
    }

    /// <summary>The vendor will never take these; with a reason of suppressions where they are not to be written to.</summary>
    public static Task<int> Fail(DbTransaction tx, OutgoingCall call, Guid[] deliveries, string? error, string? skipReason) =>
        tx.Execute(FailedSql, new { CallId = call.Id, Ids = deliveries, Error = error, SkipReason = skipReason, tx.Now });

    /// <summary>Certainly nobody got it: to be sent again, unless it was tried too often. Returns how many have failed now.</summary>
    public static async Task<int> Release(DbTransaction tx, OutgoingCall call, string? error, DateTimeOffset? notBefore, bool wasTried)
    {
        var states = await tx.List<string>(ReleasedSql, new
        {
            CallId = call.Id,
            Ids = call.Deliveries,
            Error = error,
            NotBefore = notBefore,
            Tries = wasTried ? 1 : 0,
            MostAttempts,
            tx.Now,
        });
        return states.Count(state => state == "failed");
    }

    /// <summary>Tells of calls that came into a state. One whose transaction is rolled back afterwards was told of all the same.</summary>
    private static void Count(string state, int calls) => Telemetry.LedgerCalls.Add(calls, new KeyValuePair<string, object?>("crm.state", state));
}
