using System.Text.Json.Nodes;
using Crm.Local;
using Crm.Local.FunctionsHost.Timers;

namespace Crm.Functions.Tests.Local;

public sealed class TimerListenerTests : IAsyncLifetime
{
    private readonly StackClock _clock = new();
    private readonly TestWorkers _workers = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("crm-tests-").FullName;
    private TestHost? _host;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private string StatusFile => Path.Combine(_folder, "DailyDigest.json");

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
            await _host.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_timer_fired_by_hand_gets_the_payload_of_the_real_host_and_notes_when_it_is_next_due()
    {
        await Start("0 0 3 * * *", run: false);

        var result = await _host!.Host.Fire("dailydigest", Ct);
        await _host.Host.Fire("DailyDigest", Ct);

        Assert.True(result.Succeeded);
        var call = await _workers.NextCall();
        Assert.Equal(("DailyDigest", "timer"), (call.Function, call.Request.InputData.Single().Name));
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00$", call["TimerTrigger"].String);
        var first = Timer(call);
        Assert.True((bool)first["Schedule"]!["AdjustForDST"]!);
        Assert.False((bool)first["IsPastDue"]!);
        Assert.Equal("0001-01-01T00:00:00+00:00", (string?)first["ScheduleStatus"]!["Last"]);
        var second = Timer(await _workers.NextCall())["ScheduleStatus"]!;
        Assert.NotEqual("0001-01-01T00:00:00+00:00", (string?)second["Last"]);
        var next = (DateTimeOffset)second["Next"]!;
        Assert.Equal(TimeSpan.FromHours(3), next.TimeOfDay);
        Assert.EndsWith("+00:00", (string?)second["Next"], StringComparison.Ordinal);
        Assert.Equal(next, TimerStatus.Read(StatusFile)!.Next);
    }

    [Fact]
    public async Task One_of_the_works_of_the_apps_timer_is_fired_by_its_name_and_is_no_occurrence_of_the_timer()
    {
        _workers.Add("RunTimers", """{"name":"tick","direction":"In","type":"timerTrigger","schedule":"5 * * * * *"}""");
        await Start("0 0 3 * * *", run: false);

        Assert.True((await _host!.Host.Fire("SweepOutbox", Ct)).Succeeded);

        var named = await _workers.NextCall();
        Assert.Equal(("RunTimers", "SweepOutbox"), (named.Function, (string?)Timer(named)["Work"]));
        Assert.False(File.Exists(Path.Combine(_folder, "RunTimers.json")));

        await _host.Host.Fire("RunTimers", Ct);
        Assert.False(Timer(await _workers.NextCall()).AsObject().ContainsKey("Work"));
        Assert.True(File.Exists(Path.Combine(_folder, "RunTimers.json")));
    }

    [Fact]
    public async Task An_occurrence_missed_while_stopped_fires_once_at_start_as_past_due()
    {
        var missed = ThreeOClock(daysAgo: 2);
        new TimerStatus(missed.AddDays(-1), missed.AddDays(-1), missed).Write(StatusFile);

        await Start("0 0 3 * * *");

        Assert.True((bool)Timer(await _workers.NextCall())["IsPastDue"]!);
        while (TimerStatus.Read(StatusFile)?.Next is not { } next || next < DateTimeOffset.UtcNow)
            await Task.Delay(10, Ct);
        Assert.Single(_workers.Calls);
    }

    [Fact]
    public async Task A_timer_whose_schedule_has_changed_missed_nothing()
    {
        var missed = ThreeOClock(daysAgo: 2);
        new TimerStatus(missed.AddDays(-1), missed.AddDays(-1), missed).Write(StatusFile);

        await Start("0 30 4 * * *");

        while (TimerStatus.Read(StatusFile)?.Next is not { } next || next < DateTimeOffset.UtcNow)
            await Task.Delay(10, Ct);
        Assert.Equal(new TimeSpan(4, 30, 0), TimerStatus.Read(StatusFile)!.Next.TimeOfDay);
        Assert.Empty(_workers.Calls);
    }

    [Fact]
    public async Task A_first_start_notes_when_the_timer_is_due_so_that_missing_it_is_noticed()
    {
        await Start("0 0 3 1 1 *");
        await UntilNoted();

        Assert.Equal(default, TimerStatus.Read(StatusFile)!.Last);
        Assert.Empty(_workers.Calls);
    }

