using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Crm.Local.Processes;
using Crm.Local.Services;

namespace Crm.Local.FunctionsHost;

/// <summary>The function app's own subcommands that prepare its database.</summary>
internal sealed class AppCommands(FunctionApp app, IReadOnlyDictionary<string, string> settings, string logFile)
{
    /// <summary>Migrates and, when asked to, seeds the demo data, unless this very build did so before (as <paramref name="stampFile"/> remembers).</summary>
    public async Task PrepareDatabase(bool demo, string? stampFile, Action<string> say, CancellationToken ct)
    {
        var stamp = Fingerprint(demo);
        if (stampFile is not null && File.Exists(stampFile) && await File.ReadAllTextAsync(stampFile, ct) == stamp)
            return;

        say("migrating");
        await Run("migrate", ct);
        if (demo)
        {
            say("adding the demo data");
            await Run("seed-demo", ct);
        }

        if (stampFile is not null)
            await File.WriteAllTextAsync(stampFile, stamp, ct);
    }

    private async Task Run(string command, CancellationToken ct)
    {
        using var log = new LogFile(logFile);
        var exitCode = await ChildProcess.Run(app.Command(command) with { Environment = settings, OnOutput = log.Write, OnError = log.Write }, ct);
        if (exitCode != 0)
        {
            throw new StackException($"`{Path.GetFileName(app.Worker)} {command}` failed with exit code {exitCode}:{Environment.NewLine}{log.Tail}");
        }
    }

    /// <summary>Changes with every build, without reading the files.</summary>
    private string Fingerprint(bool demo)
    {
        var text = new StringBuilder().Append(demo);
        foreach (var file in new DirectoryInfo(app.Folder).EnumerateFiles("*.dll").OrderBy(f => f.Name, StringComparer.Ordinal))
        {
            text.Append(CultureInfo.InvariantCulture, $"|{file.Name}:{file.Length}:{file.LastWriteTimeUtc.Ticks}");
        }

        return Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }
}
