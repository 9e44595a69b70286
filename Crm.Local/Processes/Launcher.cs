using System.Globalization;

namespace Crm.Local.Processes;

/// <summary>
/// The <c>dotnet run</c> that started us. It passes Ctrl-C and a termination on; but killed
/// outright it would leave us, and all that we started, running with nobody to stop us.
/// </summary>
internal static class Launcher
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>Returns when it is gone; never when we were started in another way.</summary>
    public static async Task Gone(CancellationToken ct)
    {
        var launcher = Parent();
        if (!IsDotNetRun(launcher))
            await Task.Delay(Timeout.Infinite, ct);
        using var timer = new PeriodicTimer(Interval);
        while (Parent() == launcher)
            await timer.WaitForNextTickAsync(ct);
    }

    /// <summary>The parent's process id; 0 where the system does not tell.</summary>
    private static int Parent()
    {
        if (!OperatingSystem.IsLinux())
            return 0;
        // After the name, which stands in brackets and may hold anything: the state, then the parent.
        var stat = File.ReadAllText("/proc/self/stat");
        return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture);
    }

    private static bool IsDotNetRun(int process)
    {
        try
        {
            return process > 0 && File.ReadAllText($"/proc/{process}/cmdline").Split('\0') is [var program, "run", ..] && Path.GetFileName(program) == "dotnet";
        }
        catch (IOException)
        {
            return false;
        }
    }
}
