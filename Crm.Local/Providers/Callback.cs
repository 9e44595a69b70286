namespace Crm.Local.Providers;

/// <summary>
/// Something a vendor has to tell the app, not before <see cref="Due"/>. Of mail: events, which travel together with others. Of SMS: a form, which travels alone to
/// the address that came with the message.
/// </summary>
internal sealed record Callback(string Id, DateTimeOffset Due)
{
    /// <summary>JSON objects.</summary>
    public IReadOnlyList<string> Events { get; init; } = [];

    public string? Url { get; init; }

    public IReadOnlyDictionary<string, string> Form { get; init; } = new Dictionary<string, string>();

    /// <summary>The messages it speaks of, and what it says of them.</summary>
    public IReadOnlyList<string> MessageIds { get; init; } = [];

    public string Status { get; init; } = "";

    /// <summary>How often it was tried in vain.</summary>
    public int Attempts { get; init; }
}
