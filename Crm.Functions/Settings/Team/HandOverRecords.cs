using Crm.Shared.Database;

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
