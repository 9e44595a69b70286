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

    /// <summary>What was queued is not queued again for this long, however long the queue is; a message that is lost costs its mail as much.</summary>
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(10);
    private const int MostAtOnce = 1000;

    // The lease ends when the mail is claimed.
    private const string TakeSql = """
        update emails
        set queued_until = @LeaseEnd
        where (organization_id, id) in (
            select organization_id, id
            from emails
            where status in ('pending', 'sending')
              and due_at <= @Due
              and (queued_until is null or queued_until <= @Now)
            order by due_at, id
            limit @MostAtOnce
            for update skip locked)
        returning organization_id, id as email_id
        """;

    private const string ReleaseSql = """
        update emails e
        set queued_until = null
        from unnest(@Organizations, @Ids) as taken (organization_id, id)
        where e.organization_id = taken.organization_id
          and e.id = taken.id
        """;

    public static async Task Handle(Db db, QueueServiceClient queues, CancellationToken ct)
    {
        var due = await db.List<SendEmail.Message>(Scope.Global, TakeSql, new { LeaseEnd = db.Now + Lease, Due = db.Now - Patience, db.Now, MostAtOnce }, ct);
        var queued = 0;
        try
        {
            for (; queued < due.Count; queued++)
                await queues.Send(Queues.SendEmail, JsonSerializer.Serialize(due[queued], JsonSerializerOptions.Web), ct);
        }
        finally
        {
            if (queued < due.Count)
            {
                var left = due.Skip(queued).ToList();
                var args = new { Organizations = left.Select(mail => mail.OrganizationId).ToArray(), Ids = left.Select(mail => mail.EmailId).ToArray() };
                await db.Execute(Scope.Global, ReleaseSql, args, CancellationToken.None);
            }
        }
    }
}
