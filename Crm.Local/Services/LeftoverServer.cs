using System.Diagnostics;
using System.Globalization;
using Crm.Local.Processes;

namespace Crm.Local.Services;

/// <summary>
/// What a killed run may have left in a data folder: a server that is still stopping,
/// or only its pid file. The caller holds the folder, so no living stack owns either.
/// </summary>
internal static class LeftoverServer
{
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(15);

    public static async Task Stop(string dataDirectory, CancellationToken ct)
    {
        var pidFile = Path.Combine(dataDirectory, "postmaster.pid");
        if (!OperatingSystem.IsLinux() || !File.Exists(pidFile))
            return;

        var firstLine = File.ReadLines(pidFile).FirstOrDefault();
        if (!int.TryParse(firstLine, NumberStyles.None, CultureInfo.InvariantCulture, out var pid) || !IsServerOf(dataDirectory, pid))
        {
            // Somebody else may have got that pid since, and the server would then refuse to start.
            File.Delete(pidFile);
            return;
        }

        using var process = Process.GetProcessById(pid);
        Signals.Send(process, Signal.Interrupt);
        try
        {
            await process.WaitForExitAsync(ct).WaitAsync(StopLimit, ct);
        }
        catch (TimeoutException late)
        {
            throw new StackException(
                $"A PostgreSQL server of an earlier run (process {pid}) still uses {dataDirectory} and does not stop. End it and start again.", late);
        }
    }

    private static bool IsServerOf(string dataDirectory, int pid)
    {
        try
        {
            var arguments = File.ReadAllText($"/proc/{pid}/cmdline").Split('\0');
            return Path.GetFileName(arguments[0]) == "postgres" && arguments.Contains(dataDirectory);
        }
        catch (IOException)
        {
            return false;
        }
    }
}
