using Crm.Functions.Tests.Fixture;
using Crm.Functions.Timers;
using Crm.Shared.Database;

namespace Crm.Functions.Tests.Timers;

/// <summary>The one timer: what is due when, and what becomes of the others when one is late or fails.</summary>
public sealed class RunTimersTests(OwnApp own) : IClassFixture<OwnApp>, IAsyncLifetime
{
    private readonly TestApp _app = own.App;
    private readonly Lines _lines = new();

    public async ValueTask InitializeAsync()
    {
        if (!await _app.Scalar<bool>("select to_regclass('ran') is not null"))
            await _app.Sql(CountedWork.Sql);
        await _app.Sql("delete from ran");
        // A full hour, shortly before the next: all is due, and there is time until the next minute.
        var now = _app.Clock.GetUtcNow();
        _app.Clock.Advance(TimeSpan.FromTicks(2 * TimeSpan.TicksPerHour - now.Ticks % TimeSpan.TicksPerHour) + TimeSpan.FromSeconds(5));
    }

    public ValueTask DisposeAsync()
    {
        _app.Clock.Hold(false);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Work_is_done_once_in_each_of_its_periods_however_often_the_timer_ticks_and_what_was_missed_once()
    {
        await _app.RunTimer("RunTimers");
        Assert.Equal("1 1 1", await Ran());
        await _app.RunTimer("RunTimers");
        Assert.Equal("1 1 1", await Ran());

        _app.Clock.Advance(TimeSpan.FromMinutes(1));
        await _app.RunTimer("RunTimers");
        Assert.Equal("2 1 1", await Ran());
        _app.Clock.Advance(TimeSpan.FromMinutes(4));
        await _app.RunTimer("RunTimers");
        Assert.Equal("3 2 1", await Ran());

        // Two quarters of an hour in which nobody ticked.
        _app.Clock.Advance(TimeSpan.FromMinutes(26));
        await _app.RunTimer("RunTimers");
        Assert.Equal("4 3 2", await Ran());
        _app.Clock.Advance(TimeSpan.FromMinutes(1));
        await _app.RunTimer("RunTimers");
        Assert.Equal("5 3 2", await Ran());
    }

    [Fact]
    public async Task What_was_claimed_by_a_clock_that_was_far_ahead_is_due_all_the_same()
    {
        await _app.RunTimer("RunTimers");
        await _app.Sql("update timers set period = period + interval '1 day'");
        await _app.RunTimer("RunTimers");
        Assert.Equal("2 2 2", await Ran());
        await _app.RunTimer("RunTimers");
        Assert.Equal("2 2 2", await Ran());
    }

    [Fact]
    public async Task Of_many_ticks_at_once_one_does_the_work()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Tick()));
        Assert.Equal("1 1 1", await Ran());
    }

    [Fact]
    public async Task A_second_tick_leaves_alone_what_the_first_is_at()
    {
        var holding = await _app.Database.Hold();
        var first = Tick();
        await CountedWork.Until(async () => await _app.Database.Waiting() == 1);

        await Tick();
        Assert.False(first.IsCompleted);
        Assert.Equal(1, await _app.Database.Waiting());

        await holding.DisposeAsync();
        await first;
        Assert.Equal(1, await _app.Database.Times(CountedWork.Held));
        Assert.Equal("1 1 1", await Ran());
    }

    [Fact]
    public async Task What_takes_long_holds_up_neither_the_others_nor_the_next_minute()
    {
        var holding = await _app.Database.Hold();
        _app.Clock.Hold();
        var tick = Tick();
        await CountedWork.Until(async () => await Ran() == "1 1 1" && await _app.Database.Waiting() == 1);

        HeldTimer wait;
        do
            wait = await _app.Clock.NextHeld(TestContext.Current.CancellationToken);
        while (wait.Due < TimeSpan.FromSeconds(10));
        Assert.InRange(wait.Due, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(65));
        _app.Clock.Advance(TimeSpan.FromMinutes(1));
        wait.Fire();
        await CountedWork.Until(async () => await Ran() == "2 1 1");
        Assert.False(tick.IsCompleted);
        // None beside itself.
        Assert.Equal(1, await _app.Database.Waiting());

        await holding.DisposeAsync();
        await tick;
        Assert.Equal(1, await _app.Database.Times(CountedWork.Held));
    }

    [Fact]
    public async Task One_that_fails_is_named_and_fails_the_function_and_the_others_are_done()
    {
        await _app.Sql("alter table conversations rename to conversations_away");
        try
        {
            var failure = await Assert.ThrowsAsync<AggregateException>(Tick);
            Assert.StartsWith($"{CountedWork.Minute}: ", Assert.Single(failure.InnerExceptions).Message, StringComparison.Ordinal);
            Assert.Equal("0 1 1", await Ran());
            var error = Assert.Single(_lines.Written, line => line.Level == LogLevel.Error);
            Assert.Equal($"The timed work {CountedWork.Minute} failed", error.Text);
            var done = Assert.Single(_lines.Written, line => line.Text.StartsWith("Timers ran ", StringComparison.Ordinal)).Text;
            Assert.Equal(
                TimedWork.All.Select(work => work.Name).Where(name => name != CountedWork.Minute).Order(StringComparer.Ordinal),
                done["Timers ran ".Length..].Split(", ").Order(StringComparer.Ordinal));

            // The host hears of it.
            _app.Clock.Advance(TimeSpan.FromMinutes(1));
            var result = await _app.Fire("RunTimers");
            Assert.False(result.Succeeded);
            Assert.Contains($"{CountedWork.Minute}: ", result.Error, StringComparison.Ordinal);
        }
        finally
        {
            await _app.Sql("alter table conversations_away rename to conversations");
        }

        _app.Clock.Advance(TimeSpan.FromMinutes(1));
        await _app.RunTimer("RunTimers");
        Assert.Equal("1 1 1", await Ran());
    }

    [Fact]
    public async Task One_that_is_named_is_done_alone_whether_it_is_due_or_not()
    {
        await _app.RunTimer(CountedWork.QuarterHour);
        await _app.RunTimer(CountedWork.QuarterHour.ToLowerInvariant());
        Assert.Equal("0 0 2", await Ran());

        // And is due all the same.
        await _app.RunTimer("RunTimers");
        Assert.Equal("1 1 3", await Ran());

        var unknown = await _app.Fire("SweepNothing");
        Assert.False(unknown.Succeeded);
        Assert.Contains("There is no timed work \"SweepNothing\": there are SweepOutbox, ", unknown.Error, StringComparison.Ordinal);
    }

    private async Task<string> Ran()
    {
        string[] works = [CountedWork.Minute, CountedWork.FiveMinutes, CountedWork.QuarterHour];
        return string.Join(' ', await Task.WhenAll(works.Select(_app.Database.Times)));
    }

    // Beside others, which the local host would not call it.
    private async Task Tick()
    {
        await using var scope = _app.Services.CreateAsyncScope();
        using var logs = LoggerFactory.Create(logging => logging.AddProvider(_lines));
        await RunTimers.Handle(
            new(null), scope.ServiceProvider.GetRequiredService<Db>(), _app.Services.GetRequiredService<IServiceScopeFactory>(), _app.Clock, logs,
            TestContext.Current.CancellationToken);
    }

    private sealed class Lines : ILoggerProvider, ILogger
    {
        public List<(LogLevel Level, string Text)> Written { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (Written)
                Written.Add((logLevel, formatter(state, exception)));
        }

        public void Dispose()
        {
            // Nothing was opened.
        }
    }
}
