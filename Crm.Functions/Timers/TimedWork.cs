using Azure.Storage.Queues;
using Crm.Functions.Campaigns;
using Crm.Functions.Campaigns.Sending;
using Crm.Functions.Contacts;
using Crm.Functions.Contacts.Imports;
using Crm.Functions.Email;
using Crm.Functions.Exports;
using Crm.Functions.Files;
using Crm.Functions.Inbox;
using Crm.Functions.Invoices;
using Crm.Functions.Invoices.Online;
using Crm.Functions.Outbox;
using Crm.Functions.Reports;
using Crm.Functions.Sending;
using Crm.Functions.Settings.Team;
using Crm.Functions.Tasks;
using Crm.Functions.Tokens;
using Crm.Functions.WebhookEndpoints;
using Crm.Functions.Webhooks;
using Crm.Shared.Database;
using Crm.Shared.Integrations.SendGrid;
using Crm.Shared.Integrations.Stripe;
using Microsoft.Extensions.Options;

namespace Crm.Functions.Timers;

/// <summary>
/// Work that is done again and again, by <see cref="RunTimers"/>. (What is done every night may take long: <see cref="CleanUp"/> is a function of its own.)
/// </summary>
/// <param name="Name">The class that does it.</param>
/// <param name="Every">How often, by the clock of UTC: every five minutes is at five past, at ten past and so on.</param>
/// <param name="Do">Does it, with services of its own.</param>
public sealed record TimedWork(string Name, TimeSpan Every, Func<IServiceProvider, CancellationToken, Task> Do)
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan FiveMinutes = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan QuarterHour = TimeSpan.FromMinutes(15);

    /// <summary>All of it. Whoever comes first begins first.</summary>
    public static readonly IReadOnlyList<TimedWork> All =
    [
        new(nameof(SweepOutbox), Minute, static (of, ct) => SweepOutbox.Handle(Db(of), of.GetRequiredService<OutboxRelay>(), ct)),
        new(nameof(SweepEmails), Minute, static (of, ct) => SweepEmails.Handle(Db(of), Storage(of), ct)),
        new(nameof(SweepProviderEvents), Minute, static (of, ct) => SweepProviderEvents.Handle(Db(of), Storage(of), ct)),
        new(nameof(SweepPayments), Minute, static (of, ct) => SweepPayments.Handle(Db(of), of.GetRequiredService<StripePayments>(), ct)),
        new(nameof(SweepWebhooks), Minute, static (of, ct) => SweepWebhooks.Handle(Db(of), Storage(of), ct)),
        new(nameof(SettleCalls), Minute, static (of, ct) => SettleCalls.Handle(Db(of), Storage(of), ct)),
        new(nameof(WakeConversations), Minute, static (of, ct) => WakeConversations.Handle(Db(of), ct)),
        new(nameof(SweepCampaigns), Minute, static (of, ct) => SweepCampaigns.Handle(Db(of), Storage(of), Mail(of), ct)),
        new(nameof(DecideAbTests), Minute, static (of, ct) => DecideAbTests.Handle(Db(of), ct)),
        new(nameof(SendScheduledCampaigns), Minute, static (of, ct) =>
            SendScheduledCampaigns.Handle(Db(of), of.GetRequiredService<Channels>(), of.GetRequiredService<Links>(), ct)),
        new(nameof(FoldContactTotals), Minute, static (of, ct) => FoldContactTotals.Handle(Db(of), ct)),
        new(nameof(FoldCampaignTotals), Minute, static (of, ct) => FoldCampaignTotals.Handle(Db(of), ct)),
        new(nameof(FoldInvoiceTotals), Minute, static (of, ct) => FoldInvoiceTotals.Handle(Db(of), ct)),
        new(nameof(FoldReportCounts), Minute, static (of, ct) => FoldReportCounts.Handle(Db(of), ct)),

        new(nameof(WatchQueues), FiveMinutes, static (of, ct) =>
            WatchQueues.Handle(Storage(of), of.GetRequiredService<TimeProvider>(), of.GetRequiredService<ILogger<WatchQueues.QueueLines>>(), ct)),
        new(nameof(RemindAssignees), FiveMinutes, static (of, ct) => RemindAssignees.Handle(Db(of), ct)),
        new(nameof(SweepImports), FiveMinutes, static (of, ct) => SweepImports.Handle(Db(of), Storage(of), ct)),
        new(nameof(SweepExports), FiveMinutes, static (of, ct) => SweepExports.Handle(Db(of), Storage(of), ct)),
        new(nameof(SweepHandOvers), FiveMinutes, static (of, ct) => SweepHandOvers.Handle(Db(of), Storage(of), ct)),
        new(nameof(SweepFiles), FiveMinutes, static (of, ct) => SweepFiles.Handle(Db(of), Storage(of), ct)),

        new(nameof(SendTaskReminders), QuarterHour, static (of, ct) => SendTaskReminders.Handle(Db(of), ct)),
        new(nameof(MarkOverdueInvoices), QuarterHour, static (of, ct) => MarkOverdueInvoices.Handle(Db(of), ct)),
        new(nameof(SendInvoiceReminders), QuarterHour, static (of, ct) =>
            SendInvoiceReminders.Handle(Db(of), of.GetRequiredService<InvoiceLinks>(), Mail(of), ct)),
    ];

    /// <exception cref="InvalidOperationException">There is none of this name.</exception>
    public static TimedWork Of(string name) => All.FirstOrDefault(work => work.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
        ?? throw new InvalidOperationException($"There is no timed work \"{name}\": there are {string.Join(", ", All.Select(work => work.Name))}.");

    /// <summary>The beginning of the period that a time lies in: it is due once in each.</summary>
    public DateTime PeriodOf(DateTimeOffset time) => new(time.UtcTicks - time.UtcTicks % Every.Ticks, DateTimeKind.Utc);

    private static Db Db(IServiceProvider of) => of.GetRequiredService<Db>();

    private static QueueServiceClient Storage(IServiceProvider of) => of.GetRequiredService<QueueServiceClient>();

    private static IOptions<SendGridOptions> Mail(IServiceProvider of) => of.GetRequiredService<IOptions<SendGridOptions>>();
}
