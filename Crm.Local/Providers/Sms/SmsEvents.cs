using System.Globalization;

namespace Crm.Local.Providers.Sms;

/// <summary>The vendor's status callbacks: each follows by itself when it is due, or is told at once when somebody makes it happen.</summary>
internal sealed class SmsEvents : IAsyncDisposable
{
    private readonly AppLink _app;
    private readonly StackClock _clock;
    private readonly TwilioWebhook _webhook;
    private readonly Mailbox _mailbox;

    public SmsEvents(AppLink app, StackClock clock, TwilioWebhook webhook, Mailbox mailbox, Ledger ledger, string? file)
    {
        _app = app;
        _clock = clock;
        _webhook = webhook;
        _mailbox = mailbox;
        Queue = new(clock, mostEvents: 1, Tell, file, ledger);
    }

    public CallbackQueue Queue { get; }

    /// <summary>What becomes of an accepted message by itself, and who is told.</summary>
    public void Follow(SentMessage message, string? callback)
    {
        if (!_app.ConfirmsDeliveries || callback is null)
            return;
        var now = _clock.GetUtcNow();
        Queue.Add([.. SmsFate.Of(message.To).Index().Select(step =>
            new Callback(string.Create(CultureInfo.InvariantCulture, $"{message.Id}-{step.Index}"), now + (step.Index + 1) * _app.StepDelay)
            {
                Url = callback,
                Form = Form(message, step.Item),
                MessageIds = [message.Id],
                Status = step.Item,
            })]);
    }

    /// <summary>Tells the app at once; returns its answer, or null when it did not ask to be told.</summary>
    public async Task<int?> Happen(SentMessage message, string status, CancellationToken ct)
    {
        if (!message.Headers.TryGetValue("StatusCallback", out var callback))
            return null;
        var answer = await _webhook.Post(new(callback), Form(message, status), ct);
        _mailbox.Note([message.Id], status);
        return answer;
    }

    public ValueTask DisposeAsync() => Queue.DisposeAsync();

    private Task<bool> Tell(IReadOnlyList<Callback> callbacks, CancellationToken ct)
    {
        var callback = callbacks.Single();
        _mailbox.Note(callback.MessageIds, callback.Status);
        return Calls.Succeeds(() => _webhook.Post(new(callback.Url!), callback.Form, ct));
    }

    private Dictionary<string, string> Form(SentMessage message, string status)
    {
        var form = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["AccountSid"] = _app.AccountSid,
            ["ApiVersion"] = "2010-04-01",
            ["From"] = message.From,
            ["MessageSid"] = message.Id,
            ["MessageStatus"] = status,
            ["SmsSid"] = message.Id,
            ["SmsStatus"] = status,
            ["To"] = message.To,
        };
        if (SmsFate.ErrorOf(status) is { } error)
            form["ErrorCode"] = error.Code.ToString(CultureInfo.InvariantCulture);
        if (status == "delivered")
            form["RawDlrDoneDate"] = _app.Time.GetUtcNow().ToString("yyMMddHHmm", CultureInfo.InvariantCulture);
        return form;
    }
}
