using System.Text.Json;
using Azure.Storage.Queues;
using Crm.Shared.Database;
using Crm.Shared.Integrations.AzureQueues;

namespace Crm.Functions.Settings.Team;

/// <summary>Hands the next records of a member over, in one transaction, and asks for the rest with its next message.</summary>
public static class HandOverRecords
{
    public sealed record Message(Guid OrganizationId, Guid HandOverId);

    [Function("HandOverRecords")]
    public static async Task Handle([QueueTrigger(Queues.HandOverRecords)] Message? message, Db db, ILoggerFactory logs, CancellationToken ct)
    {
        if (Queues.IsBlank(logs.CreateLogger(nameof(HandOverRecords)), Queues.HandOverRecords, message?.OrganizationId, message?.HandOverId))
            return;
        await db.Transaction(new Scope(message!.OrganizationId), async tx =>
        {
            var (_, isDone) = await HandOverBatch.Run(tx, message.HandOverId);
            if (!isDone)
                await tx.Send(Queues.HandOverRecords, message);
            return isDone;
        }, ct);
    }
}

/// <summary>Takes up hand-overs that came to a halt: their message was set aside after too many failures.</summary>
public static class SweepHandOvers
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    // Marked as it is taken: what is queued now is not queued again until it has had its time.
    private const string HaltedSql = """
        update hand_overs
        set updated_at = @Now
        where (organization_id, id) in (
            select organization_id, id
            from hand_overs
            where status = 'running' and updated_at < @Old
            order by updated_at
            limit 100
            for update skip locked)
        returning organization_id, id as hand_over_id
        """;

    [Function("SweepHandOvers")]
    public static async Task Handle(
        [TimerTrigger(Schedules.EveryFiveMinutes)] TimerInfo timer, Db db, QueueServiceClient queues, CancellationToken ct)
    {
        foreach (var halted in await db.List<HandOverRecords.Message>(Scope.Global, HaltedSql, new { db.Now, Old = db.Now - Patience }, ct))
            await queues.Send(Queues.HandOverRecords, JsonSerializer.Serialize(halted, JsonSerializerOptions.Web), ct);
    }
}
