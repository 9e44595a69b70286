using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Crm.Functions.Settings;
using Crm.Functions.Templates;

namespace Crm.Functions.Campaigns;

/// <summary>The keys of a campaign's settings that the app reads; all others are the clients' own.</summary>
/// <param name="FromName">The sender's name in place of the organisation's.</param>
/// <param name="ReplyTo">Where answers go.</param>
/// <param name="TrackOpens">Whether opens are counted; null: they are.</param>
/// <param name="TrackClicks">Whether clicks are counted; null: they are.</param>
/// <param name="RatePerMinute">Recipients a minute; null: as fast as the organisation allows.</param>
/// <param name="QuietHours">When nothing is sent.</param>
/// <param name="SendInContactTimezone">Whether hours are those of the contact's own zone.</param>
/// <param name="AbTest">Two subjects, of which the better one goes to the rest.</param>
internal sealed record CampaignSettings(
    string? FromName, string? ReplyTo, bool? TrackOpens, bool? TrackClicks, int? RatePerMinute, CampaignSettings.Hours? QuietHours,
    bool? SendInContactTimezone, CampaignSettings.Test? AbTest)
{
    private const int LongestName = 100;
    private const int MostPerMinute = 1_000_000;
    private const int MostMinutes = 7 * 24 * 60;
    private static readonly JsonSerializerOptions Strict = new(JsonSerializerDefaults.Web) { NumberHandling = JsonNumberHandling.Strict };
    private static readonly string[] Times = ["HH:mm", "H:mm"];

    public sealed record Hours(string? From, string? To)
    {
        public TimeOnly Begin => Parse(From)!.Value;

        public TimeOnly End => Parse(To)!.Value;
    }

    /// <param name="SubjectB">The other subject.</param>
    /// <param name="SharePercent">Of the recipients, the part that gets each of the two subjects first.</param>
    /// <param name="WaitMinutes">How long to wait before it is decided.</param>
    /// <param name="Metric">opens or clicks.</param>
    public sealed record Test(string? SubjectB, int? SharePercent, int? WaitMinutes, string? Metric);

    /// <summary>What is there after a patch, or why that cannot be kept.</summary>
    public static (JsonElement Merged, Error? Fault) Merged(JsonElement current, Optional<JsonElement> patch)
    {
        var (merged, fault) = JsonMerge.Apply(current, patch);
        return (merged, fault is null ? null : Error.Invalid("settings", $"settings {fault}."));
    }

    /// <summary>What settings that were saved say.</summary>
    public static CampaignSettings Saved(JsonElement settings) => Of(settings, "email").Settings ?? new(null, null, null, null, null, null, null, null);

    /// <summary>What settings say for a campaign of this type, or which of them cannot be.</summary>
    public static (CampaignSettings? Settings, Error? Fault) Of(JsonElement settings, string type)
    {
        CampaignSettings read;
        try
        {
            read = settings.Deserialize<CampaignSettings>(Strict)!;
        }
        catch (JsonException exception)
        {
            var field = "settings" + (exception.Path ?? "").TrimStart('$');
            return (null, Error.Invalid(field, $"{field} is not of the kind it must be."));
        }

        return read.Fault(type) is (var name, var fault) ? (null, Error.Invalid($"settings.{name}", $"settings.{name} {fault}.")) : (read, null);
    }

    private (string Field, string Fault)? Fault(string type)
    {
        if (FromName is { Length: > LongestName } || FromName?.Any(char.IsControl) == true)
            return ("fromName", $"must be one line of at most {LongestName} characters");
        if (ReplyTo is not null && !EmailAttribute.IsAddress(ReplyTo))
            return ("replyTo", "must be an e-mail address such as ann@example.com");
        if (RatePerMinute is < 1 or > MostPerMinute)
            return ("ratePerMinute", $"must be a whole number from 1 to {MostPerMinute}");
        if (QuietHours is { } hours)
        {
            if (Parse(hours.From) is not { } from)
                return ("quietHours.from", "must be a time of day such as 21:00");
            if (Parse(hours.To) is not { } to)
                return ("quietHours.to", "must be a time of day such as 08:00");
            if (from == to)
                return ("quietHours.to", "must be another time than quietHours.from");
        }

        return AbTest is null ? null : type == "sms" ? ("abTest", "is for e-mail: an SMS has no subject") : TestFault(AbTest);
    }

    private static (string Field, string Fault)? TestFault(Test test) => test switch
    {
        { SubjectB: not { Length: > 0 and <= Longest.Subject } } => ("abTest.subjectB", $"is required, with at most {Longest.Subject} characters"),
        _ when test.SubjectB!.Any(char.IsControl) => ("abTest.subjectB", "must be one line"),
        { SharePercent: not (>= 1 and <= 50) } => ("abTest.sharePercent", "must be a whole number from 1 to 50"),
        { WaitMinutes: not (>= 1 and <= MostMinutes) } => ("abTest.waitMinutes", $"must be a whole number from 1 to {MostMinutes}"),
        { Metric: not (null or "opens" or "clicks") } => ("abTest.metric", "must be one of opens, clicks"),
        _ => null,
    };

    private static TimeOnly? Parse(string? text) =>
        TimeOnly.TryParseExact(text, Times, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time) ? time : null;
}
