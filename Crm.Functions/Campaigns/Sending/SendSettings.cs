using System.Text.Json;

namespace Crm.Functions.Campaigns.Sending;

/// <summary>What a campaign's settings say about how it is sent. They were looked at when they were saved; what is none of its kind counts as absent.</summary>
internal sealed record SendSettings(JsonElement Settings)
{
    public string? FromName => Text("fromName");

    public string? ReplyTo => Text("replyTo");

    public bool TrackOpens => !IsFalse("trackOpens");

    public bool TrackClicks => !IsFalse("trackClicks");

    public int? RatePerMinute =>
        Find("ratePerMinute") is { ValueKind: JsonValueKind.Number } value && value.TryGetInt32(out var rate) && rate > 0 ? rate : null;

    public string? SubjectB =>
        Find("abTest") is { ValueKind: JsonValueKind.Object } test && test.TryGetProperty("subjectB", out var subject)
        && subject.ValueKind == JsonValueKind.String
            ? subject.GetString()
            : null;

    private string? Text(string name) => Find(name) is { ValueKind: JsonValueKind.String } value && value.GetString() is { Length: > 0 } text ? text : null;

    private bool IsFalse(string name) => Find(name)?.ValueKind == JsonValueKind.False;

    private JsonElement? Find(string name) => Settings.ValueKind == JsonValueKind.Object && Settings.TryGetProperty(name, out var value) ? value : null;
}
