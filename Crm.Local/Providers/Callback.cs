using System.Text.Json.Serialization;

namespace Crm.Local.Providers;

/// <summary>
/// Something a vendor has to tell the app, not before <see cref="Due"/>. Of mail: events, which travel together with others; of payments: one, alone. Of
/// SMS: a form, which travels alone to the address that came with the message.
/// </summary>
internal sealed record Callback(string Id, DateTimeOffset Due)
{
    private const int MostAttempts = 60;
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(60);

    /// <summary>JSON objects.</summary>
    public IReadOnlyList<string> Events { get; init; } = [];

    public string? Url { get; init; }

    public IReadOnlyDictionary<string, string> Form { get; init; } = new Dictionary<string, string>();

    /// <summary>The messages it speaks of, and what it says of them.</summary>
    public IReadOnlyList<string> MessageIds { get; init; } = [];

    public string Status { get; init; } = "";

    /// <summary>How often it was tried in vain.</summary>
    public int Attempts { get; init; }

    /// <summary>Whether the vendor does not try again after this attempt.</summary>
    [JsonIgnore]
    public bool IsGivenUp => Attempts + 1 >= MostAttempts;

    /// <summary>The next attempt, after a pause that grows.</summary>
    public Callback Again(DateTimeOffset now)
    {
        var pause = FirstPause * Math.Pow(2, Attempts);
        return this with { Attempts = Attempts + 1, Due = now + (pause < LongestPause ? pause : LongestPause) };
    }
}
