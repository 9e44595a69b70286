using TimeZoneConverter;

namespace Crm.Shared;

/// <summary>
/// A day in somebody's time zone: its date, its first moment, and the first moment of the next day. 23 or 25 hours long when the clocks change.
/// </summary>
public sealed record LocalDay(DateOnly Date, DateTimeOffset Start, DateTimeOffset End)
{
    /// <summary>The day it is in <paramref name="zone"/>.</summary>
    public static LocalDay At(DateTimeOffset now, TimeZoneInfo zone)
    {
        var date = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(now, zone).DateTime);
        return new(date, StartOf(date, zone), StartOf(date.AddDays(1), zone));
    }

    /// <summary>The first moment of a date, in UTC.</summary>
    public static DateTimeOffset StartOf(DateOnly date, TimeZoneInfo zone)
    {
        var midnight = date.ToDateTime(TimeOnly.MinValue);
        // Some zones change their clocks at midnight: a skipped one is read an hour later, of a repeated one the first counts.
        if (zone.IsInvalidTime(midnight))
            midnight = midnight.AddHours(1);
        var offset = zone.IsAmbiguousTime(midnight) ? zone.GetAmbiguousTimeOffsets(midnight).Max() : zone.GetUtcOffset(midnight);
        return new DateTimeOffset(midnight, offset).ToUniversalTime();
    }
}

/// <summary>Time zones by their IANA names.</summary>
public static class TimeZones
{
    /// <summary>The first of the names that is a time zone: the user's, else the organisation's, else UTC.</summary>
    public static TimeZoneInfo First(params ReadOnlySpan<string?> names)
    {
        foreach (var name in names)
        {
            if (!string.IsNullOrWhiteSpace(name) && TZConvert.TryGetTimeZoneInfo(name, out var zone))
                return zone;
        }

        return TimeZoneInfo.Utc;
    }
}
