using System.Globalization;
using Crm.Local.FunctionsHost.Timers;

namespace Crm.Functions.Tests.Local;

/// <summary>
/// When a timer is due, above all where clocks are put forward and back. In Berlin that was on 29 March and 25 October 2026, at 02:00 and 03:00.
/// </summary>
public sealed class TimerScheduleTests
{
    private static readonly TimeZoneInfo Berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");

    [Theory]
    [InlineData("0 30 2 * * *", "2026-03-28T02:30+01:00 2026-03-29T03:30+02:00 2026-03-30T02:30+02:00")]
    [InlineData("30 2 * * *", "2026-03-28T02:30+01:00 2026-03-29T03:30+02:00 2026-03-30T02:30+02:00")]
    [InlineData("0 */30 1-3 29 3 *", "2026-03-29T01:00+01:00 2026-03-29T01:30+01:00 2026-03-29T03:00+02:00 2026-03-29T03:30+02:00")]
    [InlineData("0 0 9 * * *", "2026-03-28T09:00+01:00 2026-03-29T09:00+02:00")]
    public void Where_clocks_are_put_forward_a_time_that_is_left_out_comes_an_hour_later(string schedule, string expected) =>
        Assert.Equal(expected, Occurrences(schedule, "2026-03-28T00:00+01:00", expected));

    [Theory]
    [InlineData("0 30 2 * * *", "2026-10-24T02:30+02:00 2026-10-25T02:30+02:00 2026-10-26T02:30+01:00")]
    [InlineData("0 0,30 2 * * *", "2026-10-24T02:00+02:00 2026-10-24T02:30+02:00 2026-10-25T02:00+02:00 2026-10-25T02:30+02:00 2026-10-26T02:00+01:00")]
    [InlineData("0 0 3 * * *", "2026-10-24T03:00+02:00 2026-10-25T03:00+01:00 2026-10-26T03:00+01:00")]
    [InlineData("0 0 9-10 25 10 *", "2026-10-25T09:00+01:00 2026-10-25T10:00+01:00")]
    public void Where_clocks_are_put_back_a_time_of_day_comes_once(string schedule, string expected) =>
        Assert.Equal(expected, Occurrences(schedule, "2026-10-24T00:00+02:00", expected));

    [Theory]
    [InlineData(
        "0 */30 * * * *",
        "2026-10-25T01:30+02:00 2026-10-25T02:00+02:00 2026-10-25T02:30+02:00 2026-10-25T02:00+01:00 2026-10-25T02:30+01:00 2026-10-25T03:00+01:00")]
    [InlineData("0 10 * * * *", "2026-10-25T01:10+02:00 2026-10-25T02:10+02:00 2026-10-25T02:10+01:00 2026-10-25T03:10+01:00")]
    [InlineData("00:45:00", "2026-10-25T01:45+02:00 2026-10-25T02:30+02:00 2026-10-25T02:15+01:00 2026-10-25T03:00+01:00")]
    public void A_schedule_that_repeats_goes_on_through_both_hours(string schedule, string expected) =>
        Assert.Equal(expected, Occurrences(schedule, "2026-10-25T01:00+02:00", expected));

    [Fact]
    public void A_start_within_the_second_of_two_like_hours_waits_for_the_next_day() =>
        Assert.Equal("2026-10-26T02:30+01:00", Occurrences("0 30 2 * * *", "2026-10-25T02:10+01:00", "one"));

    [Theory]
    [InlineData("0 * * * * *", true)]
    [InlineData("*/30 * * * * *", false)]
    [InlineData("00:00:30", false)]
    [InlineData("01:00:00", true)]
    public void Only_a_timer_with_a_minute_between_its_calls_has_a_status(string schedule, bool monitored) =>
        Assert.Equal(monitored, new TimerSchedule(schedule, TimeZoneInfo.Utc).IsMonitored(DateTimeOffset.UtcNow));

    [Theory]
    [InlineData("")]
    [InlineData("* * *")]
    [InlineData("0 61 * * * *")]
    [InlineData("-00:01:00")]
    public void Anything_else_is_no_schedule(string schedule) => Assert.Throws<FormatException>(() => new TimerSchedule(schedule, TimeZoneInfo.Utc));

    private static string Occurrences(string schedule, string from, string expected)
    {
        var timer = new TimerSchedule(schedule, Berlin);
        var time = DateTimeOffset.Parse(from, CultureInfo.InvariantCulture);
        return string.Join(
            ' ', expected.Split(' ').Select(_ => (time = timer.NextAfter(time)).ToString("yyyy-MM-dd'T'HH:mmzzz", CultureInfo.InvariantCulture)));
    }
}
