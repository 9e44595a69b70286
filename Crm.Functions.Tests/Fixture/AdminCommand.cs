using System.Diagnostics;
using Crm.Local.Services;

namespace Crm.Functions.Tests.Fixture;

/// <summary>The app's admin commands, run as an operator runs them: a process, its settings, what is typed in.</summary>
internal static class AdminCommand
{
    public static async Task<(int ExitCode, string Output, string Error)> Run(
        string[] arguments, IReadOnlyDictionary<string, string> settings, string input = "")
    {
        var start = new ProcessStartInfo(Path.Combine(SourceTree.FunctionApp, "Crm.Functions"), arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in settings)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await error);
    }
}
