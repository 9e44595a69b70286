using System.Text.Json.Nodes;

namespace Crm.Local.Providers.Stripe;

/// <summary>The vendor's events: each follows by itself when it is due, or is told at once when somebody makes it happen.</summary>
internal sealed class StripeEvents : IAsyncDisposable
{
    private readonly AppLink _app;
    private readonly StackClock _clock;
    private readonly StripeWebhook _webhook;

    public StripeEvents(AppLink app, StackClock clock, StripeWebhook webhook, Ledger ledger, string? file)
    {
        _app = app;
        _clock = clock;
        _webhook = webhook;
        Queue = new(clock, mostEvents: 1, Tell, file, ledger);
    }

    public CallbackQueue Queue { get; }

    /// <summary>What the app is told by itself of what happened.</summary>
    public void Follow(params IReadOnlyList<JsonObject> events)
    {
        if (_app.ConfirmsDeliveries)
            TellLater(events);
    }

    /// <summary>Has the app told of it after a while.</summary>
    public void TellLater(IReadOnlyList<JsonObject> events)
    {
        var now = _clock.GetUtcNow();
        Queue.Add([.. events.Index().Select(one => new Callback((string)one.Item["id"]!, now + (one.Index + 1) * _app.StepDelay)
        {
            Events = [one.Item.ToJsonString()],
            Status = (string)one.Item["type"]!,
        })]);
    }

    /// <summary>Tells the app at once; its answer.</summary>
    public Task<int> Happen(string body, CancellationToken ct) => _webhook.Post(body, ct);

    public ValueTask DisposeAsync() => Queue.DisposeAsync();

    private Task<bool> Tell(IReadOnlyList<Callback> callbacks, CancellationToken ct) =>
        Calls.Succeeds(() => _webhook.Post(callbacks.Single().Events.Single(), ct));
}
