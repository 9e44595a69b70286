using Crm.Functions.Files;
using Crm.Functions.Tokens;
using Crm.Shared.Database;
using Crm.Shared.Integrations.SendGrid;
using Crm.Shared.Integrations.Twilio;
using Microsoft.Extensions.Options;

namespace Crm.Functions.Sending;

/// <summary>
/// Sends one message of the inbox. It is personal: only what would not arrive, or harm the sender, stops it. Otherwise as a campaign's batch: claimed, called,
/// settled.
/// </summary>
public static class SendMessage
{
    public sealed record Message(Guid OrganizationId, Guid DeliveryId);

    private sealed record Row
    {
        public required string Channel { get; init; }
        public required int Attempts { get; init; }
        public string? Subject { get; init; }
        public required string Content { get; init; }
        public string? HtmlContent { get; init; }
        public string? RfcMessageId { get; init; }
        public string? InReplyTo { get; init; }
        public required string[] ReferenceIds { get; init; }
        public required string ReplyToken { get; init; }
        public string? Address { get; init; }
        public string? SkipReason { get; init; }
        public required string Organization { get; init; }
        public string? FromName { get; init; }
        public string? FromEmail { get; init; }
        public string? SmsNumber { get; init; }
        public string? Author { get; init; }
        public string? Files { get; init; }
    }

    private const string LockSql = """
        select channel
        from deliveries
        where organization_id = @OrganizationId
          and id = @DeliveryId
          and campaign_id is null
          and state = 'pending'
          and call_id is null
          and (not_before is null or not_before <= @Now)
        for no key update skip locked
        """;

    private const string ReadSql = $"""
        select d.channel, d.attempts, m.subject, m.content, m.html_content, m.rfc_message_id, m.in_reply_to, m.reference_ids, v.reply_token,
               case d.channel when 'email' then c.email else c.phone end as address, {Consent.RefusalSql} as skip_reason,
               o.name as organization, o.from_name, o.from_email, o.sms_number, nullif(btrim(u.first_name || ' ' || u.last_name), '') as author,
               {MessageFile.OfMessageSql} as files
        from deliveries d
        join messages m on m.organization_id = d.organization_id and m.id = d.id
        join conversations v on v.organization_id = m.organization_id and v.id = m.conversation_id
        join contacts c on c.organization_id = d.organization_id and c.id = d.contact_id
        join organizations o on o.id = d.organization_id
        left join users u on u.organization_id = m.organization_id and u.id = m.author_id
        {Consent.Join}
        where d.organization_id = @OrganizationId
          and d.id = @DeliveryId
        """;

    [Function("SendMessage")]
    public static async Task Handle(
        [QueueTrigger(Queues.SendMessage)] Message? message, Db db, VendorClients vendors, Links links, IOptions<SendGridOptions> options, ILoggerFactory logs,
        CancellationToken ct)
    {
        if (Queues.IsBlank(logs.CreateLogger(Queues.SendMessage), Queues.SendMessage, message?.OrganizationId, message?.DeliveryId))
            return;
        var scope = new Scope(message!.OrganizationId);
        var (call, at) = await db.Transaction(scope, async tx => (await Claim(tx, message, links, options.Value), tx.Now), ct);
        if (call is not null)
            await new MakeCalls(db, vendors, scope, campaignId: null, run: null).Run([call], at, ct);
    }

    private static async Task<OutgoingCall?> Claim(DbTransaction tx, Message message, Links links, SendGridOptions options)
    {
        if (await tx.Find<string>(LockSql, new { message.DeliveryId, tx.Now }) is not { } channel
            || await tx.Find<Row>(ReadSql, new { message.DeliveryId, Channel = channel }) is not { } row)
            return null;
        // Whoever unsubscribed is still answered.
        if (row.SkipReason is { } reason && (reason is "inactive" or "no_address" || Consent.HardReasons.Contains(reason, StringComparer.Ordinal)))
        {
            await CallLedger.Skip(tx, [new(message.DeliveryId, row.Address, reason, null)]);
            return null;
        }

        var to = new OutgoingCall.Recipient(message.DeliveryId, row.Address!, row.Attempts);
        var id = Guid.CreateVersion7(tx.Now);
        OutgoingCall call = channel == "email"
            ? new MailOut(id, [to], Mail(row, message, links, options)) { Files = MessageFile.Read(row.Files) }
            : new SmsOut(id, to, new OutgoingSms(row.Address!, row.SmsNumber, row.Content, links.SmsStatus(message.OrganizationId, message.DeliveryId)));
        await CallLedger.Claim(tx, campaignId: null, run: null, [call]);
        return call;
    }

    private static MailCall Mail(Row row, Message message, Links links, SendGridOptions options) => new(
        new(row.FromEmail ?? options.FromEmail, row.FromName ?? row.Author ?? row.Organization),
        links.InboundDomain is null ? null : $"reply+{row.ReplyToken}@{links.InboundDomain}",
        row.Content,
        row.HtmlContent,
        [new(row.Address!, row.Subject ?? "", MailArguments.Of(message.OrganizationId, message.DeliveryId), Headers(row), new Dictionary<string, string>())]);

    private static Dictionary<string, string> Headers(Row row)
    {
        var headers = new Dictionary<string, string>(StringComparer.Ordinal);
        if (row.RfcMessageId is { } id)
            headers["Message-ID"] = $"<{id}>";
        if (row.InReplyTo is { } answered)
            headers["In-Reply-To"] = $"<{answered}>";
        if (row.ReferenceIds.Length > 0)
            headers["References"] = string.Join(' ', row.ReferenceIds.Select(reference => $"<{reference}>"));
        return headers;
    }
}
