using Azure.Storage.Queues;
using Crm.Functions.Outbox;
using Crm.Functions.Tests.Fixture;
using Crm.Shared.Integrations.AzureQueues;

namespace Crm.Functions.Tests.Email;

/// <summary>What alerts about queues are made from.</summary>
public sealed class WatchQueuesTests(TestServices services)
{
    private readonly TestClock _clock = new();
    private readonly string _queues = services.NewQueues();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_queue_that_is_not_empty_is_named_with_how_much_and_since_when()
    {
        var queues = StorageQueues.Connect(_queues);
        Assert.Empty(await Watch(queues));
        await queues.Send("send-email", "{}", Ct);
        await queues.Send("send-email-poison", "{}", Ct);
        await queues.Send("send-email-poison", "{}", Ct);
        await queues.Send("undo-import", "{}", Ct, delay: TimeSpan.FromHours(1));
        _clock.Advance(TimeSpan.FromHours(1));

        var lines = await Watch(queues);

        Assert.Equal(3, lines.Count);
        Assert.Matches(@"^Queue send-email holds 1 message\(s\), the oldest for 36\d\d s$", lines[0]);
        Assert.Matches(@"^Queue send-email-poison holds 2 message\(s\), the oldest for 36\d\d s$", lines[1]);
        // One that is hidden for later waits for nobody.
        Assert.Equal("Queue undo-import holds 1 message(s), the oldest for 0 s", lines[2]);
    }

    private async Task<IReadOnlyList<string>> Watch(QueueServiceClient queues)
    {
        var lines = new Lines();
        await WatchQueues.Handle(queues, _clock, lines, Ct);
        return lines.Written;
    }

    private sealed class Lines : ILogger<WatchQueues.QueueLines>
    {
        public List<string> Written { get; } = [];

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel level) => true;

        public void Log<TState>(LogLevel level, EventId id, TState state, Exception? exception, Func<TState, Exception?, string> text) =>
            Written.Add(text(state, exception));
    }
}
