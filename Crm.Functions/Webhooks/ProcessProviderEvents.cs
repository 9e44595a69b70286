using System.Text.Json;
using Crm.Functions.Sending;
using Crm.Shared.Database;
using Npgsql;

namespace Crm.Functions.Webhooks;

/// <summary>
/// Finds out what stored events mean, and does it: one transaction an organisation, with the mark that they are done with. What cannot be understood, or
/// belongs to nothing, is parked for somebody to look at.
/// </summary>
public static class ProcessProviderEvents
{
    private const int LongestFault = 500;

    public sealed record Message(Guid[]? EventIds);

    private const string FindSql = """
        select id, provider, organization_id, body, received_at, processed_at is not null as is_handled
        from provider_events
        where id = any(@EventIds)
          and status = 'received'
        order by received_at, id
        """;

    private const string MarkSql = """
        update provider_events p
        set status = m.status, error = m.error, processed_at = case when m.status = 'processed' then @Now else p.processed_at end
        from unnest(@Ids, @Statuses, @Faults) as m (id, status, error)
        where p.id = m.id
          and p.status = 'received'
        """;

    // By an index of its own (emails_id): the primary key begins with the organisation, which such an event does not name.
    private const string EmailFaultsSql = """
        update emails e
        set error = f.error
        from unnest(@Emails, @Faults) as f (id, error)
        where e.id = f.id
        """;

    [Function("ProcessProviderEvents")]
    public static async Task Handle(
        [QueueTrigger(Queues.ProviderEvents)] Message? message, Db db, ILoggerFactory logs, CancellationToken ct)
    {
        var logger = logs.CreateLogger(Queues.ProviderEvents);
        if (message?.EventIds is not { Length: > 0 } ids)
        {
            Queues.IsBlank(logger, Queues.ProviderEvents, (Guid?)null);
            return;
        }

        var read = (await db.List<StoredEvent>(Scope.Global, FindSql, new { EventIds = ids }, ct)).ToLookup(stored => stored.Provider == Providers.InboundSms);
        foreach (var sms in read[true])
            await Process(db, logger, sms, ct);
        var verdicts = read[false].Select(stored => (Event: stored, Verdict: Read(stored))).ToArray();
        foreach (var organization in verdicts.Where(one => one.Verdict.Delivery is not null).GroupBy(one => one.Event.OrganizationId!.Value))
            await Apply(db, logger, organization.Key, [.. organization], ct);
        await Settle(db, [.. verdicts.Where(one => one.Verdict.Delivery is null)], ct);
    }

    private static async Task Process(Db db, ILogger logger, StoredEvent sms, CancellationToken ct)
    {
        try
        {
            await InboundSms.Process(db, sms, ct);
        }
        catch (Exception exception) when (exception is not OperationCanceledException and not NpgsqlException { IsTransient: true })
        {
            logger.LogError(exception, "Could not process the SMS {EventId}", sms.Id);
            await Settle(db, [(sms, Verdict.Park(Cut(exception.Message)))], ct);
        }
    }

    private static Verdict Read(StoredEvent stored)
    {
        try
        {
            var verdict = stored.Provider == Providers.SmsStatus ? SmsStatus.Read(stored) : MailEvent.Read(stored);
            return verdict.Delivery is not null && stored.OrganizationId is null ? Verdict.Park("It names no organisation of ours.") : verdict;
        }
        catch (JsonException exception)
        {
            return Verdict.Park(Cut(exception.Message));
        }
    }

    // One that cannot be applied must not keep back those that came with it.
    private static async Task Apply(
        Db db, ILogger logger, Guid organizationId, IReadOnlyList<(StoredEvent Event, Verdict Verdict)> events, CancellationToken ct)
    {
        try
        {
            await db.Transaction(new Scope(organizationId), tx => Apply(tx, events), ct);
        }
        catch (Exception exception) when (exception is not OperationCanceledException and not NpgsqlException { IsTransient: true })
        {
            logger.LogError(exception, "Could not apply {Count} event(s) of organisation {OrganizationId}", events.Count, organizationId);
            if (events is [var only])
                await Settle(db, [(only.Event, Verdict.Park(Cut(exception.Message)))], ct);
            else
                foreach (var one in events)
                    await Apply(db, logger, organizationId, [one], ct);
        }
    }

    private static async Task<bool> Apply(DbTransaction tx, IReadOnlyList<(StoredEvent Event, Verdict Verdict)> events)
    {
        var unknown = await DeliveryEvents.Apply(tx, [.. events.Select(one => one.Verdict.Delivery!)]);
        var missing = Verdict.Park("There is no such message.");
        await tx.Execute(MarkSql, Marks(
            [.. events.Select(one => unknown.Contains(one.Verdict.Delivery!.DeliveryId) ? (one.Event, missing) : one)], tx.Now));
        return true;
    }

    private static async Task Settle(Db db, IReadOnlyList<(StoredEvent Event, Verdict Verdict)> events, CancellationToken ct)
    {
        if (events.Count == 0)
            return;
        var mails = events.Where(one => one.Verdict.EmailId is not null).DistinctBy(one => one.Verdict.EmailId).ToArray();
        if (mails.Length > 0)
            await db.Execute(Scope.Global, EmailFaultsSql, new
            {
                Emails = mails.Select(one => one.Verdict.EmailId!.Value).ToArray(),
                Faults = mails.Select(one => one.Verdict.Error).ToArray(),
            }, ct);
        await db.Execute(Scope.Global, MarkSql, Marks(events, db.Now), ct);
    }

    private static object Marks(IReadOnlyList<(StoredEvent Event, Verdict Verdict)> events, DateTimeOffset now) => new
    {
        Ids = events.Select(one => one.Event.Id).ToArray(),
        Statuses = events.Select(one => one.Verdict.IsParked ? "parked" : "processed").ToArray(),
        Faults = events.Select(one => one.Verdict.IsParked ? one.Verdict.Error : null).ToArray(),
        Now = now,
    };

    private static string Cut(string text) => text.Length > LongestFault ? text[..LongestFault] : text;
}
