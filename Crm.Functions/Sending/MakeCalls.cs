using Crm.Shared.Database;
using Crm.Shared.Integrations;

namespace Crm.Functions.Sending;

/// <summary>
/// Makes the calls of a claim, one after the other, and settles each. A call that the vendor refuses because of one recipient is made again without them; when
/// it does not say because of whom, in halves.
/// </summary>
internal sealed class MakeCalls(Db db, VendorClients vendors, Scope scope, Guid? campaignId, int? run)
{
    /// <summary>When so many are refused in a row, and no recipient is the reason, all will be.</summary>
    public const int MostRefusals = 3;

    private static readonly TimeSpan Hold = TimeSpan.FromSeconds(30);

    // Nobody of the campaign calls a vendor that is down.
    private const string HoldSql = """
        update campaigns
        set next_claim_at = greatest(next_claim_at, @NotBefore)
        where organization_id = @OrganizationId
          and id = @CampaignId
        """;

    private readonly Stack<OutgoingCall> _open = new();

    public async Task<CallTally> Run(IEnumerable<OutgoingCall> calls, DateTimeOffset claimedAt, CancellationToken ct)
    {
        var (tally, isFirst) = (new CallTally(), true);
        foreach (var call in calls.Reverse())
            _open.Push(call);
        while (_open.TryPop(out var call))
        {
            if (ct.IsCancellationRequested || tally.NotBefore is not null || tally.RefusedInARow >= MostRefusals
                || db.Now > claimedAt + CallLedger.Lease - CallLedger.LongestCall)
                await Release(call, tally, new(CallResult.Unavailable, Error: "The call was not made."), wasTried: false);
            else if (isFirst || await In(tx => CallLedger.Begin(tx, call)))
                // A call that has begun is not cut off: whether it arrived would be unknown.
                await Settle(call, await call.Make(vendors, CancellationToken.None), tally);
            isFirst = false;
        }

        return tally;
    }

    private Task Settle(OutgoingCall call, CallOutcome outcome, CallTally tally)
    {
        tally.LastError = outcome.Error ?? tally.LastError;
        return outcome.Result switch
        {
            CallResult.Accepted => Accept(call, outcome, tally),
            CallResult.Refused when call.Recipients.Count == 1 => Refuse(call, outcome, tally),
            CallResult.Refused => Divide(call, outcome, tally),
            CallResult.Throttled or CallResult.Unavailable => Release(call, tally, outcome, wasTried: true),
            CallResult.Unknown => Doubt(call, outcome, tally),
            _ => throw new InvalidOperationException($"{outcome.Result}"),
        };
    }

    private async Task Accept(OutgoingCall call, CallOutcome outcome, CallTally tally)
    {
        await In(tx => CallLedger.Accept(tx, call, outcome.ProviderId));
        tally.RefusedInARow = 0;
    }

    // A vendor that does not answer is not called by the next claim either: all of them would be in doubt.
    private async Task Doubt(OutgoingCall call, CallOutcome outcome, CallTally tally)
    {
        tally.NotBefore = db.Now + Hold;
        await In(async tx =>
        {
            if (campaignId is not null)
                await tx.Execute(HoldSql, new { CampaignId = campaignId, tally.NotBefore });
            return await CallLedger.Settle(tx, call, "uncertain", outcome.Error);
        });
    }

    private async Task Refuse(OutgoingCall call, CallOutcome outcome, CallTally tally)
    {
        var failed = outcome.Suppression is null ? 1 : 0;
        await In(async tx =>
        {
            if (!await CallLedger.Settle(tx, call, "refused", outcome.Error, failed: failed)
                || await CallLedger.Fail(tx, call, call.Deliveries, outcome.Error, outcome.Suppression) == 0)
                return 0;
            // The vendor knows of a STOP that we do not.
            return outcome.Suppression is { } reason
                ? await SuppressedAddresses.Add(tx, [new(call.Channel, call.Recipients[0].Address, reason, call.Recipients[0].DeliveryId)])
                : 0;
        });
        tally.Failed += failed;
        tally.RefusedInARow = outcome.Recipient is null ? tally.RefusedInARow + 1 : 0;
    }

    private async Task Divide(OutgoingCall call, CallOutcome outcome, CallTally tally)
    {
        var all = Enumerable.Range(0, call.Recipients.Count).ToArray();
        var failed = outcome.Recipient is { } named && named < all.Length ? named : (int?)null;
        int[][] parts = failed is null ? [all[..(all.Length / 2)], all[(all.Length / 2)..]] : [[.. all.Where(recipient => recipient != failed)]];
        var calls = parts.Select(part => call.For(Guid.CreateVersion7(db.Now), part)).ToArray();
        var isOurs = await In(async tx =>
        {
            if (!await CallLedger.Settle(tx, call, "refused", outcome.Error, failed: failed is null ? 0 : 1))
                return false;
            if (failed is { } recipient)
                await CallLedger.Fail(tx, call, [call.Recipients[recipient].DeliveryId], outcome.Error, null);
            await CallLedger.Claim(tx, campaignId, run, calls);
            return true;
        });
        if (!isOurs)
            return;
        tally.Failed += failed is null ? 0 : 1;
        foreach (var part in calls.Reverse())
            _open.Push(part);
    }

    private async Task Release(OutgoingCall call, CallTally tally, CallOutcome outcome, bool wasTried)
    {
        if (wasTried)
            tally.NotBefore = db.Now + Backoff.Wait(call.Recipients.Max(recipient => recipient.Attempts), outcome.RetryAfter);
        tally.Failed += await In(async tx =>
        {
            if (wasTried && campaignId is not null)
                await tx.Execute(HoldSql, new { CampaignId = campaignId, NotBefore = tx.Now + (outcome.RetryAfter ?? Hold) });
            return await CallLedger.Settle(tx, call, "released", outcome.Error)
                ? await CallLedger.Release(tx, call, outcome.Error, tally.NotBefore, wasTried)
                : 0;
        });
    }

    // What became of a call is written down even when the process is being stopped.
    private Task<T> In<T>(Func<DbTransaction, Task<T>> work) => db.Transaction(scope, work, CancellationToken.None);
}
