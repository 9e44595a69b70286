using Crm.Local;
using Crm.Local.FunctionsHost;

namespace Crm.Functions.Tests.Local;

public sealed class TimerListenerTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("crm-tests-").FullName;
    private readonly StackClock _clock = new();
    private TestHandler _handler = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private string StatusFile => Path.Combine(_folder, "DailyDigest.json");

    public async ValueTask InitializeAsync() => _handler = await TestHandler.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _handler.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_timer_fired_by_hand_gets_the_payload_of_the_real_host_and_notes_when_it_is_next_due()
    {
        using var timer = Timer("0 0 3 * * *");

        var result = await timer.FireAsync(Ct);
        await timer.FireAsync(Ct);

        Assert.True(result.Succeeded);
        var first = await _handler.NextAsync();
        Assert.Equal(("POST", "/DailyDigest"), (first.Method, first.Target));
        Assert.Null(first.Json["Data"]!["timer"]!["ScheduleStatus"]);
        var second = (await _handler.NextAsync()).Json;
        Assert.True((bool)second["Data"]!["timer"]!["Schedule"]!["AdjustForDST"]!);
        Assert.False((bool)second["Data"]!["timer"]!["IsPastDue"]!);
        Assert.Equal("DailyDigest", (string?)second["Metadata"]!["sys"]!["MethodName"]);
        var next = (DateTime)second["Data"]!["timer"]!["ScheduleStatus"]!["Next"]!;
        Assert.Equal(TimeSpan.FromHours(3), next.TimeOfDay);
        Assert.Equal(next, TimerStatus.Read(StatusFile)!.Next.UtcDateTime);
    }

    [Fact]
    public async Task An_occurrence_missed_while_stopped_fires_once_at_start_as_past_due()
    {
        var missed = DateTimeOffset.UtcNow.AddDays(-2);
        new TimerStatus(missed.AddDays(-1), missed.AddDays(-1), missed).Write(StatusFile);

        await RunUntilAsync(Timer("0 0 3 * * *"), async () =>
        {
            var request = await _handler.NextAsync();
            Assert.True((bool)request.Json["Data"]!["timer"]!["IsPastDue"]!);
        });

        Assert.Single(_handler.All);
        Assert.True(TimerStatus.Read(StatusFile)!.Next > DateTimeOffset.UtcNow);
    }

    [Fact]
    public async Task Moving_the_clock_past_an_occurrence_fires_the_timer()
    {
        await RunUntilAsync(Timer("0 0 3 1 1 *"), async () =>
        {
            while (!File.Exists(StatusFile))
            {
                await Task.Delay(10, Ct);
            }

            _clock.Advance((long)TimeSpan.FromDays(366).TotalSeconds);
            var request = await _handler.NextAsync();
            Assert.False((bool)request.Json["Data"]!["timer"]!["IsPastDue"]!);
        });
    }

    [Fact]
    public async Task A_timer_more_frequent_than_every_minute_keeps_no_status()
    {
        await RunUntilAsync(Timer("*/1 * * * * *"), async () =>
        {
            Assert.Null((await _handler.NextAsync()).Json["Data"]!["timer"]!["ScheduleStatus"]);
        });
        Assert.False(File.Exists(StatusFile));
    }

    [Fact]
    public async Task A_failed_invocation_is_reported_as_such()
    {
        _handler.Answer = _ => 500;
        using var timer = Timer("0 0 3 * * *");
        var result = await timer.FireAsync(Ct);

        Assert.False(result.Succeeded);
        Assert.Equal(500, result.Status);
    }

    private TimerListener Timer(string schedule) =>
        new(new TimerFunction("DailyDigest", "timer", schedule, RunOnStartup: false, UseMonitor: true), _handler.Invoker, _clock, _folder);

    private static async Task RunUntilAsync(TimerListener timer, Func<Task> until)
    {
        using (timer)
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(Ct);
            var running = timer.RunAsync(stop.Token);
            await until();
            await stop.CancelAsync();
            await running;
        }
    }
}
