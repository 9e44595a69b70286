using Crm.Functions.Tests.Fixture;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Threading.Channels;

namespace Crm.Functions.Tests.EndToEnd;

/// <summary>The local stack as a newcomer starts it: a process of its own, told to pick free ports and a fresh data folder.</summary>
public sealed partial class LocalStackProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(30);
    private const int SigTerm = 15;

    private readonly Process process;
    private readonly Channel<string> lines = Channel.CreateUnbounded<string>();
    private readonly List<string> output = [];

    private LocalStackProcess(Process process) => this.process = process;

    public string Api { get; private set; } = "";

    public string Providers { get; private set; } = "";

    public static async Task<LocalStackProcess> Start(params string[] arguments)
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        var start = new ProcessStartInfo("dotnet") { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Repository.Root };
        string[] all = [Path.Combine(Repository.Root, "Crm.Local", "bin", configuration, "net10.0", "Crm.Local.dll"), "--port", "0", "--providers-port", "0", "--data", "temp", .. arguments];
        foreach (var argument in all)
            start.ArgumentList.Add(argument);
        var stack = new LocalStackProcess(Process.Start(start)!);
        stack.process.OutputDataReceived += (_, line) => stack.Hear(line.Data);
        stack.process.ErrorDataReceived += (_, line) => stack.Hear(line.Data);
        stack.process.BeginOutputReadLine();
        stack.process.BeginErrorReadLine();
        stack.Providers = await stack.Line("Providers: ");
        stack.Api = await stack.Line("Ready: ");
        return stack;
    }

    /// <summary>Asks it to stop as a service manager does; returns the processes it had started that are still there afterwards.</summary>
    public async Task<IReadOnlyList<string>> Stop()
    {
        var children = Descendants(process.Id);
        Assert.NotEmpty(children);
        _ = Kill(process.Id, SigTerm);
        using var limit = new CancellationTokenSource(StopLimit);
        await process.WaitForExitAsync(limit.Token);
        return [.. children.Where(child => Name(child.Id) == child.Name).Select(child => $"{child.Name} ({child.Id})")];
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
            await Stop();
        process.Dispose();
    }

    private void Hear(string? line)
    {
        if (line is null)
            return;
        lock (output)
            output.Add(line);
        lines.Writer.TryWrite(line);
    }

    private async Task<string> Line(string prefix)
    {
        using var limit = new CancellationTokenSource(StartLimit);
        try
        {
            while (!process.HasExited || lines.Reader.Count > 0)
            {
                var line = await lines.Reader.ReadAsync(limit.Token);
                if (line.StartsWith(prefix, StringComparison.Ordinal))
                    return line[prefix.Length..].Trim();
            }
        }
        catch (OperationCanceledException)
        {
            // Told below, with what it did say.
        }

        lock (output)
            throw new InvalidOperationException($"The local stack never said \"{prefix}\":\n{string.Join('\n', output)}");
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
