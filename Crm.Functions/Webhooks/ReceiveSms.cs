using System.Security.Cryptography;
using System.Text;
using Azure.Storage.Queues;
using Crm.Functions.Tokens;
using Crm.Shared.Database;
using Crm.Shared.Integrations.Twilio;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Options;

namespace Crm.Functions.Webhooks;

/// <summary>Twilio's webhook for SMS that people write. The empty answer sends them nothing back.</summary>
public static class ReceiveSms
{
    [Function("ReceiveSms"), ExcludeFromDescription, AllowAnonymous, DisableRateLimiting]
    public static async Task<IResult> Handle(
        [HttpTrigger(Anonymous, "post", Route = "webhooks/twilio/sms")] HttpContext context,
        IOptions<TwilioOptions> options, Links links, Db db, QueueServiceClient queues, ILoggerFactory logs)
    {
        var (request, fault) = await TwilioRequest.Read(context, options.Value, links);
        if (request is null)
            return new Refusal(fault!);
        var body = request.Json();
        var id = request["MessageSid"] is { Length: > 0 and <= MailEvent.LongestId } sid
            ? sid
            : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(body)));
        await ProviderEventStore.Store(db, queues, logs.CreateLogger(Providers.InboundSms), Providers.InboundSms, [new(id, null, body)]);
        return Results.Text("<Response/>", "text/xml");
    }
}
