using Azure.Storage.Queues;
using Crm.Shared.Database;
using Crm.Shared.Integrations.AzureQueues;

namespace Crm.Functions.Webhooks;

/// <summary>Queues the events whose message was lost, or whose processing did not end.</summary>
public static class SweepProviderEvents
{
    /// <summary>A fresh event is left to its own message.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <summary>Where the queue has as many messages it is at work: what waits longest is most likely in one of them.</summary>
    private const int Busy = 20;

    private const int MostAtOnce = 10_000;

    // Whose word was heeded already waits for the inbox alone.
    private const string LeftSql = """
        select id, case when provider = 'twilio-sms' and processed_at is not null then 'sendgrid-inbound' else provider end as provider
        from provider_events
        where status = 'received'
          and received_at <= @Old
        order by received_at, id
        limit @MostAtOnce
        """;

    private sealed record Left(Guid Id, string Provider);

    public static async Task Handle(Db db, QueueServiceClient queues, CancellationToken ct)
    {
        var left = await db.List<Left>(Scope.Global, LeftSql, new { Old = db.Now - Patience, MostAtOnce }, ct);
        foreach (var queue in left.GroupBy(one => ProviderEventStore.QueueOf(one.Provider)))
        {
            if (await queues.Depth(queue.Key, ct) < Busy)
                await ProviderEventStore.Queue(queues, queue.First().Provider, queue.Select(one => one.Id), ct);
        }
    }
}
