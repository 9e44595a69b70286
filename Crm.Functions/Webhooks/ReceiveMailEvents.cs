using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Azure.Storage.Queues;
using Crm.Shared.Database;
using Crm.Shared.Integrations.SendGrid;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Options;

namespace Crm.Functions.Webhooks;

/// <summary>SendGrid's event webhook: what became of mails, many at a time, signed.</summary>
public static class ReceiveMailEvents
{
    private const string Malformed = "The body is no JSON array of events.";

    [Function("ReceiveMailEvents"), ExcludeFromDescription, AllowAnonymous, DisableRateLimiting]
    public static async Task<IResult> Handle(
        [HttpTrigger(Anonymous, "post", Route = "webhooks/sendgrid/events")] HttpContext context,
        IOptions<SendGridOptions> options, Db db, QueueServiceClient queues, ILoggerFactory logs)
    {
        if (options.Value.WebhookPublicKey.Length == 0)
            return new Refusal(Errors.WebhookNotConfigured);
        using var content = new MemoryStream();
        await context.Request.Body.CopyToAsync(content, context.RequestAborted);
        var body = content.GetBuffer().AsMemory(0, (int)content.Length);
        var headers = context.Request.Headers;
        if (!EventSignature.Verify(
            options.Value.WebhookPublicKey, headers[EventSignature.TimestampHeader].ToString(), headers[EventSignature.Header].ToString(), body.Span))
            return new Refusal(Errors.InvalidSignature);
        if (Read(body) is not { } events)
            return new Refusal(Error.Invalid("body", Malformed));
        await ProviderEventStore.Store(db, queues, logs.CreateLogger(Providers.Mail), Providers.Mail, events);
        return Results.NoContent();
    }

    private static List<NewEvent>? Read(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            if (json.RootElement.ValueKind != JsonValueKind.Array || json.RootElement.EnumerateArray().Any(one => one.ValueKind != JsonValueKind.Object))
                return null;
            return [.. json.RootElement.EnumerateArray().Select(Read)];
        }
        catch (JsonException)
        {
            return null;
        }
    }

    // One without an id, which is never seen, is the same when its words are.
    private static NewEvent Read(JsonElement told)
    {
        var text = told.GetRawText();
        var id = told.Text("sg_event_id") is { Length: > 0 and <= MailEvent.LongestId } given
            ? given
            : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
        return new(id, Guid.TryParse(told.Text("organization_id"), out var organization) ? organization : null, text);
    }
}
