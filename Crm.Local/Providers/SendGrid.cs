using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Crm.Local.Providers;

/// <summary>SendGrid's <c>POST /v3/mail/send</c>, held to the vendor's own API description (github.com/twilio/sendgrid-oai).</summary>
internal sealed class SendGrid(Mailbox mailbox, Faults faults, TimeProvider clock)
{
    private const string Help = "https://www.twilio.com/docs/sendgrid/api-reference/mail-send/errors";

    public void Map(IEndpointRouteBuilder routes) => routes.MapPost("/v3/mail/send", Send);

    private async Task Send(HttpContext context)
    {
        var ct = context.RequestAborted;

        // The body first: a caller that goes away while we are slow is noticed only once nothing of it is left unread.
        var (body, isJson) = await Read(context.Request, ct);
        if (await faults.Apply("sendgrid", ct) is { } status)
        {
            await Refuse(context, status, [new("", "simulated failure")]);
            return;
        }

        if (context.Request.Headers.Authorization.ToString() is not ['B', 'e', 'a', 'r', 'e', 'r', ' ', _, ..])
        {
            await Refuse(context, StatusCodes.Status401Unauthorized, [new("", "The provided authorization grant is invalid, expired, or revoked")]);
            return;
        }

        if (!isJson)
        {
            await Refuse(context, StatusCodes.Status400BadRequest, [new("", "Bad Request: the body must be JSON, sent as application/json")]);
            return;
        }

        if (SendGridSchema.Check(body) is { Count: > 0 } violations)
        {
            await Refuse(context, StatusCodes.Status400BadRequest, violations);
            return;
        }

        var messageId = RandomNumberGenerator.GetString("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_", 22);
        mailbox.Add(SendGridMail.Read(body!.AsObject(), messageId, clock.GetUtcNow()));
        context.Response.StatusCode = StatusCodes.Status202Accepted;
        context.Response.Headers["X-Message-Id"] = messageId;
    }

    private static async Task<(JsonNode? Body, bool IsJson)> Read(HttpRequest request, CancellationToken ct)
    {
        try
        {
            using var copy = new MemoryStream();
            await request.Body.CopyToAsync(copy, ct);
            copy.Position = 0;
            return (await JsonNode.ParseAsync(copy, cancellationToken: ct), request.HasJsonContentType());
        }
        catch (JsonException)
        {
            return (null, false);
        }
    }

    private static Task Refuse(HttpContext context, int status, IEnumerable<SchemaViolation> violations)
    {
        context.Response.StatusCode = status;
        var errors = violations.Select(v => new { message = $"{v.Field} {v.Message}".Trim(), field = v.Field.Length == 0 ? null : v.Field, help = Help });
        return context.Response.WriteAsJsonAsync(new { errors }, context.RequestAborted);
    }
}
