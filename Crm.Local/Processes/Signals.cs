using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Crm.Local.Processes;

/// <summary>The POSIX signals we send, with their numbers; on Windows every one of them ends the process.</summary>
public enum Signal
{
    Interrupt = 2,
    Kill = 9,
    Terminate = 15,
}

internal static class Signals
{
    public static void Send(Process process, Signal signal)
    {
        if (process.HasExited)
            return;

        if (OperatingSystem.IsWindows() || signal == Signal.Kill)
        {
            process.Kill();
            return;
        }

        // An error means that the process has ended in the meantime: what we wanted.
        _ = Kill(process.Id, (int)signal);
    }

    [DllImport("libc", EntryPoint = "kill"), DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int Kill(int pid, int signal);
}
