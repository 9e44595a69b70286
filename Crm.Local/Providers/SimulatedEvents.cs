using Crm.Local.Providers.Mail;
using Crm.Local.Providers.Sms;

namespace Crm.Local.Providers;

/// <summary>What somebody lets happen to a message: <see cref="MessageId"/> or <see cref="Recipient"/> (its latest) says which.</summary>
internal sealed record EventRequest(string? MessageId, string? Recipient, string? Event, string? Url);

/// <summary>What happened: the message, how the app heard of it, and what it answered.</summary>
internal sealed record EventAnswer(string MessageId, string Event, string How, string? Url, int Status, string? Leads);

/// <summary>
/// Lets happen what a recipient or a vendor does with a message: the way it happens in the world, by the message's own links and pixel where it has them,
/// else by an event of the vendor's.
/// </summary>
internal sealed class SimulatedEvents(Mailbox mailbox, AppLink app, Reader reader, MailEvents mails, SmsEvents texts, InboundSms inbound)
{
    private static readonly Dictionary<string, MailEvent> MailEvents = new(StringComparer.OrdinalIgnoreCase)
    {
        ["processed"] = MailEvent.Processed,
        ["delivered"] = MailEvent.Delivered,
        ["deferred"] = MailEvent.Deferred,
        ["open"] = MailEvent.Open,
        ["click"] = MailEvent.Click,
        ["bounce"] = MailEvent.Bounce,
        ["block"] = MailEvent.Block,
        ["dropped"] = MailEvent.Dropped,
        ["spamreport"] = MailEvent.SpamReport,
        ["unsubscribe"] = MailEvent.Unsubscribe,
    };

    private static readonly string[] SmsStatuses = ["sent", "delivered", "undelivered", "failed"];

    public async Task<IResult> Happen(EventRequest request, CancellationToken ct)
    {
        var message = request.MessageId is { Length: > 0 } id ? mailbox.Find(id) : mailbox.Latest(request.Recipient ?? "");
        if (message is null)
        {
            const string Unknown = "There is no such message: messageId is an id of /mailbox.json, recipient an address something was sent to.";
            return Results.NotFound(new { error = Unknown });
        }

        var kind = request.Event ?? "";
        if (message.Kind == "sms" ? !IsOfSms(kind) : !MailEvents.ContainsKey(kind))
        {
            var known = message.Kind == "sms" ? [.. SmsStatuses, "click", "unsubscribe"] : MailEvents.Keys.ToArray();
            return Results.BadRequest(new { error = $"\"{kind}\" does not happen to {message.Kind}; what does: {string.Join(", ", known)}." });
        }

        if (request.Url is not null && !Uri.TryCreate(request.Url, UriKind.Absolute, out _))
            return Results.BadRequest(new { error = "url must be an absolute address." });
        if (kind == "click" && request.Url is null && reader.Link(message) is null)
            return Results.BadRequest(new { error = "The message has no link: say url." });

        var answer = message.Kind == "sms" ? await Text(message, kind, request.Url, ct) : await Mail(message, MailEvents[kind], request.Url, ct);
        return answer is null
            ? Results.BadRequest(new { error = "The message was sent without a StatusCallback, so the vendor tells nobody." })
            : Results.Json(answer, statusCode: answer.Status < StatusCodes.Status400BadRequest ? StatusCodes.Status200OK : StatusCodes.Status502BadGateway);
    }

    private static bool IsOfSms(string kind) => kind is "click" or "unsubscribe" || SmsStatuses.Contains(kind, StringComparer.Ordinal);

    private async Task<EventAnswer> Mail(SentMessage message, MailEvent kind, string? url, CancellationToken ct)
    {
        var link = kind == MailEvent.Click ? url is null ? reader.Link(message) : new Uri(url) : null;
        if (kind == MailEvent.Open && reader.Pixel(message) is { } pixel)
            return await Fetched(message, "open", pixel, ct);
        if (link is not null && reader.CanFollow(link))
            return await Fetched(message, "click", link, ct);
        if (kind == MailEvent.Unsubscribe && reader.OneClick(message) is { } oneClick)
        {
            var (posted, leads) = await reader.PostOneClick(oneClick, ct);
            return Noted(message, "unsubscribe", "posted its one-click address", oneClick, posted, leads);
        }

        var status = await mails.Happen(message, kind, link?.OriginalString, ct);
        return new(message.Id, kind.Word(), "told by a signed event", link?.OriginalString, status, null);
    }

    private async Task<EventAnswer?> Text(SentMessage message, string kind, string? url, CancellationToken ct)
    {
        if (kind == "unsubscribe")
        {
            var stopped = await inbound.Write(message.To, message.From.StartsWith('+') ? message.From : app.SmsNumber, "STOP", ct);
            return new(message.Id, kind, "texted STOP", null, stopped.Status, null);
        }

        if (kind == "click")
        {
            var link = url is null ? reader.Link(message)! : new Uri(url);
            return reader.CanFollow(link)
                ? await Fetched(message, kind, link, ct)
                : new(message.Id, kind, "followed a link that is not the app's: nobody is told", link.OriginalString, StatusCodes.Status200OK, null);
        }

        return await texts.Happen(message, kind, ct) is { } status ? new(message.Id, kind, "told by a signed status callback", null, status, null) : null;
    }

    private async Task<EventAnswer> Fetched(SentMessage message, string kind, Uri url, CancellationToken ct)
    {
        var (status, leads) = await reader.Get(url, ct);
        return Noted(message, kind, "fetched as a browser does", url, status, leads);
    }

    private EventAnswer Noted(SentMessage message, string kind, string how, Uri url, int status, Uri? leads)
    {
        if (status < StatusCodes.Status400BadRequest)
            mailbox.Note([message.Id], kind);
        return new(message.Id, kind, how, url.OriginalString, status, leads?.OriginalString);
    }
}
