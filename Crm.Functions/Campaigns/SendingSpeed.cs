using Crm.Functions.Campaigns.Sending;
using Crm.Shared.Database;

namespace Crm.Functions.Campaigns;

/// <summary>How fast a campaign goes out, and in how many messages.</summary>
/// <param name="Limit">Recipients a minute at most; null: no limit.</param>
/// <param name="Usual">Recipients a minute where there is no limit.</param>
/// <param name="Batch">Recipients of one message.</param>
internal sealed record SendingSpeed(int? Limit, int Usual, int Batch)
{
    /// <summary>What a minute sends at least, by experience with slow vendors.</summary>
    private const int MailsAMinute = 20_000;
    private const int SmsAMinute = 600;

    /// <summary>Messages at once; each is followed by others.</summary>
    private const int MostMessages = 200;

    private const string LimitSql = """
        select send_rate_per_minute
        from organizations
        where id = @OrganizationId
        """;

    public static async Task<SendingSpeed> Of(DbTransaction tx, string type, CampaignSettings settings)
    {
        int?[] limits = [settings.RatePerMinute, await tx.Find<int?>(LimitSql, null)];
        return type == "sms" ? new(limits.Min(), SmsAMinute, SendCampaignBatch.SmsAtOnce) : new(limits.Min(), MailsAMinute, SendCampaignBatch.MailsAtOnce);
    }

    public int MinutesFor(long recipients) => (int)Math.Ceiling((double)recipients / Math.Min(Limit ?? Usual, Usual));

    /// <summary>Queues as many messages as the recipients need, and no more than a minute's where there is a limit; one at least, which sees the end.</summary>
    public Task Queue(DbTransaction tx, Guid campaignId, int run, long recipients)
    {
        var needed = Math.Min(recipients, Limit ?? recipients);
        var messages = (int)Math.Clamp((needed + Batch - 1) / Batch, 1, MostMessages);
        var organizationId = tx.Scope.OrganizationId;
        var message = new SendCampaignBatch.Message(organizationId, campaignId, run, GoesOn: true);
        return tx.SendAll(Queues.CampaignBatches, Enumerable.Repeat((organizationId, message), messages));
    }
}
