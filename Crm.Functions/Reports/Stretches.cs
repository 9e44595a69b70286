using Crm.Shared;

namespace Crm.Functions.Reports;

/// <summary>
/// A report's stretches of time as a statement takes them: numbered, the points of its series from 1, <see cref="Before"/> the period before,
/// <see cref="Whole"/> all of it, <see cref="Since"/> what came after it. By date, by moment, and cut into whole days of UTC, which the database counts, and
/// what is left at both ends of them.
/// </summary>
internal sealed record Stretches
{
    public const int Before = 0;
    public const int Whole = -1;
    public const int Since = -2;

    public int[] Numbers { get; }
    public DateOnly[] Firsts { get; }

    /// <summary>The day after the last.</summary>
    public DateOnly[] Nexts { get; }
    public DateTimeOffset[] Starts { get; }
    public DateTimeOffset[] Ends { get; }

    /// <summary>Where each begins of those that follow one another, the period before first, and at last the end of the period.</summary>
    public DateTimeOffset[] Bounds { get; }

    public int[] DayNumbers { get; }
    public DateOnly[] DayFirsts { get; }
    public DateOnly[] DayNexts { get; }

    public int[] EdgeNumbers { get; }
    public DateTimeOffset[] EdgeStarts { get; }
    public DateTimeOffset[] EdgeEnds { get; }

    public Guid? PipelineId { get; init; }

    public Stretches(ReportPeriod period, TimeZoneInfo zone, DateOnly today)
    {
        var after = period.To.AddDays(1);
        // What is dated ahead came before tomorrow's tomorrow wherever that is.
        var end = today.AddDays(2);
        List<(int Number, DateOnly First, DateOnly Next)> all =
        [
            (Before, period.PreviousFrom, period.From), (Whole, period.From, after), (Since, after, end),
            .. period.Days.Select((day, at) => (at + 1, day, at + 1 < period.Days.Length ? period.Days[at + 1] : after)),
        ];
        Numbers = [.. all.Select(one => one.Number)];
        Firsts = [.. all.Select(one => one.First)];
        Nexts = [.. all.Select(one => one.Next)];
        Starts = [.. all.Select(one => LocalDay.StartOf(one.First, zone))];
        Ends = [.. all.Select(one => LocalDay.StartOf(one.Next, zone))];

        Bounds = [LocalDay.StartOf(period.PreviousFrom, zone), .. period.Days.Select(day => LocalDay.StartOf(day, zone)), LocalDay.StartOf(after, zone)];

        var days = new List<(int Number, DateOnly First, DateOnly Next)>();
        var edges = new List<(int Number, DateTimeOffset Start, DateTimeOffset End)>();
        for (var i = 0; i < Numbers.Length; i++)
            Cut(Numbers[i], Starts[i], Ends[i], days, edges);
        DayNumbers = [.. days.Select(one => one.Number)];
        DayFirsts = [.. days.Select(one => one.First)];
        DayNexts = [.. days.Select(one => one.Next)];
        EdgeNumbers = [.. edges.Select(one => one.Number)];
        EdgeStarts = [.. edges.Select(one => one.Start)];
        EdgeEnds = [.. edges.Select(one => one.End)];
    }

    private static void Cut(
        int number, DateTimeOffset start, DateTimeOffset end, List<(int, DateOnly, DateOnly)> days, List<(int, DateTimeOffset, DateTimeOffset)> edges)
    {
        var firstDay = new DateTimeOffset(start.UtcDateTime.Date, TimeSpan.Zero);
        if (firstDay < start)
            firstDay = firstDay.AddDays(1);
        var lastEnd = new DateTimeOffset(end.UtcDateTime.Date, TimeSpan.Zero);
        if (firstDay >= lastEnd)
        {
            edges.Add((number, start, end));
            return;
        }

        days.Add((number, Date(firstDay), Date(lastEnd)));
        if (start < firstDay)
            edges.Add((number, start, firstDay));
        if (lastEnd < end)
            edges.Add((number, lastEnd, end));
    }

    private static DateOnly Date(DateTimeOffset midnight) => DateOnly.FromDateTime(midnight.UtcDateTime);
}
