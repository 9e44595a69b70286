using Crm.Functions.Auth;

namespace Crm.Functions.Reports;

/// <summary>What is asked of a report: its period, or what is wrong with it, and the stretches its statements count in.</summary>
internal sealed class Report
{
    private static readonly TimeSpan MaxAge = TimeSpan.FromMinutes(1);

    private Report(ReportPeriod? period, Error? error, DateOnly today, Stretches? stretches) =>
        (Period, Error, Today, Stretches) = (period, error, today, stretches!);

    public ReportPeriod? Period { get; }

    public Error? Error { get; }

    /// <summary>The day where the organisation is.</summary>
    public DateOnly Today { get; }

    public Stretches Stretches { get; }

    public static Report Of(ReportFilter filter, Caller caller, DateTimeOffset now, Guid? pipelineId = null)
    {
        var (period, error) = ReportPeriod.Of(filter, caller, now);
        var today = caller.Today(now);
        return new(period, error, today, period is null ? null : new Stretches(period, caller.Zone, today) { PipelineId = pipelineId });
    }

    /// <summary>A series: a point for each of its days, weeks or months, which are numbered from 1.</summary>
    public IReadOnlyList<T> Points<T>(Func<DateOnly, int, T> of) => [.. Period!.Days.Select((day, at) => of(day, at + 1))];

    public static Reply<T> Answer<T>(T data) => Reply<T>.Cached(data, MaxAge, data!);
}
