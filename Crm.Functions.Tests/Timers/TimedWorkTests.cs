using System.Reflection;
using Crm.Functions.Tests.Fixture;
using Crm.Functions.Timers;
using Microsoft.Azure.Functions.Worker;

namespace Crm.Functions.Tests.Timers;

/// <summary>The list of all timed work.</summary>
public sealed class TimedWorkTests(TestServices services)
{
    [Fact]
    public void Whatever_has_a_handler_that_no_trigger_calls_is_in_the_list()
    {
        var handlers = typeof(CrmApp).Assembly.GetTypes()
            .Where(type => type.GetMethod("Handle", BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic) is { } handle
                && !handle.IsDefined(typeof(FunctionAttribute)))
            .Select(type => type.Name);
        Assert.Equal(handlers.Order(StringComparer.Ordinal), TimedWork.All.Select(work => work.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task All_of_it_can_be_done()
    {
        foreach (var work in TimedWork.All)
            await services.App.RunTimer(work.Name);
    }

    [Theory]
    [InlineData("12:00:00.0000000", "12:00:00 12:00:00 12:00:00")]
    [InlineData("12:00:59.9999999", "12:00:00 12:00:00 12:00:00")]
    [InlineData("12:17:05.0000000", "12:17:00 12:15:00 12:15:00")]
    [InlineData("23:59:59.9999999", "23:59:00 23:55:00 23:45:00")]
    public void Periods_begin_by_the_clock(string time, string periods)
    {
        var now = DateTimeOffset.Parse($"2026-03-01T{time}+02:00", null).ToUniversalTime().AddHours(2);
        var begun = new[] { CountedWork.Minute, CountedWork.FiveMinutes, CountedWork.QuarterHour }.Select(name => TimedWork.Of(name).PeriodOf(now));
        Assert.Equal(periods, string.Join(' ', begun.Select(begin => begin.ToString("HH:mm:ss"))));
    }

    [Fact]
    public async Task What_was_cut_off_when_its_process_died_is_done_in_the_next_period()
    {
        var ct = TestContext.Current.CancellationToken;
        var connection = await services.CreateDatabase();
        await using var database = Npgsql.NpgsqlDataSource.Create(connection);
        await using (var counting = database.CreateCommand(CountedWork.Sql))
            await counting.ExecuteNonQueryAsync(ct);
        await using var providers = await Crm.Local.Providers.ProviderSimulator.Start(ct: ct);
        await using var handler = new KillableHandler(connection, services.NewQueues(), providers);
        await handler.Start();

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        await using (await database.Hold())
        {
            var ticking = handler.KeepFiring("RunTimers", TimeSpan.FromMilliseconds(100), stop.Token);
            await CountedWork.Until(async () => await database.Waiting() > 0);
            await handler.Kill();
            await stop.CancelAsync();
            await ticking;
        }

        // What waited was the dead process's.
        await CountedWork.Until(async () => await database.Waiting() == 0);
        await handler.Start();
        await handler.SweepUntil(async () => await database.Times(CountedWork.Held) > 0);
    }
}
