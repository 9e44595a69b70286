using System.Text.Json;
using Azure.Storage.Queues;
using Crm.Shared.Database;
using Crm.Shared.Integrations.AzureQueues;

namespace Crm.Functions.Contacts.Imports;

/// <summary>Takes up imports that came to a halt: their message was set aside after too many failures.</summary>
public static class SweepImports
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private sealed record Row(Guid OrganizationId, Guid Id, string Status);

    private const string HaltedSql = """
        select organization_id, id, status
        from imports
        where status in ('queued', 'running', 'undoing')
          and updated_at < @Old
        order by updated_at, id
        limit 100
        """;

    [Function("SweepImports")]
    public static async Task Handle(
        [TimerTrigger(Schedules.EveryFiveMinutes)] TimerInfo timer, Db db, QueueServiceClient queues, CancellationToken ct)
    {
        foreach (var halted in await db.List<Row>(Scope.Global, HaltedSql, new { Old = db.Now - Patience }, ct))
        {
            var queue = halted.Status == "undoing" ? Queues.UndoImport : Queues.ImportContacts;
            await queues.Send(queue, JsonSerializer.Serialize(new ImportBatch.Message(halted.OrganizationId, halted.Id), JsonSerializerOptions.Web), ct);
        }
    }
}
