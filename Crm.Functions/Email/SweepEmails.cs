using System.Text.Json;
using Azure.Storage.Queues;
using Crm.Shared.Database;
using Crm.Shared.Integrations.AzureQueues;

namespace Crm.Functions.Email;

/// <summary>Queues the mails that are due again: a try that failed, a claim that ran out, a message that was lost.</summary>
public static class SweepEmails
{
    /// <summary>A fresh mail is left to its own message for this long.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private const int MostAtOnce = 1000;

    private const string DueSql = """
        select organization_id, id as email_id
        from emails
        where status in ('pending', 'sending')
          and due_at <= @Due
        order by due_at, id
        limit @MostAtOnce
        """;

    [Function("SweepEmails")]
    public static async Task Handle(
        [TimerTrigger(Schedules.EveryMinute)] TimerInfo timer, Db db, QueueServiceClient queues, CancellationToken ct)
    {
        foreach (var due in await db.List<SendEmail.Message>(Scope.Global, DueSql, new { Due = db.Now - Patience, MostAtOnce }, ct))
            await queues.Send(Queues.SendEmail, JsonSerializer.Serialize(due, JsonSerializerOptions.Web), ct);
    }
}
