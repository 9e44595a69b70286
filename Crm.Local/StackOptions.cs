namespace Crm.Local;

/// <summary>What the command line asked for.</summary>
internal sealed record StackOptions
{
    public int Port { get; init; }
    public int ProvidersPort { get; init; }

    /// <summary>A folder, or <c>temp</c>.</summary>
    public required string Data { get; init; }

    public bool Demo { get; init; } = true;
    public bool UseCoreTools { get; init; }

    /// <summary>Every request is shown on the screen.</summary>
    public bool Verbose { get; init; }

    /// <summary>Each request is shown as a tree of what was done for it.</summary>
    public bool Trace { get; init; }

    public required string App { get; init; }

    /// <summary>The connection string of a server to use instead of the embedded one.</summary>
    public string? Database { get; init; }
}