    [Fact]
    public async Task A_timer_may_ask_to_be_called_at_start()
    {
        await Start("0 0 3 1 1 *", more: ",\"runOnStartup\":true");

        Assert.False((bool)Timer(await _workers.NextCall())["IsPastDue"]!);
    }

    [Fact]
    public async Task Moving_the_clock_past_occurrences_fires_the_timer_once()
    {
        await Start("0 0 3 1 1 *");
        await UntilNoted();
        var due = TimerStatus.Read(StatusFile)!.Next;

        _clock.Advance((long)TimeSpan.FromDays(3 * 366).TotalSeconds);

        var timer = Timer(await _workers.NextCall());
        Assert.False((bool)timer["IsPastDue"]!);
        Assert.Equal(due, (DateTimeOffset)timer["ScheduleStatus"]!["Next"]!);
        while (TimerStatus.Read(StatusFile)!.Next <= _clock.GetUtcNow())
            await Task.Delay(10, Ct);
        Assert.Single(_workers.Calls);
    }

    [Fact]
    public async Task A_timer_is_never_called_twice_at_a_time()
    {
        var end = new TaskCompletionSource<bool>();
        _workers.Succeeds = _ => end.Task;
        await Start("*/1 * * * * *");
        await _workers.NextCall();
        await Task.Delay(1500, Ct);
        Assert.Single(_workers.Calls);

        end.SetResult(true);
        await _workers.NextCall();
    }

    [Fact]
    public async Task A_timer_more_frequent_than_every_minute_keeps_no_status()
    {
        await Start("*/1 * * * * *");

        Assert.Null(Timer(await _workers.NextCall())["ScheduleStatus"]);
        Assert.False(File.Exists(StatusFile));
    }

    [Fact]
    public async Task A_failed_invocation_is_reported_as_such()
    {
        _workers.Succeeds = static _ => Task.FromResult(false);
        await Start("0 0 3 * * *", run: false);

        var result = await _host!.Host.Fire("DailyDigest", Ct);

        Assert.False(result.Succeeded);
        Assert.Contains("told to fail", result.Error, StringComparison.Ordinal);
        Assert.False((await _host.Host.Fire("Nope", Ct)).Succeeded);
    }

    [Fact]
    public async Task A_schedule_comes_from_a_setting_and_in_the_zone_of_another()
    {
        await Start("%WHEN%", run: false, settings: new() { ["WHEN"] = "0 0 3 * * *", ["WEBSITE_TIME_ZONE"] = "W. Europe Standard Time" });
        await _host!.Host.Fire("DailyDigest", Ct);

        var next = (string)Timer(await _workers.NextCall())["ScheduleStatus"]!["Next"]!;
        Assert.Matches(@"T03:00:00\+0[12]:00$", next);
    }

    [Fact]
    public async Task A_timer_without_a_readable_schedule_is_told_and_the_rest_runs()
    {
        var warnings = new System.Collections.Concurrent.ConcurrentQueue<string>();
        _workers.Add("Broken", """{"name":"timer","direction":"In","type":"timerTrigger","schedule":"every now and then"}""");
        await Start("0 0 3 * * *", run: false, warn: warnings.Enqueue);

        Assert.Equal("DailyDigest", Assert.Single(_host!.Host.Timers).Name);
        Assert.Contains(warnings, warning => warning.Contains("every now and then", StringComparison.Ordinal));
    }

    private static DateTimeOffset ThreeOClock(int daysAgo) => new(DateTime.UtcNow.Date.AddDays(-daysAgo).AddHours(3), TimeSpan.Zero);

    private static JsonNode Timer(SeenCall call) => JsonNode.Parse(call.Input.Json)!;

    private async Task Start(string schedule, bool run = true, string more = "", Dictionary<string, string>? settings = null, Action<string>? warn = null)
    {
        _workers.Add("DailyDigest", $$"""{"name":"timer","direction":"In","type":"timerTrigger","schedule":"{{schedule}}","properties":{}{{more}}}""");
        _host = await TestHost.Start(
            _workers, settings: settings,
            change: options => options with { Clock = _clock, TimersRun = run, TimerFolder = _folder, Warn = warn ?? options.Warn });
    }

    private async Task UntilNoted()
    {
        while (!File.Exists(StatusFile))
            await Task.Delay(10, Ct);
    }
}
