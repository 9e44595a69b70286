using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.WebUtilities;

namespace Crm.Local.Providers.Sms;

/// <summary>Twilio's Messages: create, held to the vendor's own API description (github.com/twilio/twilio-oai), and fetch.</summary>
internal sealed class TwilioApi(Accepted accepted, Mailbox mailbox, Faults faults, AppLink app, TimeProvider clock, SmsEvents events, OptOuts optOuts)
{
    private const int SidDigits = 32;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/2010-04-01/Accounts/{account}/Messages.json", Create);
        routes.MapGet("/2010-04-01/Accounts/{account}/Messages/{sid}.json", Fetch);
    }

    private async Task<IResult> Create(string account, HttpContext context)
    {
        var ct = context.RequestAborted;
        var form = context.Request.HasFormContentType ? await context.Request.ReadFormAsync(ct) : null;
        var fault = await faults.Apply("twilio", ct);
        if (fault is { Status: { } status, AnswerLost: false })
            return Refuse(new(status, status == StatusCodes.Status429TooManyRequests ? 20429 : 20500, "simulated failure"));

        if (Denied(account, context.Request) is { } denied)
            return Refuse(denied);
        if (form is null)
            return Refuse(new(StatusCodes.Status400BadRequest, 20001, "The body must be application/x-www-form-urlencoded."));

        // Of a name that comes twice (MediaUrl may) the last counts here.
        var fields = form.ToDictionary(field => field.Key, field => field.Value[^1] ?? "", StringComparer.Ordinal);
        if (TwilioSchema.Check(fields) is { } error)
            return Refuse(error);
        if (optOuts.Contains(fields["To"]))
            return Refuse(new(StatusCodes.Status400BadRequest, 21610, "Attempt to send to unsubscribed recipient"));

        var message = Message(fields);
        // In this order: killed between the two, we forget both.
        events.Follow(message, fields.GetValueOrDefault("StatusCallback"));
        accepted.Add([message]);
        return Faults.Breaks(fault, context)
            ? Results.Empty
            : Results.Json(TwilioMessage.Resource(message, app.AccountSid), statusCode: StatusCodes.Status201Created);
    }

    private IResult Fetch(string account, string sid, HttpRequest request)
    {
        if (Denied(account, request) is { } denied)
            return Refuse(denied);
        return mailbox.Find(sid) is { Kind: "sms" } message
            ? Results.Json(TwilioMessage.Resource(message, app.AccountSid))
            : Refuse(new(StatusCodes.Status404NotFound, 20404, $"The requested resource {request.Path} was not found"));
    }

    private SentMessage Message(Dictionary<string, string> fields)
    {
        var sid = $"SM{RandomNumberGenerator.GetHexString(SidDigits, lowercase: true)}";
        var service = fields.GetValueOrDefault("MessagingServiceSid", "");
        var headers = fields.Where(field => field.Key is not ("To" or "From" or "Body")).ToDictionary(StringComparer.Ordinal);

        // The app's own ids come along in the address that it wants to be called at.
        var query = QueryHelpers.ParseQuery(fields.GetValueOrDefault("StatusCallback", "").Split('?', 2).Skip(1).FirstOrDefault());
        return new(sid, "sms", fields["To"], fields.GetValueOrDefault("From", service))
        {
            Text = fields.GetValueOrDefault("Body", ""),
            Headers = headers,
            MessageId = sid,
            At = clock.GetUtcNow(),
            Status = service.Length > 0 ? "accepted" : "queued",
            CustomArgs = new[] { ("delivery_id", "deliveryId"), ("organization_id", "organizationId") }
                .Where(name => query.ContainsKey(name.Item2))
                .ToDictionary(name => name.Item1, name => query[name.Item2].ToString(), StringComparer.Ordinal),
        };
    }

    private TwilioError? Denied(string account, HttpRequest request)
    {
        var expected = $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"{app.AccountSid}:{app.AuthToken}"))}";
        if (request.Headers.Authorization != expected)
            return new(StatusCodes.Status401Unauthorized, 20003, "Authenticate");
        return account == app.AccountSid ? null : new(StatusCodes.Status404NotFound, 20404, $"The requested resource {request.Path} was not found");
    }

    private static IResult Refuse(TwilioError error) => Results.Json(error.Body, statusCode: error.Status);
}
