using Crm.Functions.Requests;

namespace Crm.Functions.Tests.Shared;

public sealed class ClientTimeTests
{
    [Theory]
    [InlineData("2026-01-31", "Europe/Berlin", "2026-01-30T23:00:00Z", "2026-01-31T23:00:00Z")]
    [InlineData("2026-01-31T10:00", "Europe/Berlin", "2026-01-31T09:00:00Z", "2026-01-31T09:00:00Z")]
    [InlineData("2026-01-31T10:00:00.5", "Europe/Berlin", "2026-01-31T09:00:00.5Z", "2026-01-31T09:00:00.5Z")]
    [InlineData("2026-01-31T10:00Z", "Europe/Berlin", "2026-01-31T10:00:00Z", "2026-01-31T10:00:00Z")]
    [InlineData("2026-01-31T10:00:00-08:00", "Europe/Berlin", "2026-01-31T18:00:00Z", "2026-01-31T18:00:00Z")]
    [InlineData("2024-02-29", "UTC", "2024-02-29T00:00:00Z", "2024-03-01T00:00:00Z")]
    // Skipped times: an hour in New York, half an hour on Lord Howe Island, midnight itself in Cairo.
    [InlineData("2026-03-08T02:30", "America/New_York", "2026-03-08T07:30:00Z", "2026-03-08T07:30:00Z")]
    [InlineData("2026-10-04T02:15", "Australia/Lord_Howe", "2026-10-03T15:45:00Z", "2026-10-03T15:45:00Z")]
    [InlineData("2026-04-24", "Africa/Cairo", "2026-04-23T22:00:00Z", "2026-04-24T21:00:00Z")]
    // Times that come twice are the first of the two: 01:30 in New York, midnight in Havana.
    [InlineData("2026-11-01T01:30", "America/New_York", "2026-11-01T05:30:00Z", "2026-11-01T05:30:00Z")]
    [InlineData("2026-11-01", "America/Havana", "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z")]
    public void A_moment_is_known_with_its_zone(string written, string zone, string from, string to)
    {
        Assert.True(ClientTime.TryParse(written, null, out var time));
        var clock = TimeZoneInfo.FindSystemTimeZoneById(zone);
        Assert.Equal(DateTimeOffset.Parse(from, null), time.In(clock));
        Assert.Equal(DateTimeOffset.Parse(to, null), time.EndIn(clock));
        Assert.Equal(TimeSpan.Zero, time.In(clock).Offset);
    }

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    [InlineData("tomorrow")]
    [InlineData("31.01.2026")]
    [InlineData("01/31/2026")]
    [InlineData("2026-1-31")]
    [InlineData("2026-02-30")]
    [InlineData("2026-01-31 10:00")]
    [InlineData("2026-01-31T25:00")]
    [InlineData("2026-01-31T9:30")]
    [InlineData("2026-01-31T10:00:00 AM")]
    [InlineData("2026-01-31T10:00:00+25:00")]
    [InlineData("0001-01-01")]
    [InlineData("9999-12-31")]
    [InlineData("0001-01-01T00:00:00+14:00")]
    [InlineData("1769850000")]
    public void Anything_else_is_refused(string? written) => Assert.False(ClientTime.TryParse(written, null, out _));
}
