using Crm.Functions.Sending;
using Crm.Functions.Tokens;
using Crm.Shared.Integrations.SendGrid;
using Crm.Shared.Liquid;

namespace Crm.Functions.Campaigns.Sending;

/// <summary>
/// Makes a campaign's mails. Most share one call, with substitutions for what differs; who differs too much goes alone, and who has an address that another
/// recipient has goes into the next call: the vendor refuses a call that names one twice.
/// </summary>
internal sealed class ComposeMail(CampaignAtWork campaign, Guid organizationId, SendGridOptions options, Links links, DateTimeOffset now)
{
    private static readonly Dictionary<string, string> None = [];

    private readonly CampaignTexts _texts = campaign.Texts;
    private readonly List<Shared> _shared = [];
    private readonly List<OutgoingCall> _calls = [];
    private readonly List<CallLedger.Skipped> _skipped = [];
    private readonly DateTimeOffset _local = campaign.Local(now);

    /// <summary>A call in the making.</summary>
    private sealed class Shared
    {
        public List<OutgoingCall.Recipient> Recipients { get; } = [];
        public List<MailRecipient> Mails { get; } = [];
        public HashSet<string> Addresses { get; } = new(StringComparer.OrdinalIgnoreCase);
    }

    public ClaimedBatch Compose(IEnumerable<DueRecipient> recipients)
    {
        var (text, html) = (CampaignTexts.Read(_texts.Content, TextKind.Plain), CampaignTexts.Read(_texts.Html, TextKind.Html));
        var batch = options.Batches ? BatchContent.Make(text, html, new(campaign.SharedValues(), new Dictionary<string, object?>(), _local)) : null;
        foreach (var recipient in recipients)
        {
            if (recipient.SkipReason is { } reason)
                _skipped.Add(new(recipient.Id, recipient.Email, reason, null));
            else
                Add(recipient, text, html, batch);
        }

        return new([.. _shared.Select(shared => Call(shared.Recipients, batch!.Text, batch.Html, shared.Mails)), .. _calls], _skipped);
    }

    private void Add(DueRecipient recipient, LiquidText? text, LiquidText? html, BatchContent? batch)
    {
        var unsubscribe = links.Unsubscribe(RecipientTokens.Of(campaign.TokenKey, organizationId, recipient.Id, RecipientTokens.Unsubscribe));
        var values = recipient.Values(
            campaign, unsubscribe, RecipientTokens.Of(campaign.TokenKey, organizationId, recipient.Id, RecipientTokens.Track), _local);
        var (subject, fault) = CampaignTexts.Read(_texts.SubjectOf(recipient.Variant, campaign.Winner), TextKind.Line)!.Render(values);
        if (fault is null && batch?.Of(values) is { } substitutions)
        {
            var shared = Room(recipient.Email!);
            shared.Recipients.Add(new(recipient.Id, recipient.Email!, recipient.Attempts));
            shared.Mails.Add(Mail(recipient, subject!, unsubscribe, substitutions));
            return;
        }

        var (ownText, textFault) = text?.Render(values) ?? default;
        var (ownHtml, htmlFault) = html?.Render(values) ?? default;
        if ((fault ?? textFault ?? htmlFault) is { } problem)
            _skipped.Add(new(recipient.Id, recipient.Email, null, $"The text cannot be made: {problem.Problem}"));
        else
            _calls.Add(Call([new(recipient.Id, recipient.Email!, recipient.Attempts)], ownText, ownHtml, [Mail(recipient, subject!, unsubscribe, None)]));
    }

    private Shared Room(string address)
    {
        if (_shared.FirstOrDefault(shared => shared.Addresses.Add(address)) is { } room)
            return room;
        var next = new Shared();
        next.Addresses.Add(address);
        _shared.Add(next);
        return next;
    }

    private MailOut Call(List<OutgoingCall.Recipient> recipients, string? text, string? html, List<MailRecipient> mails) => new(
        Guid.CreateVersion7(now), recipients, new MailCall(campaign.Sender(options), campaign.ReplyTo(links.InboundDomain), text, html, mails));

    private MailRecipient Mail(DueRecipient recipient, string subject, string unsubscribe, IReadOnlyDictionary<string, string> substitutions) => new(
        recipient.Email!, subject, MailArguments.Of(organizationId, recipient.Id), Unsubscribing(unsubscribe), substitutions);

    // One click in the reader's own button (RFC 8058).
    private static Dictionary<string, string> Unsubscribing(string url) => new(StringComparer.Ordinal)
    {
        ["List-Unsubscribe"] = $"<{url}>",
        ["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click",
    };
}
