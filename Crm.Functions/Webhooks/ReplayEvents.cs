using Crm.Functions.Audit;
using Crm.Functions.Auth;
using Crm.Functions.Inbox.Inbound;
using Crm.Shared.Database;

namespace Crm.Functions.Webhooks;

public static class ReplayEvents
{
    private const int MostIds = 1000;

    /// <summary>Of one request; ask again for the rest.</summary>
    private const int MostAtOnce = 10_000;

    /// <param name="Ids">Which ones, 1,000 at most; all parked ones (the 10,000 that have waited longest) when absent.</param>
    [ValidatableType]
    public sealed record Request([Few(MostIds)] Guid[]? Ids)
    {
        public static Request Example => new([Demo.ParkedEvent(2)]);
    }

    /// <param name="Replayed">How many events are tried again.</param>
    public sealed record Response(int Replayed);

    private const string LockSql = """
        select id
        from provider_events
        where organization_id = @OrganizationId
          and status = 'parked'
          and (@Ids::uuid[] is null or id = any(@Ids))
        order by received_at, id
        limit @MostAtOnce
        for no key update
        """;

    private const string ReplaySql = """
        update provider_events
        set status = 'received', error = null
        where organization_id = @OrganizationId
          and id = any(@Ids)
        returning id, provider
        """;

    private sealed record Row(Guid Id, string Provider);

    /// <summary>Tries parked events again: those named, or all there are.</summary>
    /// <remarks>404 when one of those named is not parked here. What cannot be processed still is parked again.</remarks>
    [Function("ReplayEvents"), Tags("Webhooks"), Allow(Permission.ReplayEvents)]
    public static Task<Reply<Response>> Handle(
        [HttpTrigger(Anonymous, "post", Route = "webhooks/events/replay")] Request request, Caller caller, Db db, CancellationToken ct) =>
        Replay(db, caller, request.Ids, ct);

    /// <summary>Tries a parked event again.</summary>
    [Function("ReplayEvent"), Tags("Webhooks"), Allow(Permission.ReplayEvents)]
    public static Task<Reply<Response>> One(
        [HttpTrigger(Anonymous, "post", Route = "webhooks/events/{id:guid}/replay")] HttpRequest http, Guid id, Caller caller, Db db, CancellationToken ct) =>
        Replay(db, caller, [id], ct);

    private static Task<Reply<Response>> Replay(Db db, Caller caller, Guid[]? ids, CancellationToken ct) =>
        db.Transaction<Reply<Response>>(caller.Organization, async tx =>
        {
            var asked = ids?.Distinct().ToArray();
            var parked = await tx.List<Guid>(LockSql, new { Ids = asked, MostAtOnce });
            if (asked is not null && parked.Count < asked.Length)
                return Errors.EventNotFound;
            var rows = await tx.List<Row>(ReplaySql, new { Ids = parked.ToArray() });
            var byQueue = rows.ToLookup(row => ProviderEventStore.QueueOf(row.Provider), row => row.Id);
            await tx.SendAll(
                Queues.InboundMessages, byQueue[Queues.InboundMessages].Select(id => (caller.OrganizationId, new ReceiveMessage.Message(id))));
            await tx.SendAll(
                Queues.PaymentEvents, byQueue[Queues.PaymentEvents].Select(id => (caller.OrganizationId, new ProcessPaymentEvents.Message(id))));
            await tx.SendAll(
                Queues.ProviderEvents,
                byQueue[Queues.ProviderEvents].Chunk(ProviderEventStore.MostIds)
                    .Select(chunk => (caller.OrganizationId, new ProcessProviderEvents.Message(chunk))));
            await tx.Audit(caller.UserId, "events.replayed", "event", asked is [var only] ? only : null, new { count = rows.Count });
            return new Response(rows.Count);
        }, ct);
}
