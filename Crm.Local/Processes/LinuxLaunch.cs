using System.Diagnostics;

namespace Crm.Local.Processes;

/// <summary>What Linux needs around a child's command so that Ctrl-C reaches only us and our own sudden death reaches the child.</summary>
internal static class LinuxLaunch
{
    private static readonly Lazy<string[]> OwnSession = new(() => Works("setsid", "true") ? ["setsid"] : []);
    private static readonly Lazy<bool> HasDeathSignal = new(() => Works("setpriv", "--pdeathsig", "SIGTERM", "--", "true"));

    /// <summary>
    /// The command line to run. <paramref name="prefix"/> (dropping root) comes before the death signal, because changing
    /// credentials clears that signal. Each of these programs replaces itself by the next, so the process id is the child's own.
    /// </summary>
    public static IReadOnlyList<string> Wrap(IReadOnlyList<string> prefix, IReadOnlyList<string> command, Signal onParentDeath)
    {
        if (!OperatingSystem.IsLinux())
            return command;

        string[] deathSignal = HasDeathSignal.Value ? ["setpriv", "--pdeathsig", Name(onParentDeath), "--"] : [];
        return [.. OwnSession.Value, .. prefix, .. deathSignal, .. command];
    }

    private static string Name(Signal signal) => signal switch
    {
        Signal.Interrupt => "SIGINT",
        Signal.Kill => "SIGKILL",
        Signal.Terminate => "SIGTERM",
    };

    /// <summary>Whether the command runs and succeeds here.</summary>
    public static bool Works(params IReadOnlyList<string> command)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(command[0], command.Skip(1))
            {
                UseShellExecute = false,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
