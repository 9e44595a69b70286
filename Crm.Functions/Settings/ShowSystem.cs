using System.Diagnostics;
using Azure;
using Azure.Storage.Queues;
using Crm.Functions.Auth;
using Crm.Functions.Contacts;
using Crm.Functions.Hosting;
using Crm.Functions.Tokens;
using Crm.Shared.Database;
using Crm.Shared.Integrations.AzureQueues;
using Crm.Shared.Integrations.S3;
using Crm.Shared.Integrations.SendGrid;
using Crm.Shared.Integrations.Stripe;
using Crm.Shared.Integrations.Twilio;
using Microsoft.Extensions.Options;

namespace Crm.Functions.Settings;

public static class ShowSystem
{
    /// <summary>The storage has this long to say how full its queues are.</summary>
    private static readonly TimeSpan QueuePatience = TimeSpan.FromSeconds(3);

    /// <param name="Version">The version of this build.</param>
    /// <param name="Commit">The commit it was built from; null when it was built outside version control.</param>
    /// <param name="Environment">Production, Development, …</param>
    /// <param name="UptimeSeconds">How long the instance that answers has been up; there may be several, or none between requests.</param>
    /// <param name="StartedAt">When that instance started.</param>
    /// <param name="DeployedAt">When the app's file was built or unpacked.</param>
    /// <param name="Stats">The organisation's records.</param>
    /// <param name="Features">What is set up.</param>
    /// <param name="Queues">What waits, and what failed for good.</param>
    public sealed record Response(
        string Version, string? Commit, string Environment, long UptimeSeconds, DateTimeOffset StartedAt,
        DateTimeOffset DeployedAt, Stats Stats, Features Features, QueueInfo Queues);

    /// <param name="Users">Members, without removed ones.</param>
    /// <param name="Contacts">Contacts, without deleted ones.</param>
    /// <param name="Deals">Deals, without deleted ones.</param>
    /// <param name="Tasks">Tasks, without deleted ones.</param>
    /// <param name="Products">Products, without deleted ones.</param>
    /// <param name="Invoices">Invoices, without deleted ones.</param>
    /// <param name="Campaigns">Campaigns, without deleted ones.</param>
    /// <param name="Messages">Messages to and from contacts, notes among colleagues included.</param>
    /// <param name="Estimated">Which of these are beyond 10,000 and therefore estimates.</param>
    public sealed record Stats(
        long Users, long Contacts, long Deals, long Tasks, long Products, long Invoices, long Campaigns, long Messages,
        IReadOnlyList<string> Estimated);

    /// <summary>What is set up. What this version does not have yet is false.</summary>
    /// <param name="Email">E-mail is sent.</param>
    /// <param name="Sms">Text messages are sent.</param>
    /// <param name="Stripe">Cards are charged.</param>
    /// <param name="Uploads">Files are kept.</param>
    /// <param name="Inbound">E-mail is received.</param>
    public sealed record Features(bool Email, bool Sms, bool Stripe, bool Uploads, bool Inbound);

    /// <param name="Depth">Messages that wait or are being handled, over all queues; approximate, null when the storage does not answer.</param>
    /// <param name="Dead">Messages that failed five times and were put aside, over all queues.</param>
    /// <param name="FailedEmails">The organisation's mails that a provider refused or that could not be sent for two days.</param>
    /// <param name="ByQueue">The same for each queue.</param>
    public sealed record QueueInfo(int? Depth, int? Dead, long FailedEmails, IReadOnlyList<QueueState> ByQueue);

    /// <param name="Name">The queue.</param>
    /// <param name="Depth">Messages that wait or are being handled; approximate, null when the storage does not answer.</param>
    /// <param name="Dead">Messages that failed five times and were put aside.</param>
    public sealed record QueueState(string Name, int? Depth, int? Dead);

    private const string SmallCountsSql = """
        select (select count(*) from users where organization_id = @OrganizationId and deleted_at is null) as users,
               (select count(*) from emails where organization_id = @OrganizationId and status = 'failed') as failed_emails
        """;

    private sealed record SmallCounts(long Users, long FailedEmails);

