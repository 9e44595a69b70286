using Crm.Functions.Sending;
using Crm.Shared.Database;
using Microsoft.AspNetCore.RateLimiting;

namespace Crm.Functions.Tracking;

/// <summary>The picture in a mail, which is fetched when the mail is opened. Whatever happens, it is a picture.</summary>
public static class TrackOpen
{
    private const string Extension = ".gif";

    /// <summary>One transparent point, 43 bytes.</summary>
    private static readonly byte[] Pixel = Convert.FromBase64String("R0lGODlhAQABAPAAAAAAAAAAACH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==");

    [Function("TrackOpen"), ExcludeFromDescription, AllowAnonymous, DisableRateLimiting]
    public static async Task<IResult> Handle(
        [HttpTrigger(Anonymous, "get", Route = "t/o/{token}")] HttpContext context, string token, Db db, ILoggerFactory logs, CancellationToken ct)
    {
        try
        {
            await Record(context, token, db, ct);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            logs.CreateLogger(typeof(TrackOpen)).LogWarning(exception, "An opened mail was not counted");
        }

        context.Response.Headers.CacheControl = "no-store, no-cache, must-revalidate, private";
        context.Response.Headers.Pragma = "no-cache";
        return Results.Bytes(Pixel, "image/gif");
    }

    private static async Task Record(HttpContext context, string token, Db db, CancellationToken ct)
    {
        if (!token.EndsWith(Extension, StringComparison.Ordinal)
            || await Recipient.Find(db, token[..^Extension.Length], RecipientTokens.Track, ct) is not { } recipient)
            return;
        var isMachine = Machines.Is(context);
        // It is fetched again each time the mail is looked at; the first time is what counts.
        if (isMachine ? recipient.IsOpened : recipient.IsHumanOpened)
            return;
        var kind = isMachine ? DeliveryEventKind.Opened : DeliveryEventKind.HumanOpened;
        await DeliveryEvents.Apply(db, recipient.OrganizationId, [new(recipient.DeliveryId, kind, db.Now)], ct);
    }
}
