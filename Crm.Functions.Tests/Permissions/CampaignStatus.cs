using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Permissions;

/// <summary>Some routes want a campaign that is on its way.</summary>
internal static class CampaignStatus
{
    /// <summary>Brings a campaign that was just made into a status that the function takes.</summary>
    public static async Task Prepare(TestApp app, string function, Guid campaignId)
    {
        var status = function switch { "PauseCampaign" => "scheduled", "ResumeCampaign" => "paused", "RetryFailedRecipients" => "sent", _ => null };
        if (status is not null)
            await app.Sql("update campaigns set status = $2 where id = $1", campaignId, status);
    }

    /// <summary>Waits until nothing that was sent is on its way any more.</summary>
    public static async Task Ended(TestApp app, Guid organizationId)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (await app.Scalar<long>("select count(*) from campaigns where organization_id = $1 and status = 'sending'", organizationId) > 0)
        {
            Assert.False(patience.IsCancellationRequested, "A campaign did not end.");
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }
}
