using Azure.Storage.Queues;
using Crm.Functions.Inbox.Inbound;
using Crm.Shared.Database;
using Crm.Shared.Integrations.AzureQueues;

namespace Crm.Functions.Webhooks;

/// <summary>What a vendor told: its own id of it, whose it says it is, and the words.</summary>
public sealed record NewEvent(string EventId, Guid? OrganizationId, string Body);

/// <summary>
/// Keeps what vendors tell, raw and once, and has it looked at afterwards: the vendor gets its answer at once. What cannot be queued is left to the sweep.
/// </summary>
public static class ProviderEventStore
{
    /// <summary>Ids in one message of the queue.</summary>
    public const int MostIds = 500;

    /// <summary>How long an answer may wait for the queue.</summary>
    private static readonly TimeSpan QueueTimeout = TimeSpan.FromSeconds(3);

    /// <summary>That a vendor was heard of is written down this often at most.</summary>
    private static readonly TimeSpan PulseInterval = TimeSpan.FromSeconds(5);

    // In one order: of two that bring the same events, none waits for the other in a circle.
    private const string InsertSql = """
        insert into provider_events (id, provider, event_id, organization_id, body, received_at)
        select e.id, @Provider, e.event_id, o.id, e.body, @Now
        from unnest(@Ids, @EventIds, @Organizations, @Bodies) as e (id, event_id, organization_id, body)
        left join organizations o on o.id = e.organization_id
        order by e.event_id
        on conflict (provider, event_id) do nothing
        returning id
        """;

    // Looked at first: the conflict alone would lock the row for everybody else.
    private const string PulseSql = """
        insert into provider_pulses (provider, heard_at)
        select @Provider, @Now
        where not exists (select from provider_pulses where provider = @Provider and heard_at > @Recent)
        on conflict (provider) do update
        set heard_at = greatest(provider_pulses.heard_at, excluded.heard_at)
        """;

    /// <summary>Stores events, and queues those that are new.</summary>
    /// <param name="db">The database.</param>
    /// <param name="queues">The queues.</param>
    /// <param name="logger">Told when the queue does not answer.</param>
    /// <param name="provider">What they are events of: by this such events are known to reach us.</param>
    /// <param name="events">What was told.</param>
    public static async Task Store(
        Db db, QueueServiceClient queues, ILogger logger, string provider, IReadOnlyCollection<NewEvent> events)
    {
        // The vendor may hang up; what it has told is kept all the same.
        var isNew = events.Count == 0 ? [] : await db.List<Guid>(Scope.Global, InsertSql, new
        {
            Ids = events.Select(_ => Guid.CreateVersion7(db.Now)).ToArray(),
            Provider = provider,
            EventIds = events.Select(one => one.EventId).ToArray(),
            Organizations = events.Select(one => one.OrganizationId).ToArray(),
            Bodies = events.Select(one => one.Body).ToArray(),
            db.Now,
        }, CancellationToken.None);
        await db.Execute(Scope.Global, PulseSql, new { Provider = provider, db.Now, Recent = db.Now - PulseInterval }, CancellationToken.None);
        try
        {
            using var timeout = new CancellationTokenSource(QueueTimeout);
            await Queue(queues, provider, isNew, timeout.Token);
        }
        catch (Exception exception)
        {
            logger.LogWarning(exception, "Left some of {Count} event(s) of {Provider} to the sweep", isNew.Count, provider);
        }
    }

    /// <summary>Has stored events looked at.</summary>
    public static async Task Queue(QueueServiceClient queues, string provider, IEnumerable<Guid> ids, CancellationToken ct)
    {
        var queue = QueueOf(provider);
        var messages = queue switch
        {
            Queues.InboundMessages => ids.Select(id => QueueText.Of(new ReceiveMessage.Message(id))),
            Queues.PaymentEvents => ids.Select(id => QueueText.Of(new ProcessPaymentEvents.Message(id))),
            _ => ids.Chunk(MostIds).Select(chunk => QueueText.Of(new ProcessProviderEvents.Message(chunk))),
        };
        foreach (var message in messages)
            await queues.Send(queue, message, ct);
    }

    /// <summary>Where the events of a provider are looked at.</summary>
    public static string QueueOf(string provider) => provider switch
    {
        Providers.InboundMail => Queues.InboundMessages,
        Providers.Payments => Queues.PaymentEvents,
        _ => Queues.ProviderEvents,
    };
}

/// <summary>What events are kept of, by the names in the database.</summary>
public static class Providers
{
    public const string Mail = "sendgrid";
    public const string InboundMail = "sendgrid-inbound";
    public const string SmsStatus = "twilio-status";
    public const string InboundSms = "twilio-sms";
    public const string Payments = "stripe";
}