    private const string Alive = """
        where organization_id = @OrganizationId
          and deleted_at is null
        """;

    private static readonly DateTimeOffset Started = new(Process.GetCurrentProcess().StartTime.ToUniversalTime(), TimeSpan.Zero);

    /// <summary>The state of the system: version, uptime, sizes, features and queues.</summary>
    [Function("ShowSystem"), Tags("Settings"), Allow(Permission.ReadSystem)]
    public static async Task<Reply<Response>> Handle(
        [HttpTrigger(Anonymous, "get", Route = "settings/system")] HttpRequest http,
        Caller caller, Db db, Totals totals, QueueServiceClient queues, IHostEnvironment environment, IOptions<SendGridOptions> mail,
        IOptions<TwilioOptions> sms, IOptions<StripeOptions> payments, FileStore files, Links links, CancellationToken ct)
    {
        var states = States(queues, ct);
        var small = (await db.Find<SmallCounts>(caller.Organization, SmallCountsSql, null, ct))!;
        var stats = await Count(caller, db, totals, small.Users, ct);
        var byQueue = await states;
        return new Response(
            AppBuild.Version,
            AppBuild.Commit,
            environment.EnvironmentName,
            (long)(TimeProvider.System.GetUtcNow() - Started).TotalSeconds,
            Started,
            new(File.GetLastWriteTimeUtc(Path.Combine(AppContext.BaseDirectory, "Crm.Functions.dll")), TimeSpan.Zero),
            stats,
            new(
                Email: mail.Value.IsConfigured,
                Sms: sms.Value.IsConfigured,
                Stripe: payments.Value.IsConfigured,
                Uploads: files.IsConfigured,
                Inbound: links.InboundDomain is not null && mail.Value.InboundSecret.Length > 0),
            new(Sum(byQueue.Select(queue => queue.Depth)), Sum(byQueue.Select(queue => queue.Dead)), small.FailedEmails, byQueue));
    }

    // As cheap as a list's total: counted up to 10,000, estimated beyond.
    private static async Task<Stats> Count(Caller caller, Db db, Totals totals, long users, CancellationToken ct)
    {
        var counts = new Dictionary<string, Total>(StringComparer.Ordinal);
        counts["contacts"] = new(await db.Find<long>(caller.Organization, ContactTotals.Sql(caller.Organization, null), null, ct), false);
        foreach (var table in new[] { "deals", "tasks", "products", "invoices", "campaigns" })
            counts[table] = await totals.Count(db, caller.Organization, table, Alive, null, ct, isPlain: true);
        counts["messages"] = await totals.Count(db, caller.Organization, "messages", "where organization_id = @OrganizationId", null, ct, isPlain: true);
        return new(
            users, counts["contacts"].Count, counts["deals"].Count, counts["tasks"].Count, counts["products"].Count, counts["invoices"].Count,
            counts["campaigns"].Count, counts["messages"].Count,
            [.. counts.Where(count => count.Value.IsEstimate).Select(count => count.Key)]);
    }

    private static Task<QueueState[]> States(QueueServiceClient queues, CancellationToken ct) => Task.WhenAll(Queues.All
        .Order(StringComparer.Ordinal)
        .Select(async queue =>
        {
            var counts = await Task.WhenAll(Count(queues, queue, ct), Count(queues, Queues.PoisonOf(queue), ct));
            return new QueueState(queue, counts[0], counts[1]);
        }));

    // The page is most needed when something is down: a storage that does not answer leaves a gap, not an error.
    private static async Task<int?> Count(QueueServiceClient queues, string queue, CancellationToken ct)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
        patience.CancelAfter(QueuePatience);
        try
        {
            return await queues.Depth(queue, patience.Token);
        }
        catch (Exception exception)
            when (exception is RequestFailedException or AggregateException or OperationCanceledException && !ct.IsCancellationRequested)
        {
            return null;
        }
    }

    private static int? Sum(IEnumerable<int?> counts)
    {
        int? sum = 0;
        foreach (var count in counts)
            sum += count;
        return sum;
    }
}
