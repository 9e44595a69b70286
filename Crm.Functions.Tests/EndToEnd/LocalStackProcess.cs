using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Threading.Channels;
using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.EndToEnd;

/// <summary>The local stack as a newcomer starts it: a process of its own, told to pick free ports and a fresh data folder.</summary>
public sealed partial class LocalStackProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(30);
    private const int SigTerm = 15;

    private readonly Process _process;
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();
    private readonly List<string> _output = [];

    private LocalStackProcess(Process process) => _process = process;

    public string Api { get; private set; } = "";

    public string Providers { get; private set; } = "";

    /// <summary>Everything it said.</summary>
    public IReadOnlyList<string> Output
    {
        get
        {
            lock (_output)
                return [.. _output];
        }
    }

    public static Task<LocalStackProcess> Start(params string[] arguments) => Start([Program], "temp", arguments);

    /// <summary>Starts it with data that stay.</summary>
    public static Task<LocalStackProcess> StartWith(string data) => Start([Program], data);

    /// <summary>Starts it with <c>dotnet run</c>, as the README says.</summary>
    public static Task<LocalStackProcess> RunWith(string data) => Start(["run", "--no-build", "-c", Configuration, "--project", Folder, "--"], data);

    /// <summary>Asks it to stop as a service manager does; returns the processes it had started that are still there afterwards.</summary>
    public async Task<IReadOnlyList<string>> Stop()
    {
        var children = Descendants(_process.Id);
        Assert.NotEmpty(children);
        _ = Kill(_process.Id, SigTerm);
        using var limit = new CancellationTokenSource(StopLimit);
        await _process.WaitForExitAsync(limit.Token);
        return Remaining(children);
    }

    /// <summary>Kills it; returns the processes it had started that do not end by themselves.</summary>
    public async Task<IReadOnlyList<string>> Kill()
    {
        var children = Descendants(_process.Id);
        Assert.NotEmpty(children);
        _process.Kill();
        using var limit = new CancellationTokenSource(StopLimit);
        while (Remaining(children).Count > 0 && !limit.IsCancellationRequested)
            await Task.Delay(100);
        return Remaining(children);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            await Stop();
        _process.Dispose();
    }

    private static string Folder => Path.Combine(Repository.Root, "Crm.Local");

    private static string Program => Path.Combine(Folder, "bin", Configuration, "net10.0", "Crm.Local.dll");

    private static string Configuration => new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;

    private static async Task<LocalStackProcess> Start(string[] program, string data, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [.. program, "--port", "0", "--providers-port", "0", "--data", data, .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Repository.Root,
        };
        var stack = new LocalStackProcess(Process.Start(start)!);
        stack._process.OutputDataReceived += (_, line) => stack.Hear(line.Data);
        stack._process.ErrorDataReceived += (_, line) => stack.Hear(line.Data);
        stack._process.BeginOutputReadLine();
        stack._process.BeginErrorReadLine();
        stack.Providers = await stack.Line("Providers: ");
        stack.Api = await stack.Line("Ready: ");
        await stack.Line("  To stop ");
        return stack;
    }

    private static List<string> Remaining(List<(int Id, string Name)> children) =>
        [.. children.Where(child => Name(child.Id) == child.Name).Select(child => $"{child.Name} ({child.Id})")];

    private void Hear(string? line)
    {
        if (line is null)
            return;
        lock (_output)
            _output.Add(line);
        _lines.Writer.TryWrite(line);
    }

    private async Task<string> Line(string prefix)
    {
        using var limit = new CancellationTokenSource(StartLimit);
        try
        {
            while (!_process.HasExited || _lines.Reader.Count > 0)
            {
                var line = await _lines.Reader.ReadAsync(limit.Token);
                if (line.StartsWith(prefix, StringComparison.Ordinal))
                    return line[prefix.Length..].Trim();
            }
        }
        catch (OperationCanceledException)
        {
            // Told below, with what it did say.
        }

        lock (_output)
            throw new InvalidOperationException($"The local stack never said \"{prefix}\":\n{string.Join('\n', _output)}");
    }

    private static List<(int Id, string Name)> Descendants(int root)
    {
        var parents = Directory.GetDirectories("/proc")
            .Select(folder => int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var id) ? id : 0)
            .Where(id => id > 0)
            .Select(id => (Id: id, Parent: Parent(id)))
            .ToList();
        var found = new List<(int, string)>();
        var next = new Queue<int>([root]);
        while (next.TryDequeue(out var parent))
        {
            foreach (var (id, _) in parents.Where(pair => pair.Parent == parent))
            {
                found.Add((id, Name(id)));
                next.Enqueue(id);
            }
        }

        return found;
    }

    private static int Parent(int id)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{id}/stat");
            return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private static string Name(int id)
    {
        try
        {
            return File.ReadAllText($"/proc/{id}/comm").Trim();
        }
        catch (IOException)
        {
            return "";
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int pid, int signal);
}
