using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Crm.Local.Providers.Mail;

/// <summary>The vendor's events of accepted mails: each follows by itself when it is due, or is told at once when somebody makes it happen.</summary>
internal sealed class MailEvents : IAsyncDisposable
{
    private const int IdBytes = 16;
    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly AppLink _app;
    private readonly StackClock _clock;
    private readonly EventWebhook _webhook;
    private readonly Mailbox _mailbox;

    public MailEvents(AppLink app, StackClock clock, EventWebhook webhook, Mailbox mailbox, Ledger ledger, string? file)
    {
        _app = app;
        _clock = clock;
        _webhook = webhook;
        _mailbox = mailbox;
        Queue = new(clock, EventWebhook.MostEvents, Tell, file, ledger);
    }

    public CallbackQueue Queue { get; }

    /// <summary>What becomes of accepted mails by themselves.</summary>
    public void Follow(IReadOnlyList<SentMessage> messages)
    {
        if (!_app.ConfirmsDeliveries)
            return;
        var (waits, happens) = (_clock.GetUtcNow(), _app.Time.GetUtcNow());
        Queue.Add(
        [
            .. messages.SelectMany(message => MailFate.Of(message.To).Select(step => (Message: message, Step: step)))
                .GroupBy(fate => fate.Step)
                .SelectMany(same => same.Chunk(EventWebhook.MostEvents))
                .Select(some =>
                {
                    var step = some[0].Step;
                    var after = step.After * _app.StepDelay;
                    return new Callback(NewId(), waits + after)
                    {
                        Events = [.. some.Select(fate => Event(fate.Message, step.Event, happens + after))],
                        MessageIds = [.. some.Select(fate => fate.Message.Id)],
                        Status = step.Event.Word(),
                    };
                }),
        ]);
    }

    /// <summary>Tells the app at once; returns its answer.</summary>
    public async Task<int> Happen(SentMessage message, MailEvent kind, string? url, CancellationToken ct)
    {
        // The vendor does not always know any more which mail bounces late.
        var isLate = kind is MailEvent.Bounce or MailEvent.Block && message.Status is not ("accepted" or "processed");
        var status = await _webhook.Post([Event(message, kind, _app.Time.GetUtcNow(), url, namesMail: !isLate)], ct);
        _mailbox.Note([message.Id], kind.Word());
        return status;
    }

    public ValueTask DisposeAsync() => Queue.DisposeAsync();

    private async Task<bool> Tell(IReadOnlyList<Callback> callbacks, CancellationToken ct)
    {
        foreach (var callback in callbacks)
            _mailbox.Note(callback.MessageIds, callback.Status);
        return await _webhook.Tell([.. callbacks.SelectMany(callback => callback.Events)], ct);
    }

    private static string Event(SentMessage message, MailEvent kind, DateTimeOffset at, string? url = null, bool namesMail = true)
    {
        var told = new Dictionary<string, object>(StringComparer.Ordinal);
        foreach (var (name, value) in message.CustomArgs)
            told[name] = value;
        foreach (var (name, value) in kind.Facts())
            told[name] = value;
        told["email"] = message.To;
        told["event"] = kind.Word();
        told["sg_event_id"] = NewId();
        told["timestamp"] = at.ToUnixTimeSeconds();
        if (url is not null)
            told["url"] = url;
        if (namesMail)
        {
            told["sg_message_id"] = message.Id.Replace(".", ".recvd-6f8d9c5b7-local-", StringComparison.Ordinal) + ".0";
            told["smtp-id"] = message.RfcId;
        }

        return JsonSerializer.Serialize(told, Json);
    }

    private static string NewId() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(IdBytes)).TrimEnd('=').Replace('+', '-').Replace('/', '_');
}
