namespace Crm.Functions.Campaigns.Sending;

/// <summary>Sends the next recipients of a campaign.</summary>
public static class SendCampaignBatch
{
    /// <summary>Recipients of one message: of a mail one call's, of SMS as many calls.</summary>
    public const int MailsAtOnce = 1000;
    public const int SmsAtOnce = 50;

    public sealed record Message(Guid OrganizationId, Guid CampaignId, int Run);
}
