using System.Globalization;
using Crm.Shared;

namespace Crm.Functions.Tests.Tasks;

public sealed class LocalDayTests
{
    [Theory]
    [InlineData("America/New_York", "2026-03-08T12:00Z", "2026-03-08", "2026-03-08T05:00Z", "2026-03-09T04:00Z")]
    [InlineData("America/New_York", "2026-11-01T12:00Z", "2026-11-01", "2026-11-01T04:00Z", "2026-11-02T05:00Z")]
    [InlineData("Europe/Berlin", "2026-03-29T12:00Z", "2026-03-29", "2026-03-28T23:00Z", "2026-03-29T22:00Z")]
    [InlineData("Europe/Berlin", "2026-10-25T12:00Z", "2026-10-25", "2026-10-24T22:00Z", "2026-10-25T23:00Z")]
    [InlineData("Pacific/Kiritimati", "2026-05-01T11:00Z", "2026-05-02", "2026-05-01T10:00Z", "2026-05-02T10:00Z")]
    [InlineData("Asia/Kolkata", "2026-05-01T18:45Z", "2026-05-02", "2026-05-01T18:30Z", "2026-05-02T18:30Z")]
    [InlineData("Africa/Cairo", "2026-04-24T12:00Z", "2026-04-24", "2026-04-23T22:00Z", "2026-04-24T21:00Z")]
    [InlineData("America/Havana", "2026-11-01T12:00Z", "2026-11-01", "2026-11-01T04:00Z", "2026-11-02T05:00Z")]
    public void A_day_begins_and_ends_at_midnight_where_the_user_is(string zone, string now, string date, string start, string end)
    {
        var day = LocalDay.At(Time(now), TimeZones.First(zone));

        Assert.Equal((DateOnly.Parse(date, CultureInfo.InvariantCulture), Time(start), Time(end)), (day.Date, day.Start, day.End));
    }

    [Fact]
    public void A_name_that_is_no_zone_is_passed_over()
    {
        Assert.Equal("Europe/Berlin", TimeZones.First(null, "", "Mars/Olympus", "Europe/Berlin", "UTC").Id);
        Assert.Equal(TimeZoneInfo.Utc, TimeZones.First("Mars/Olympus"));
    }

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
