using System.Diagnostics;

namespace Crm.Local.Processes;

/// <summary>How to start a child. Environment entries are added to our own.</summary>
public sealed record ChildCommand(string FileName, params IReadOnlyList<string> Arguments)
{
    public string? WorkingDirectory { get; init; }
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Programs that start the command with fewer privileges.</summary>
    public IReadOnlyList<string> Prefix { get; init; } = [];

    public Signal StopSignal { get; init; } = Signal.Terminate;
    public Signal ParentDeathSignal { get; init; } = Signal.Terminate;
    public Action<string>? OnOutput { get; init; }
    public Action<string>? OnError { get; init; }
}

/// <summary>A process of ours that never outlives us.</summary>
public sealed class ChildProcess : IAsyncDisposable
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);
    private readonly Process _process;
    private readonly ChildCommand _command;

    private ChildProcess(Process process, ChildCommand command)
    {
        _process = process;
        _command = command;
        Exited = Wait();
    }

    public int Id => _process.Id;

    /// <summary>Completes with the exit code once the process has ended and all its output was seen.</summary>
    public Task<int> Exited { get; }

    public static Task<ChildProcess> Start(ChildCommand command) => SpawnThread.Run(() => Spawn(command));

    /// <summary>Runs a command to its end. The output goes to the command's handlers.</summary>
    public static async Task<int> Run(ChildCommand command, CancellationToken ct)
    {
        await using var process = await Start(command);
        return await process.Exited.WaitAsync(ct);
    }

    /// <summary>Asks the process to stop and kills it when it has not after ten seconds.</summary>
    public async Task Stop()
    {
        Signals.Send(_process, _command.StopSignal);
        if (await Task.WhenAny(Exited, Task.Delay(Grace)) != Exited)
        {
            Signals.Send(_process, Signal.Kill);
            await Exited;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Stop();
        _process.Dispose();
    }

    private static ChildProcess Spawn(ChildCommand command)
    {
        var line = LinuxLaunch.Wrap(command.Prefix, [command.FileName, .. command.Arguments], command.ParentDeathSignal);
        var start = new ProcessStartInfo(line[0], line.Skip(1))
        {
            UseShellExecute = false,
            WorkingDirectory = command.WorkingDirectory ?? "",
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in command.Environment)
            start.Environment[name] = value;

        var process = new Process { StartInfo = start, EnableRaisingEvents = true };
        process.OutputDataReceived += (_, e) => Pass(e.Data, command.OnOutput);
        process.ErrorDataReceived += (_, e) => Pass(e.Data, command.OnError);
        process.Start();
        process.StandardInput.Close();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return new(process, command);
    }

    private static void Pass(string? line, Action<string>? handler)
    {
        if (line is not null)
            handler?.Invoke(line);
    }

    private async Task<int> Wait()
    {
        await _process.WaitForExitAsync();
        return _process.ExitCode;
    }
}
