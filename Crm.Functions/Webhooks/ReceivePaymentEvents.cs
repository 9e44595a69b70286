using System.Text.Json;
using Azure.Storage.Queues;
using Crm.Shared.Database;
using Crm.Shared.Integrations.Stripe;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Options;

namespace Crm.Functions.Webhooks;

public static class ReceivePaymentEvents
{
    /// <param name="Received">True: it is kept, and looked at afterwards.</param>
    public sealed record Response(bool Received);

    /// <summary>Stripe's webhook: what became of payments, refunds and disputes.</summary>
    /// <remarks>
    /// For Stripe alone: <c>Stripe-Signature</c> proves the body, byte for byte, and is good for five minutes. Let it send <c>payment_intent.succeeded</c>,
    /// <c>.processing</c>, <c>.payment_failed</c> and <c>.canceled</c>, <c>charge.refunded</c>, <c>refund.created</c>, <c>.updated</c> and <c>.failed</c>, and
    /// all <c>charge.dispute.*</c>; what else it sends is ignored.
    /// </remarks>
    [Function("ReceivePaymentEvents"), Tags("Invoices"), AllowAnonymous, DisableRateLimiting]
    public static async Task<Reply<Response>> Handle(
        [HttpTrigger(Anonymous, "post", Route = "invoices/webhook/stripe")] HttpContext context,
        IOptions<StripeOptions> options, Db db, QueueServiceClient queues, ILoggerFactory logs)
    {
        if (options.Value.WebhookSecret.Length == 0)
            return Errors.WebhookNotConfigured;
        using var content = new MemoryStream();
        await context.Request.Body.CopyToAsync(content, context.RequestAborted);
        var signature = context.Request.Headers[StripeEvent.SignatureHeader].ToString();
        if (StripeEvent.Verified(content.GetBuffer().AsSpan(0, (int)content.Length), signature, options.Value.WebhookSecret, db.Now) is not { } body)
            return Errors.InvalidSignature;
        if (Read(body) is not { } told)
            return Error.Invalid("body", "The body is no event.");
        await ProviderEventStore.Store(db, queues, logs.CreateLogger(Providers.Payments), Providers.Payments, [told]);
        return new Response(true);
    }

    private static NewEvent? Read(string body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            if (json.RootElement.Text("id") is not { Length: > 0 and <= MailEvent.LongestId } id)
                return null;
            // PostgreSQL's text holds any character but this one, and JSON writes it as six others.
            return new(id, Organization(json.RootElement), body);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    // Payments and refunds of ours name it; of others it is found out when they are processed.
    private static Guid? Organization(JsonElement told) =>
        told.TryGetProperty("data", out var data) && data.ValueKind == JsonValueKind.Object && data.TryGetProperty("object", out var about)
            && about.ValueKind == JsonValueKind.Object && about.TryGetProperty("metadata", out var metadata)
            && Guid.TryParse(metadata.Text("organization_id"), out var organization)
            ? organization
            : null;
}
