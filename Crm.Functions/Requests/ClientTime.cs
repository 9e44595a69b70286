using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Crm.Functions.Requests;

/// <summary>
/// A moment as a client writes it: ISO 8601 with an offset, or without one, or a bare date. The last two are in the
/// organisation's time zone, so a moment is known only together with one.
/// </summary>
[JsonConverter(typeof(ClientTimeConverter))]
public readonly record struct ClientTime(DateTime Written, TimeSpan? Offset, bool IsDate) : IParsable<ClientTime>
{
    /// <summary>What it looks like, as a regular expression.</summary>
    public const string Pattern = @"^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,7})?)?(Z|[+-]\d{2}:\d{2})?)?$";

    private static readonly string[] Times = ["yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd'T'HH:mm:ss", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF"];
    private static readonly string[] Moments = [.. Times.Select(format => format + "zzz"), .. Times.Select(format => format + "'Z'")];

    /// <summary>The moment in UTC; a date stands for its first moment.</summary>
    public DateTimeOffset In(TimeZoneInfo zone)
    {
        if (Offset is { } offset)
            return new DateTimeOffset(Written, offset).ToUniversalTime();
        // Of a time that comes twice, when clocks go back, the first is meant. One that is skipped has the offset from before: as if the clock had run on.
        var local = zone.IsAmbiguousTime(Written) ? zone.GetAmbiguousTimeOffsets(Written).Max() : zone.GetUtcOffset(Written);
        return new DateTimeOffset(Written, local).ToUniversalTime();
    }

    /// <summary>The moment that ends a range: for a date the first moment of the next day, otherwise the moment itself.</summary>
    public DateTimeOffset EndIn(TimeZoneInfo zone) => IsDate ? (this with { Written = Written.AddDays(1) }).In(zone) : In(zone);

    /// <summary>The date that is meant, a moment being read in the zone.</summary>
    public DateOnly DateIn(TimeZoneInfo zone) =>
        DateOnly.FromDateTime(Offset is null ? Written : TimeZoneInfo.ConvertTime(In(zone), zone).DateTime);

    public static bool TryParse(string? s, IFormatProvider? provider, out ClientTime result)
    {
        const DateTimeStyles None = DateTimeStyles.None;
        const DateTimeStyles Utc = DateTimeStyles.AssumeUniversal;
        result = default;
        if (DateTime.TryParseExact(s, "yyyy-MM-dd", CultureInfo.InvariantCulture, None, out var date))
            result = new(date, null, true);
        else if (DateTime.TryParseExact(s, Times, CultureInfo.InvariantCulture, None, out var local))
            result = new(local, null, false);
        else if (DateTimeOffset.TryParseExact(s, Moments, CultureInfo.InvariantCulture, Utc, out var moment))
            result = new(moment.DateTime, moment.Offset, false);
        else
            return false;
        // At both ends of the calendar there is no room for another zone, or for the day after.
        return result.Written.Year is > 1 and < 9999;
    }

    public static ClientTime Parse(string s, IFormatProvider? provider) =>
        TryParse(s, provider, out var time) ? time : throw new FormatException("Not an ISO 8601 date or time.");
}

/// <summary>A <see cref="ClientTime"/> of which only the date counts, so that the API's description calls it one.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
public sealed class DateAttribute : Attribute;

internal sealed class ClientTimeConverter : JsonConverter<ClientTime>
{
    public override ClientTime Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && ClientTime.TryParse(reader.GetString(), CultureInfo.InvariantCulture, out var time)
            ? time
            : throw new JsonException("must be a date or a time, such as 2026-11-24 or 2026-11-24T10:00:00Z");

    public override void Write(Utf8JsonWriter writer, ClientTime value, JsonSerializerOptions options) =>
        writer.WriteStringValue(
            value.Written.ToString(value.IsDate ? "yyyy-MM-dd" : "yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture) + (value.Offset is null ? "" : "Z"));
}
