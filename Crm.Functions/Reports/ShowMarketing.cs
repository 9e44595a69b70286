using Crm.Functions.Auth;
using Crm.Shared;
using Crm.Shared.Database;

namespace Crm.Functions.Reports;

public static class ShowMarketing
{
    /// <param name="Period">The days it is about.</param>
    /// <param name="Campaigns">What campaigns sent in the period, and what became of it until now.</param>
    /// <param name="TopCampaigns">Those with most clicks, then opens, of what they sent in the period; ten at most.</param>
    /// <param name="Messages">All messages, of campaigns and of the inbox.</param>
    /// <param name="Channels">The same by channel.</param>
    /// <param name="MessagesOverTime">The same over time, with a point for each day, week or month.</param>
    public sealed record Response(
        ReportPeriod Period, CampaignFigures Campaigns, IReadOnlyList<TopCampaign> TopCampaigns, MessageFigures Messages,
        IReadOnlyList<ChannelFigures> Channels, IReadOnlyList<MessagePoint> MessagesOverTime);

    /// <param name="Total">How many campaigns sent something in the period.</param>
    /// <param name="Sent">How many messages the vendor took.</param>
    /// <param name="Delivered">How many of the sent arrived.</param>
    /// <param name="Opened">How many of the delivered were opened, by people or machines.</param>
    /// <param name="Clicked">How many of the delivered had a link clicked.</param>
    /// <param name="Bounced">How many of the sent came back.</param>
    /// <param name="DeliveryRate">Percent of the sent that were delivered.</param>
    /// <param name="OpenRate">Percent of the delivered that were opened.</param>
    /// <param name="ClickRate">Percent of the delivered that were clicked.</param>
    /// <param name="BounceRate">Percent of the sent that bounced.</param>
    /// <param name="ChangePct">The sent ones against the period before, in percent; null when there were none before.</param>
    public sealed record CampaignFigures(
        long Total, long Sent, long Delivered, long Opened, long Clicked, long Bounced,
        string DeliveryRate, string OpenRate, string ClickRate, string BounceRate, string? ChangePct);

    /// <param name="CampaignId">The campaign.</param>
    /// <param name="Name">Its name.</param>
    /// <param name="Type">email or sms.</param>
    /// <param name="Sent">How many messages it sent in the period.</param>
    /// <param name="Opened">How many of them were opened.</param>
    /// <param name="Clicked">How many of them were clicked.</param>
    /// <param name="OpenRate">Percent of the delivered that were opened.</param>
    /// <param name="ClickRate">Percent of the delivered that were clicked.</param>
    public sealed record TopCampaign(Guid CampaignId, string Name, string Type, long Sent, long Opened, long Clicked, string OpenRate, string ClickRate);

    /// <param name="Sent">How many went out.</param>
    /// <param name="Delivered">How many of them arrived.</param>
    /// <param name="Failed">How many could not be sent, or came back.</param>
    /// <param name="Received">How many contacts wrote.</param>
    /// <param name="ChangePct">The sent ones against the period before, in percent; null when there were none before.</param>
    /// <param name="ByType">By email and sms.</param>
    public sealed record MessageFigures(long Sent, long Delivered, long Failed, long Received, string? ChangePct, IReadOnlyList<TypeFigures> ByType);

    /// <param name="Type">email or sms.</param>
    /// <param name="Sent">How many went out.</param>
    /// <param name="Delivered">How many of them arrived.</param>
    /// <param name="Failed">How many could not be sent, or came back.</param>
    /// <param name="Received">How many contacts wrote.</param>
    public sealed record TypeFigures(string Type, long Sent, long Delivered, long Failed, long Received);

    /// <param name="Channel">email or sms.</param>
    /// <param name="Sent">How many went out.</param>
    /// <param name="Delivered">How many of them arrived.</param>
    /// <param name="DeliveryRate">Percent of the sent that were delivered.</param>
    /// <param name="OpenRate">Of campaigns: percent of the delivered that were opened.</param>
    /// <param name="ClickRate">Of campaigns: percent of the delivered that were clicked.</param>
    public sealed record ChannelFigures(string Channel, long Sent, long Delivered, string DeliveryRate, string OpenRate, string ClickRate);

