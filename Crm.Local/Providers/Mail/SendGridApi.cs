using System.Security.Cryptography;
using System.Text.Json;

namespace Crm.Local.Providers.Mail;

/// <summary>SendGrid's <c>POST /v3/mail/send</c>, held to the vendor's API description (github.com/twilio/sendgrid-oai) and its documented limits.</summary>
internal sealed class SendGridApi(Accepted accepted, Faults faults, TimeProvider clock, MailEvents events)
{
    private const string Help = "https://www.twilio.com/docs/sendgrid/api-reference/mail-send/errors";
    private const string IdAlphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
    private const int IdLength = 22;

    public void Map(IEndpointRouteBuilder routes) => routes.MapPost("/v3/mail/send", Send);

    private async Task Send(HttpContext context)
    {
        var ct = context.RequestAborted;

        // The body first: a caller that goes away while we are slow is noticed only once nothing of it is left unread.
        using var copy = new MemoryStream();
        await context.Request.Body.CopyToAsync(copy, ct);
        var fault = await faults.Apply("sendgrid", ct);
        if (fault is { Status: { } status, AnswerLost: false })
        {
            await Refuse(context, status, [new("", "simulated failure")]);
            return;
        }

        if (context.Request.Headers.Authorization.ToString() is not ['B', 'e', 'a', 'r', 'e', 'r', ' ', _, ..])
        {
            await Refuse(context, StatusCodes.Status401Unauthorized, [new("", "The provided authorization grant is invalid, expired, or revoked")]);
            return;
        }

        if (copy.Length > SendGridLimits.LargestBody)
        {
            await Refuse(context, StatusCodes.Status413PayloadTooLarge, [new("", "content too large")]);
            return;
        }

        using var body = Parse(copy);
        if (body is null || !context.Request.HasJsonContentType())
        {
            await Refuse(context, StatusCodes.Status400BadRequest, [new("", "Bad Request: the body must be JSON, sent as application/json")]);
            return;
        }

        if (Violations(body.RootElement) is { Count: > 0 } violations)
        {
            await Refuse(context, StatusCodes.Status400BadRequest, violations);
            return;
        }

        var messageId = RandomNumberGenerator.GetString(IdAlphabet, IdLength);
        var messages = SendGridMail.Read(body.RootElement, messageId, clock.GetUtcNow());
        // In this order: killed between the two, we forget both.
        events.Follow(messages);
        accepted.Add(messages);
        if (Faults.Breaks(fault, context))
            return;
        context.Response.StatusCode = StatusCodes.Status202Accepted;
        context.Response.Headers["X-Message-Id"] = messageId;
    }

    private static JsonDocument? Parse(MemoryStream body)
    {
        try
        {
            return JsonDocument.Parse(body.GetBuffer().AsMemory(0, (int)body.Length));
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static IReadOnlyList<SchemaViolation> Violations(JsonElement mail) =>
        SendGridSchema.Check(mail) is { Count: > 0 } found ? found : SendGridLimits.Check(mail);

    private static Task Refuse(HttpContext context, int status, IEnumerable<SchemaViolation> violations)
    {
        context.Response.StatusCode = status;
        var errors = violations.Select(v => new { message = $"{v.Field} {v.Message}".Trim(), field = v.Field.Length == 0 ? null : v.Field, help = Help });
        return context.Response.WriteAsJsonAsync(new { errors }, context.RequestAborted);
    }
}
