using System.ComponentModel;
using Crm.Local.Processes;
using Crm.Local.Services;

namespace Crm.Bench;

/// <summary>The programs a run needs besides our own.</summary>
public static class Programs
{
    /// <summary>Names what is missing, with the package that has it.</summary>
    public static async Task Require(CancellationToken ct)
    {
        if (!await Exists("pgbench", "--version", ct))
            throw new StackException("pgbench is missing. On Debian and Ubuntu: apt-get install postgresql-contrib (or the package that has /usr/bin/pgbench).");
        if (!await Exists("wrk", "--version", ct))
            throw new StackException("wrk is missing. On Debian and Ubuntu: apt-get install wrk.");
    }

    /// <summary>Runs a program to its end; returns its lines, or fails with them.</summary>
    public static async Task<IReadOnlyList<string>> Run(
        string program, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string>? environment = null, CancellationToken ct = default)
    {
        var lines = new List<string>();
        var exitCode = await ChildProcess.RunAsync(
            new ChildCommand(program, arguments) { Environment = environment ?? new Dictionary<string, string>(StringComparer.Ordinal), OnOutput = Add, OnError = Add }, ct);
        return exitCode == 0
            ? lines
            : throw new StackException($"{program} {string.Join(' ', arguments)} failed with exit code {exitCode}:{Environment.NewLine}{string.Join(Environment.NewLine, lines.TakeLast(30))}");

        void Add(string line)
        {
            lock (lines)
                lines.Add(line);
        }
    }

    // wrk answers --version with exit code 1: only a program that is not there counts as missing.
    private static async Task<bool> Exists(string program, string argument, CancellationToken ct)
    {
        try
        {
            using var process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo(program, argument) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
            await process.WaitForExitAsync(ct);
            return true;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }
}
