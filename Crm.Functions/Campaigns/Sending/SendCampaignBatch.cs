using System.Text.Json;
using Azure.Storage.Queues;
using Crm.Functions.Sending;
using Crm.Functions.Tokens;
using Crm.Shared.Database;
using Crm.Shared.Integrations.AzureQueues;
using Crm.Shared.Integrations.SendGrid;
using Microsoft.Extensions.Options;

namespace Crm.Functions.Campaigns.Sending;

/// <summary>
/// Sends a campaign to its next recipients. They are claimed and, in the same transaction, looked at as they are now: address and consent. Then the vendor
/// is called, and what it answers is written down. A message that comes twice claims others, or nobody; a process that dies leaves calls whose outcome
/// the vendor's events tell.
/// </summary>
public static class SendCampaignBatch
{
    /// <summary>Of mails, in one call: the vendor's limit.</summary>
    public const int MailsAtOnce = 1000;

    /// <summary>Of SMS, and of mails that go alone, each a call: as many as are made well within a claim's lease.</summary>
    public const int SmsAtOnce = 50;

    /// <summary>Recipients of one message.</summary>
    public static int Size(string type, SendGridOptions mail) => type == "email" && mail.Batches ? MailsAtOnce : SmsAtOnce;

    /// <param name="OrganizationId">Whose campaign it is.</param>
    /// <param name="CampaignId">The campaign.</param>
    /// <param name="Run">Its run: messages of an earlier one do nothing.</param>
    /// <param name="GoesOn">It is followed by another as long as it finds as many recipients as it can take.</param>
    public sealed record Message(Guid OrganizationId, Guid CampaignId, int Run, bool GoesOn = false);

    private sealed record Claimed(ClaimedBatch Batch, DateTimeOffset At, DateTimeOffset? Next);

    [Function("SendCampaignBatch")]
    public static async Task Handle(
        [QueueTrigger(Queues.CampaignBatches)] Message? message, Db db, VendorClients vendors, Links links, IOptions<SendGridOptions> options,
        QueueServiceClient queues, ILoggerFactory logs, CancellationToken ct)
    {
        if (Queues.IsBlank(logs.CreateLogger(Queues.CampaignBatches), Queues.CampaignBatches, message?.OrganizationId, message?.CampaignId))
            return;
        var scope = new Scope(message!.OrganizationId);
        if (await db.Transaction(scope, tx => Claim(tx, message, links, options.Value), ct) is not { } claimed)
            return;

        var tally = await new MakeCalls(db, vendors, scope, message.CampaignId, message.Run).Run(claimed.Batch.Calls, claimed.At, ct);
        tally.Unmade = claimed.Batch.Skipped.Count(skipped => skipped.Reason is null);
        tally.LastError ??= claimed.Batch.Skipped.LastOrDefault(skipped => skipped.Error is not null)?.Error;
        await CampaignEnd.After(db, scope, message.CampaignId, message.Run, tally);
        // One that is lost is sent anew by the sweep.
        if (claimed.Next is { } next && tally.NotBefore is null)
            await queues.Send(Queues.CampaignBatches, JsonSerializer.Serialize(message, JsonSerializerOptions.Web), ct, Until(next, db.Now));
    }

    private static async Task<Claimed?> Claim(DbTransaction tx, Message message, Links links, SendGridOptions options)
    {
        if (await CampaignAtWork.Find(tx, message.CampaignId, message.Run) is not { } campaign)
            return null;
        if (await Quiet.Rules(tx, campaign))
            return null;
        var isMail = campaign.Type == "email";
        var (most, next) = await SendRate.Allow(tx, campaign, Size(campaign.Type, options));
        var recipients = most == 0 ? [] : await DueRecipient.Lock(tx, campaign, most);
        if (recipients.Count == 0)
            return next is null ? null : new(new([], []), tx.Now, most == 0 ? next : null);
        var awake = await Quiet.Awake(tx, campaign, recipients);
        var batch = isMail
            ? new ComposeMail(campaign, message.OrganizationId, options, links, tx.Now).Compose(awake)
            : ComposeSms.Compose(campaign, message.OrganizationId, links, tx.Now, awake);
        await CallLedger.Claim(tx, campaign.Id, campaign.Run, batch.Calls);
        await CallLedger.Skip(tx, batch.Skipped);
        // At a rate one message follows the other.
        return new(batch, tx.Now, next ?? (message.GoesOn && recipients.Count == most ? tx.Now : null));
    }

    private static TimeSpan Until(DateTimeOffset time, DateTimeOffset now) => time > now ? time - now : TimeSpan.Zero;
}
