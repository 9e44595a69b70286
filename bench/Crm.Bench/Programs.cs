using System.ComponentModel;
using Crm.Local.Processes;
using Crm.Local.Services;

namespace Crm.Bench;

/// <summary>The programs a run needs besides our own.</summary>
public static class Programs
{
    private static readonly (string Program, string Package)[] Needed =
    [
        ("pgbench", "postgresql-contrib (on some systems postgresql)"), ("wrk", "wrk"), ("psql", "postgresql-client"),
    ];

    /// <summary>Names what is missing, with the package that has it.</summary>
    public static async Task Require(CancellationToken ct)
    {
        foreach (var (program, package) in Needed)
        {
            if (!await Exists(program, "--version", ct))
                throw new StackException($"{program} is missing. On Debian and Ubuntu: apt-get install {package}.");
        }
    }

    /// <summary>Runs a program to its end; returns its lines, or fails with them.</summary>
    public static Task<IReadOnlyList<string>> Run(
        string program, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string>? environment = null, CancellationToken ct = default) =>
        Run(new ChildCommand(program, arguments) { Environment = environment ?? new Dictionary<string, string>(StringComparer.Ordinal) }, ct);

    public static async Task<IReadOnlyList<string>> Run(ChildCommand command, CancellationToken ct)
    {
        var lines = new List<string>();
        var exitCode = await ChildProcess.Run(command with { OnOutput = Add, OnError = Add }, ct);
        return exitCode == 0
            ? lines
            : throw new StackException(
                $"{command.FileName} {string.Join(' ', command.Arguments)} failed with exit code {exitCode}:"
                    + Environment.NewLine + string.Join(Environment.NewLine, lines.TakeLast(30)));

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
            using var process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo(program, argument)
            {
                UseShellExecute = false,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            await process.WaitForExitAsync(ct);
            return true;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }
}
