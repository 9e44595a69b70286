using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Crm.Bench;
using Crm.Local.Services;

namespace Crm.Chaos;

/// <summary>The local stack as a process of its own, on ports and with data that outlive its kills.</summary>
internal sealed class Stack : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(30);
    private readonly string _data = Directory.CreateTempSubdirectory("crm-chaos-").FullName;
    private readonly int _port = Ports.Free();
    private readonly int _providersPort = Ports.Free();
    private Process? _process;

    public string Api => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{_port}");

    public string Providers => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{_providersPort}");

    public string ConnectionString
    {
        get
        {
            var settings = JsonNode.Parse(File.ReadAllText(Path.Combine(_data, "local.settings.json")))!;
            return (string)settings["Values"]!["Database__ConnectionString"]!;
        }
    }

    /// <summary>Returns when it is ready.</summary>
    public async Task Start(CancellationToken ct)
    {
        string[] arguments = ["--port", $"{_port}", "--providers-port", $"{_providersPort}", "--data", _data];
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Crm.Local.dll"), .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
        };
        _process = Process.Start(start)!;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(StartLimit);
        while (await _process.StandardOutput.ReadLineAsync(limit.Token) is { } line)
        {
            if (line.StartsWith("Ready: ", StringComparison.Ordinal))
            {
                _ = _process.StandardOutput.ReadToEndAsync(CancellationToken.None);
                return;
            }
        }

        throw new StackException($"The stack ended while it started: see {_data}.");
    }

    /// <summary>Kills the worker alone; false when there was none to kill.</summary>
    public bool KillWorker() => Kill("Crm.Functions.dll");

    /// <summary>The most memory that the worker has taken, in MB.</summary>
    public long WorkerPeakMegabytes
    {
        get
        {
            var worker = Descendants(_process!.Id).Where(id => CommandLine(id).Contains("Crm.Functions.dll", StringComparison.Ordinal)).Order().First();
            var line = File.ReadLines($"/proc/{worker}/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
            return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
        }
    }

    /// <summary>The processor time that the database has taken.</summary>
    public TimeSpan DatabaseProcessor =>
        Cpu.OfTree(Descendants(_process!.Id).Where(id => CommandLine(id).Contains("/bin/postgres", StringComparison.Ordinal)).Order().First());

    /// <summary>Kills the database's main process; the stack ends itself then, and is started again.</summary>
    public async Task KillDatabase(CancellationToken ct)
    {
        if (!Kill("/bin/postgres"))
            throw new StackException("There was no database to kill.");
        await Ended(ct);
        await Start(ct);
    }

    /// <summary>Kills the stack and starts it again on what it left.</summary>
    public async Task KillAll(CancellationToken ct)
    {
        _process!.Kill();
        await Ended(ct);
        await Start(ct);
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            using var term = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
            await Ended(CancellationToken.None);
        }

        _process?.Dispose();
        Directory.Delete(_data, recursive: true);
    }

    private async Task Ended(CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(StopLimit);
        await _process!.WaitForExitAsync(limit.Token);
    }

    // The lowest id is the one that the others were started by.
    private bool Kill(string program)
    {
        var ids = Descendants(_process!.Id).Where(id => CommandLine(id).Contains(program, StringComparison.Ordinal)).Order().ToArray();
        if (ids.Length == 0)
            return false;
        using var process = Process.GetProcessById(ids[0]);
        process.Kill();
        return true;
    }

    private static List<int> Descendants(int root)
    {
        var parents = Directory.GetDirectories("/proc")
            .Select(folder => int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var id) ? id : 0)
            .Where(id => id > 0)
            .ToLookup(Parent);
        var found = new List<int>();
        var next = new Queue<int>([root]);
        while (next.TryDequeue(out var parent))
        {
            foreach (var id in parents[parent])
            {
                found.Add(id);
                next.Enqueue(id);
            }
        }

        return found;
    }

    private static int Parent(int id)
    {
        var stat = Read($"/proc/{id}/stat");
        return stat.Length == 0 ? 0 : int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture);
    }

    private static string CommandLine(int id) => Read($"/proc/{id}/cmdline").Replace('\0', ' ');

    // A process may end between the listing and the look.
    private static string Read(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (IOException)
        {
            return "";
        }
    }
}
