namespace Crm.Bench;

/// <summary>What answers requests, and the processor time of its processes so far; a host's only where there is one.</summary>
public sealed record Target(Uri Address, Func<TimeSpan> AppTime, Func<TimeSpan>? HostTime = null);

/// <summary>What is asked of a target, as whom: a path, or what a script makes of its argument, a new one for each slice.</summary>
public sealed record Requests(string Path, string Token, string? Script = null, Func<string>? Argument = null);

/// <summary>What one slice of load showed: requests a second, and the microseconds of processor time that each took.</summary>
public sealed record Slice(double PerSecond, double App = 0, double Host = 0, double Database = 0);

/// <summary>One side of a comparison.</summary>
/// <param name="Run">Loads it for so many seconds.</param>
/// <param name="WarmUp">For how many slices before the first that counts: until a server's code is compiled as far as it will be.</param>
public sealed record Side(Func<int, Task<Slice>> Run, int WarmUp = 0);

/// <summary>As many clients on every side, and a folder for the load generators' scripts.</summary>
public static class Load
{
    public const int Clients = 16;

    private static readonly string Folder = Directory.CreateTempSubdirectory("crm-bench-").FullName;

    /// <summary>Writes a file for a load generator; returns its path.</summary>
    public static async Task<string> Write(string name, string text, CancellationToken ct)
    {
        var path = Path.Combine(Folder, name);
        await File.WriteAllTextAsync(path, text, ct);
        return path;
    }

    public static void RemoveFiles() => Directory.Delete(Folder, recursive: true);
}
