using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Azure.Storage.Queues;
using Crm.Shared.Database;
using Crm.Shared.Integrations.SendGrid;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Options;

namespace Crm.Functions.Webhooks;

/// <summary>
/// SendGrid's Inbound Parse: a mail that somebody wrote to us, as a form or as it came. It is not signed: who knows the address may post.
/// </summary>
public static partial class ReceiveMail
{
    [Function("ReceiveMail"), ExcludeFromDescription, AllowAnonymous, DisableRateLimiting, LargeBody]
    public static async Task<IResult> Handle(
        [HttpTrigger(Anonymous, "post", Route = "webhooks/sendgrid/inbound/{secret}")] HttpContext context, string secret,
        IOptions<SendGridOptions> options, Db db, AttachedFiles files, QueueServiceClient queues, ILoggerFactory logs)
    {
        if (options.Value.InboundSecret.Length == 0)
            return new Refusal(Errors.WebhookNotConfigured);
        if (!CryptographicOperations.FixedTimeEquals(Hash(secret), Hash(options.Value.InboundSecret)))
            return new Refusal(Errors.InvalidSignature);
        if (MailForm.Boundary(context.Request) is not { } boundary)
            return new Refusal(Errors.UnsupportedMediaType with { Message = "Send the body as multipart/form-data." });
        if (await Read(context.Request.Body, boundary, context.RequestAborted) is not { } mail)
            return new Refusal(Errors.BodyBroken);
        // The same mail has the same id, whatever its files are called here.
        var id = EventId(mail, mail.Json());
        if (await files.Store(mail, db, context.RequestAborted) is not { } kept)
            return new Refusal(Errors.StoreUnavailable);
        await ProviderEventStore.Store(
            db, queues, logs.CreateLogger(Providers.InboundMail), Providers.InboundMail, [new(id, null, kept.Json())]);
        return Results.NoContent();
    }

    private static async Task<InboundMail?> Read(Stream content, string boundary, CancellationToken ct)
    {
        try
        {
            return InboundMail.Of(await MailForm.Read(content, boundary, ct));
        }
        catch (Exception exception)
            when (exception is InvalidDataException or FormatException or JsonException or InvalidOperationException
                or IOException and not BadHttpRequestException)
        {
            return null;
        }
    }

    // A mail to two of our addresses comes twice, and is two.
    private static string EventId(InboundMail mail, string body)
    {
        var id = MessageId().Match(mail.Headers).Groups["id"].Value;
        var named = $"{id} {string.Join(',', mail.Envelope.To.Order(StringComparer.Ordinal))}";
        return id.Length == 0 ? Convert.ToHexStringLower(Hash(body)) : named.Length <= MailEvent.LongestId ? named : Convert.ToHexStringLower(Hash(named));
    }

    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));

    // Its value may stand on the next line.
    [GeneratedRegex(@"^message-id:\s*(?<id>\S+)", RegexOptions.IgnoreCase | RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex MessageId();
}
