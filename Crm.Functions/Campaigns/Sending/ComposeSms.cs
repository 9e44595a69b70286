using Crm.Functions.Sending;
using Crm.Functions.Tokens;
using Crm.Shared;
using Crm.Shared.Integrations.Twilio;
using Crm.Shared.Liquid;

namespace Crm.Functions.Campaigns.Sending;

/// <summary>Makes a campaign's SMS, each a call of its own.</summary>
internal static class ComposeSms
{
    public static ClaimedBatch Compose(CampaignAtWork campaign, Guid organizationId, Links links, DateTimeOffset now, IEnumerable<DueRecipient> recipients)
    {
        var text = CampaignTexts.Read(campaign.Texts.Content ?? "", TextKind.Plain)!;
        var local = campaign.Local(now);
        var (calls, skipped) = (new List<OutgoingCall>(), new List<CallLedger.Skipped>());
        foreach (var recipient in recipients)
        {
            if (recipient.SkipReason is { } reason)
            {
                skipped.Add(new(recipient.Id, recipient.Phone, reason, null));
                continue;
            }

            var (words, problem) = Words(recipient);
            if (problem is not null)
                skipped.Add(new(recipient.Id, recipient.Phone, null, problem));
            else
                calls.Add(new SmsOut(
                    Guid.CreateVersion7(now),
                    new(recipient.Id, recipient.Phone!, recipient.Attempts),
                    new OutgoingSms(recipient.Phone!, campaign.SmsNumber, words!, links.SmsStatus(organizationId, recipient.Id))));
        }

        return new(calls, skipped);

        (string? Words, string? Problem) Words(DueRecipient recipient)
        {
            var (words, fault) = text.Render(recipient.Values(campaign, Unsubscribe(recipient), Track(recipient), local));
            return fault is not null ? (null, $"The text cannot be made: {fault.Problem}")
                : string.IsNullOrWhiteSpace(words) ? (null, "The text is empty.")
                : SmsText.Segments(words) > SmsText.MostSegments ? (null, $"The text is longer than {SmsText.MostSegments} segments.")
                : (words, null);
        }

        string Unsubscribe(DueRecipient recipient) =>
            links.Unsubscribe(RecipientTokens.Of(campaign.TokenKey, organizationId, recipient.Id, RecipientTokens.Unsubscribe));
        string Track(DueRecipient recipient) => RecipientTokens.Of(campaign.TokenKey, organizationId, recipient.Id, RecipientTokens.Track);
    }
}
