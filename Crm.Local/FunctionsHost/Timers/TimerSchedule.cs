using System.Globalization;
using NCrontab;

namespace Crm.Local.FunctionsHost.Timers;

/// <summary>
/// When a timer is due: an NCRONTAB expression of six fields (five without seconds) in a time zone, or a time span between calls.
/// Where clocks are put forward, a time that is left out comes an hour later. Where they are put back, a time of day comes once,
/// the first time it is shown, while a schedule that repeats within the hour or over several of them goes on through both hours.
/// </summary>
public sealed class TimerSchedule
{
    private const int FieldsWithSeconds = 6;

    // The host keeps no status for timers this frequent: the next occurrence is never far.
    private static readonly TimeSpan ShortestMonitored = TimeSpan.FromMinutes(1);

    private readonly CrontabSchedule? _cron;
    private readonly TimeSpan _period;
    private readonly TimeZoneInfo _zone;
    private readonly bool _repeats;

    /// <exception cref="FormatException">The text is no schedule.</exception>
    public TimerSchedule(string text, TimeZoneInfo zone)
    {
        _zone = zone;
        var fields = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var withSeconds = fields.Length == FieldsWithSeconds;
        _cron = CrontabSchedule.TryParse(text, new CrontabSchedule.ParseOptions { IncludingSeconds = withSeconds });
        if (_cron is null && (!TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out _period) || _period <= TimeSpan.Zero))
            throw new FormatException($"\"{text}\" is neither an NCRONTAB schedule nor a time span.");
        _repeats = fields.Take(withSeconds ? 3 : 2).Any(static field => field.AsSpan().ContainsAny("*/-"));
    }

    /// <summary>The first occurrence after a time, in the schedule's time zone.</summary>
    public DateTimeOffset NextAfter(DateTimeOffset time)
    {
        var local = Local(time);
        if (_cron is null)
            return Local(time + _period);
        var next = _cron.GetNextOccurrence(local.DateTime);
        if (_repeats && AgainAfter(local, next) is { } again)
            return again;
        while (_zone.IsAmbiguousTime(next))
        {
            var first = new DateTimeOffset(next, _zone.GetAmbiguousTimeOffsets(next).Max());
            if (first > time)
                return first;
            if (_repeats)
                break;
            next = _cron.GetNextOccurrence(next);
        }

        // For a time that is left out this is the offset before the change, and so the hour after it.
        return Local(new(next, _zone.GetUtcOffset(next)));
    }

    /// <summary>Whether the timer's status is kept over restarts.</summary>
    public bool IsMonitored(DateTimeOffset now)
    {
        var next = NextAfter(now);
        return NextAfter(next) - next >= ShortestMonitored;
    }

    public DateTimeOffset Local(DateTimeOffset time) => TimeZoneInfo.ConvertTime(time, _zone);

    /// <summary>In the first of two like hours, the next occurrence may lie in the second one.</summary>
    private DateTimeOffset? AgainAfter(DateTimeOffset local, DateTime next)
    {
        if (!_zone.IsAmbiguousTime(local.DateTime) || _zone.IsAmbiguousTime(next))
            return null;
        var again = Local(new(next, local.Offset));
        return again.Offset != local.Offset && _cron!.GetNextOccurrence(again.DateTime.AddTicks(-1)) == again.DateTime ? again : null;
    }
}