    /// <param name="Date">The first day it stands for.</param>
    /// <param name="Sent">How many went out.</param>
    /// <param name="Delivered">How many of them arrived.</param>
    /// <param name="Received">How many contacts wrote.</param>
    public sealed record MessagePoint(DateOnly Date, long Sent, long Delivered, long Received);

    private static readonly string[] Channels = ["email", "sms"];

    /// <summary>What campaigns and the inbox sent in a period and received, and what became of it.</summary>
    /// <remarks>
    /// A message counts when it was sent (or failed for good), and what happened to it later counts there too. Staff see their own campaigns and the
    /// conversations that are theirs. Rates are <c>"0.00"</c> where nothing was sent.
    /// </remarks>
    [Function("ShowMarketing"), Tags("Reports"), Allow(Permission.ReadReports)]
    public static async Task<Reply<Response>> Handle(
        [HttpTrigger(Anonymous, "get", Route = "reports/marketing")] HttpRequest http, [AsParameters] ReportFilter filter, Caller caller, Db db,
        CancellationToken ct)
    {
        var report = Report.Of(filter, caller, db.Now);
        if (report.Period is not { } period)
            return report.Error!;
        var all = await db.Search<MessageCounts>(caller.Scope, MessageCounts.Sql(caller.Scope), report.Stretches, ct);
        var top = await db.Search<CampaignCount>(caller.Scope, CampaignCount.Sql(caller.Scope), report.Stretches, ct);
        var during = all.FindAll(counts => counts.Number > 0);
        var before = all.FindAll(counts => counts.Number == Stretches.Before);
        var campaigns = MessageCounts.Sum(during.Where(counts => counts.IsCampaign));
        var messages = MessageCounts.Sum(during);
        var byChannel = Channels.Select(channel => (Channel: channel, Counts: during.FindAll(counts => counts.Channel == channel))).ToArray();
        return Report.Answer(new Response(
            period,
            new(
                top.FirstOrDefault()?.Campaigns ?? 0, campaigns.Sent, campaigns.Delivered, campaigns.Opened, campaigns.Clicked, campaigns.Bounced,
                campaigns.DeliveryRate, campaigns.OpenRate, campaigns.ClickRate, Rates.Percent(campaigns.Bounced, campaigns.Sent),
                Rates.Change(campaigns.Sent, MessageCounts.Sum(before.Where(counts => counts.IsCampaign)).Sent)),
            [.. top.Select(one => new TopCampaign(
                one.Id, one.Name, one.Type, one.Sent, one.Opened, one.Clicked,
                Rates.Percent(one.Opened, one.Delivered), Rates.Percent(one.Clicked, one.Delivered)))],
            new(
                messages.Sent, messages.Delivered, messages.Lost, messages.Received, Rates.Change(messages.Sent, MessageCounts.Sum(before).Sent),
                [.. byChannel.Select(one => (one.Channel, Sum: MessageCounts.Sum(one.Counts)))
                    .Select(one => new TypeFigures(one.Channel, one.Sum.Sent, one.Sum.Delivered, one.Sum.Lost, one.Sum.Received))]),
            [.. byChannel.Select(one => Channel(one.Channel, MessageCounts.Sum(one.Counts), MessageCounts.Sum(one.Counts.Where(counts => counts.IsCampaign))))],
            report.Points((date, at) =>
            {
                var point = MessageCounts.Sum(during.Where(counts => counts.Number == at));
                return new MessagePoint(date, point.Sent, point.Delivered, point.Received);
            })));
    }

    private static ChannelFigures Channel(string channel, MessageCounts all, MessageCounts ofCampaigns) =>
        new(channel, all.Sent, all.Delivered, all.DeliveryRate, ofCampaigns.OpenRate, ofCampaigns.ClickRate);
}
