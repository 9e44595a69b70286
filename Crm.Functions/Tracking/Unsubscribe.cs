using Crm.Functions.Sending;
using Crm.Shared.Database;
using Microsoft.AspNetCore.RateLimiting;

namespace Crm.Functions.Tracking;

/// <summary>
/// The way out, without a sign-in: a page that asks, and the POST that does it. Mail programs send the POST themselves (RFC 8058, List-Unsubscribe-Post), and
/// want no page for it.
/// </summary>
public static class Unsubscribe
{
    private const string OneClickField = "List-Unsubscribe";
    private const string OneClick = "One-Click";

    [Function("UnsubscribePage"), ExcludeFromDescription, AllowAnonymous, DisableRateLimiting]
    public static async Task<IResult> Page(
        [HttpTrigger(Anonymous, "get", Route = "u/{token}")] HttpContext context, string token, Db db, CancellationToken ct) =>
        await Recipient.Find(db, token, RecipientTokens.Unsubscribe, ct) is { } recipient
            ? RecipientPages.Unsubscribe(context, recipient)
            : RecipientPages.Unknown(context);

    [Function("Unsubscribe"), ExcludeFromDescription, AllowAnonymous, DisableRateLimiting]
    public static async Task<IResult> Handle(
        [HttpTrigger(Anonymous, "post", Route = "u/{token}")] HttpContext context, string token, Db db, CancellationToken ct)
    {
        if (await Recipient.Find(db, token, RecipientTokens.Unsubscribe, ct) is not { } recipient)
            return RecipientPages.Unknown(context);
        // It is done even when who asked for it does not wait for the answer.
        await DeliveryEvents.Apply(
            db, recipient.OrganizationId, [new(recipient.DeliveryId, DeliveryEventKind.Unsubscribed, db.Now)], CancellationToken.None);
        return await IsOneClick(context.Request, ct) ? Results.Ok() : RecipientPages.Unsubscribed(context, recipient);
    }

    private static async Task<bool> IsOneClick(HttpRequest request, CancellationToken ct)
    {
        if (!request.HasFormContentType)
            return false;
        try
        {
            return (await request.ReadFormAsync(ct))[OneClickField] == OneClick;
        }
        catch (Exception exception) when (exception is InvalidDataException or NotSupportedException or ArgumentException or IOException)
        {
            return false;
        }
    }
}
