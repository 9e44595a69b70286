using Azure.Storage.Queues;
using Crm.Functions.Tokens;
using Crm.Shared.Database;
using Crm.Shared.Integrations.Twilio;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Options;

namespace Crm.Functions.Webhooks;

/// <summary>Twilio's status callback: what became of an SMS. Which one stands in the address that Twilio was given, and is signed with it.</summary>
public static class ReceiveSmsStatus
{
    [Function("ReceiveSmsStatus"), ExcludeFromDescription, AllowAnonymous, DisableRateLimiting]
    public static async Task<IResult> Handle(
        [HttpTrigger(Anonymous, "post", Route = "webhooks/twilio/status")] HttpContext context,
        IOptions<TwilioOptions> options, Links links, Db db, QueueServiceClient queues, ILoggerFactory logs)
    {
        var (request, fault) = await TwilioRequest.Read(context, options.Value, links);
        if (request is null)
            return new Refusal(fault!);
        var query = context.Request.Query;
        var body = request.Json(("organizationId", query["organizationId"]), ("deliveryId", query["deliveryId"]));
        var told = new NewEvent(
            $"{request["MessageSid"]}:{request["MessageStatus"]}", Guid.TryParse(query["organizationId"], out var organization) ? organization : null, body);
        await ProviderEventStore.Store(db, queues, logs.CreateLogger(Providers.SmsStatus), Providers.SmsStatus, [told]);
        return Results.NoContent();
    }
}
