using Crm.Functions.Auth;

namespace Crm.Functions.Reports;

/// <summary>The days a report is about, and the days before that they are compared with, in the organisation's time zone.</summary>
/// <param name="From">The first day.</param>
/// <param name="To">The last day.</param>
/// <param name="Granularity">What a point of a series stands for: day, week (from Monday) or month, of which the first and the last may be cut off.</param>
/// <param name="PreviousFrom">The first of as many days before.</param>
/// <param name="PreviousTo">The last of them.</param>
/// <param name="Timezone">Where these days begin and end.</param>
public sealed record ReportPeriod(DateOnly From, DateOnly To, string Granularity, DateOnly PreviousFrom, DateOnly PreviousTo, string Timezone)
{
    private const int LongestInDays = 31;
    private const int LongestInWeeks = 26 * 7;
    private const int MostDays = 5 * 366;

    /// <summary>No organisation is older, and the days before still are dates.</summary>
    private const int FirstYear = 2000;

    private static readonly string Fix =
        $"Say 7d, 30d, 90d or 1y, or give the first and the last day with from and to: not before {FirstYear}, and {MostDays} days at most.";

    /// <summary>The first day of each point of a series.</summary>
    internal DateOnly[] Days { get; private init; } = [];

    /// <summary>The period that is asked for, or what is wrong with it.</summary>
    internal static (ReportPeriod? Period, Error? Error) Of(ReportFilter filter, Caller caller, DateTimeOffset now)
    {
        var today = caller.Today(now);
        var to = filter.To?.DateIn(caller.Zone) is { } given && given < today ? given : today;
        var from = filter.From is { } first ? first.DateIn(caller.Zone) : Period.First(Fields.Text(filter.Period) ?? Period.Default, to);
        if (from is not { } start)
            return (null, Invalid("period"));
        return start > to || start.Year < FirstYear || to.DayNumber - start.DayNumber >= MostDays
            ? (null, Invalid(filter.From is null ? "to" : "from"))
            : (Of(start, to, caller.Zone), null);
    }

    private static ReportPeriod Of(DateOnly from, DateOnly to, TimeZoneInfo zone)
    {
        var length = to.DayNumber - from.DayNumber + 1;
        var granularity = length <= LongestInDays ? "day" : length <= LongestInWeeks ? "week" : "month";
        var days = new List<DateOnly>();
        for (var day = from; day <= to; day = Next(day, granularity))
            days.Add(day);
        return new(from, to, granularity, from.AddDays(-length), from.AddDays(-1), zone.Id) { Days = [.. days] };
    }

    private static DateOnly Next(DateOnly day, string granularity) => granularity switch
    {
        "day" => day.AddDays(1),
        "week" => day.AddDays(7 - ((int)day.DayOfWeek + 6) % 7),
        _ => new DateOnly(day.Year, day.Month, 1).AddMonths(1),
    };

    private static Error Invalid(string field) => Errors.InvalidPeriod with { Message = Fix, Details = [new(field, Fix)] };
}
