using System.Text.Json;
using Azure.Storage.Queues;
using Crm.Shared.Database;
using Crm.Shared.Integrations.AzureQueues;

namespace Crm.Functions.Contacts.Imports;

/// <summary>Takes up imports that came to a halt: their message was lost, or set aside after too many failures.</summary>
public static class SweepImports
{
    /// <summary>Longer than a batch can take, and between two messages of an import whose first one still waits.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private sealed record Row(Guid OrganizationId, Guid Id, string Status);

    // Taken before anything is sent: not again before the patience has run out once more, and no queue is called with rows locked.
    private const string TakeSql = $"""
        update imports
        set {ImportAttempts.Count}
        where (organization_id, id) in (
            select organization_id, id
            from imports
            where status in ('queued', 'running', 'undoing')
              and updated_at < @Old
            order by updated_at, id
            limit 100
            for update skip locked)
        returning organization_id, id, status
        """;

    public static async Task Handle(Db db, QueueServiceClient queues, CancellationToken ct)
    {
        var halted = await db.List<Row>(Scope.Global, TakeSql, new { Old = db.Now - Patience, HasFailed = false, ImportAttempts.Most, db.Now }, ct);
        foreach (var import in halted.Where(import => import.Status != "failed"))
        {
            var queue = import.Status == "undoing" ? Queues.UndoImport : Queues.ImportContacts;
            await queues.Send(queue, JsonSerializer.Serialize(new ImportBatch.Message(import.OrganizationId, import.Id), JsonSerializerOptions.Web), ct);
        }
    }
}
