using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Crm.Functions.Hosting.Requests;

/// <summary>
/// A moment as a client writes it: ISO 8601 with an offset, or without one, or a bare date. The last two are in the
/// organisation's time zone, so a moment is known only together with one.
/// </summary>
[JsonConverter(typeof(ClientTimeConverter))]
public readonly record struct ClientTime(DateTime Written, TimeSpan? Offset, bool IsDate) : IParsable<ClientTime>
{
    private static readonly string[] Times = ["yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd'T'HH:mm:ss", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF"];

    /// <summary>The moment in UTC; a date stands for its first moment.</summary>
    public DateTimeOffset In(TimeZoneInfo zone)
    {
        if (Offset is { } offset)
            return new DateTimeOffset(Written, offset).ToUniversalTime();
        // A time that the change to summer time skips is read an hour later, as clocks do.
        var local = zone.IsInvalidTime(Written) ? Written.AddHours(1) : Written;
        return new DateTimeOffset(local, zone.GetUtcOffset(local)).ToUniversalTime();
    }

    /// <summary>The moment that ends a range: for a date the first moment of the next day, otherwise the moment itself.</summary>
    public DateTimeOffset EndIn(TimeZoneInfo zone) => IsDate ? (this with { Written = Written.AddDays(1) }).In(zone) : In(zone);

    public static bool TryParse(string? s, IFormatProvider? provider, out ClientTime result)
    {
        const DateTimeStyles None = DateTimeStyles.None;
        result = default;
        if (DateTime.TryParseExact(s, "yyyy-MM-dd", CultureInfo.InvariantCulture, None, out var date))
            result = new(date, null, true);
        else if (DateTime.TryParseExact(s, Times, CultureInfo.InvariantCulture, None, out var local))
            result = new(local, null, false);
        else if (s?.Length > 10 && s[10] == 'T' && DateTimeOffset.TryParse(s, CultureInfo.InvariantCulture, None, out var moment))
            result = new(moment.DateTime, moment.Offset, false);
        else
            return false;
        // A day to either side stays within the calendar, whatever the zone.
        return result.Written.Year is > 1 and < 9999;
    }

    public static ClientTime Parse(string s, IFormatProvider? provider) =>
        TryParse(s, provider, out var time) ? time : throw new FormatException("Not an ISO 8601 date or time.");
}

internal sealed class ClientTimeConverter : JsonConverter<ClientTime>
{
    public override ClientTime Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        ClientTime.TryParse(reader.GetString(), CultureInfo.InvariantCulture, out var time)
            ? time
            : throw new JsonException("Not an ISO 8601 date or time.");

    public override void Write(Utf8JsonWriter writer, ClientTime value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.Written.ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture) + (value.Offset is null ? "" : "Z"));
}
