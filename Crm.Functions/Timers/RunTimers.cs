using Crm.Shared.Database;

namespace Crm.Functions.Timers;

/// <summary>
/// Does, every minute, whatever work is due (<see cref="TimedWork.All"/>). One function for all of it: each timer function would be billed for itself, a second
/// a run at least (<c>docs/adr/0018-one-timer.md</c>). Work is claimed for the period it is due in. So it is done once a period, however many tick; what was
/// missed is done by the next tick, and what was cut off, in the next period.
/// </summary>
public static class RunTimers
{
    /// <summary>What is written at the end of a call. An alert looks for it (<c>infra/modules/alerts.bicep</c>): changed here, it is changed there.</summary>
    public const string Line = "Timers ran {Works}";

    /// <summary>
    /// The host does not tick while this runs. So where something takes long, the next minutes' work is begun here too, for so long; then all comes to its end
    /// within the function's time (<c>host.json</c>: ten minutes), and the host ticks again.
    /// </summary>
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    /// <summary>After the full minute, as in the schedule.</summary>
    private static readonly TimeSpan Lateness = TimeSpan.FromSeconds(5);

    /// <summary>What the host says of a call, as far as it matters.</summary>
    /// <param name="Work">What alone is to be done, due or not. The local stack and the tests say it; the real host never does.</param>
    public sealed record Tick(string? Work);

    // In one order, so that two ticks at once wait for one another and not in a circle. What was claimed for a time far to come, by an instance whose clock was
    // wrong, is due all the same: otherwise nothing would be done until then.
    private const string ClaimSql = """
        insert into timers as t (name, period)
        select name, period
        from unnest(@Names, @Periods) as due (name, period)
        order by name
        on conflict (name) do update
        set period = excluded.period
        where t.period < excluded.period
           or t.period > excluded.period + interval '1 hour'
        returning name
        """;

    [Function("RunTimers")]
    public static async Task Handle(
        [TimerTrigger(Schedules.EveryMinute)] Tick tick, Db db, IServiceScopeFactory scopes, TimeProvider clock, ILoggerFactory logs, CancellationToken ct)
    {
        using var runs = new TimerRuns(scopes, clock, logs.CreateLogger("Timers"), ct);
        try
        {
            if (tick.Work is not null)
                runs.Begin(TimedWork.Of(tick.Work));
            else
                await DoAllThatIsDue(db, runs, clock, ct);
        }
        finally
        {
            await runs.End();
        }
    }

    private static async Task DoAllThatIsDue(Db db, TimerRuns runs, TimeProvider clock, CancellationToken ct)
    {
        var began = clock.GetTimestamp();
        do
        {
            var idle = TimedWork.All.Where(work => !runs.Includes(work)).ToArray();
            var now = db.Now;
            var claim = new { Names = idle.Select(work => work.Name).ToArray(), Periods = idle.Select(work => work.PeriodOf(now)).ToArray() };
            var due = await db.List<string>(Scope.Global, ClaimSql, claim, ct);
            foreach (var work in idle.Where(work => due.Contains(work.Name, StringComparer.Ordinal)))
                runs.Begin(work);
        }
        while (!await runs.EndWithin(UntilNextTick(db.Now)) && clock.GetElapsedTime(began) < Longest);
    }

    private static TimeSpan UntilNextTick(DateTimeOffset now) =>
        TimeSpan.FromTicks(TimeSpan.TicksPerMinute - now.UtcTicks % TimeSpan.TicksPerMinute) + Lateness;
}
