using System.Globalization;
using Crm.Functions.Sending;
using Crm.Shared.Database;
using Microsoft.AspNetCore.RateLimiting;

namespace Crm.Functions.Tracking;

/// <summary>A link in a campaign's mail, <c>/t/c/{token}.{number}</c>: leads on to where the campaign's own list says, and nowhere else.</summary>
public static class TrackClick
{
    /// <summary>Links of one mail that nobody follows in the time of <see cref="Burst"/>.</summary>
    private const int MostLinks = 2;
    private static readonly TimeSpan Burst = TimeSpan.FromSeconds(2);

    private const string ClickSql = """
        insert into delivery_clicks (organization_id, delivery_id, number, campaign_id, clicked_at)
        values (@OrganizationId, @DeliveryId, @Number, @CampaignId, @Now)
        on conflict (organization_id, delivery_id, number) do update
        set clicks = delivery_clicks.clicks + 1
        """;

    private const string RecentSql = """
        select count(*)
        from delivery_clicks
        where organization_id = @OrganizationId
          and delivery_id = @DeliveryId
          and clicked_at > @Since
        """;

    private const string HumanSql = """
        update delivery_clicks
        set human_clicked_at = @Now
        where organization_id = @OrganizationId
          and delivery_id = @DeliveryId
          and number = @Number
          and human_clicked_at is null
        """;

    // The first links of a burst passed for a person's.
    private const string TakeBackSql = """
        update delivery_clicks
        set human_clicked_at = null
        where organization_id = @OrganizationId
          and delivery_id = @DeliveryId
          and human_clicked_at > @Since
        """;

    private const string TakeBackDeliverySql = """
        update deliveries d
        set human_clicked_at = (
                select min(k.human_clicked_at)
                from delivery_clicks k
                where k.organization_id = d.organization_id and k.delivery_id = d.id),
            human_opened_at = case when human_opened_at <= @Since then human_opened_at end
        where d.organization_id = @OrganizationId
          and d.id = @DeliveryId
          and d.human_clicked_at > @Since
        """;

    [Function("TrackClick"), ExcludeFromDescription, AllowAnonymous, DisableRateLimiting]
    public static async Task<IResult> Handle(
        [HttpTrigger(Anonymous, "get", Route = "t/c/{token}")] HttpContext context, string token, Db db, ILoggerFactory logs, CancellationToken ct)
    {
        var dot = token.LastIndexOf('.');
        if (dot < 0
            || !int.TryParse(token.AsSpan(dot + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            || await Recipient.Find(db, token[..dot], RecipientTokens.Track, ct, number) is not { } recipient
            || !Uri.TryCreate(recipient.Url, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
            return RecipientPages.Unknown(context);
        try
        {
            await db.Transaction(new Scope(recipient.OrganizationId), tx => Record(tx, recipient, number, Machines.Is(context)), ct);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            logs.CreateLogger(typeof(TrackClick)).LogWarning(exception, "A followed link was not counted");
        }

        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers["Referrer-Policy"] = "no-referrer";
        return Results.Redirect(url.AbsoluteUri);
    }

    private static async Task<bool> Record(DbTransaction tx, Recipient recipient, int number, bool isMachine)
    {
        var args = new { recipient.DeliveryId, recipient.CampaignId, Number = number, tx.Now, Since = tx.Now - Burst };
        // It also locks the message: several links at once are looked at one after the other.
        await DeliveryEvents.Apply(tx, [new(recipient.DeliveryId, DeliveryEventKind.Clicked, tx.Now)]);
        await tx.Execute(ClickSql, args);
        if (await tx.Find<long>(RecentSql, args) > MostLinks)
        {
            await tx.Execute(TakeBackSql, args);
            await tx.Execute(TakeBackDeliverySql, args);
        }
        else if (!isMachine && await tx.Execute(HumanSql, args) > 0)
        {
            await DeliveryEvents.Apply(tx, [new(recipient.DeliveryId, DeliveryEventKind.HumanClicked, tx.Now)]);
        }

        return true;
    }
}
