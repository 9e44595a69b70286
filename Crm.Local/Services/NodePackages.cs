using System.ComponentModel;
using System.Globalization;
using Crm.Local.Processes;

namespace Crm.Local.Services;

/// <summary>The services that come from npm: installed on first use and again when the lock file changed.</summary>
public static class NodePackages
{
    private const int OldestNode = 20;
    private static readonly Lazy<Task> Ready = new(Install);

    public static string Folder => Path.Combine(SourceTree.LocalProject, "node_modules");

    /// <summary>True when the first use will have to install, which takes a minute.</summary>
    public static bool NeedInstall
    {
        get
        {
            var installed = new FileInfo(Path.Combine(Folder, ".package-lock.json"));
            return !installed.Exists || installed.LastWriteTimeUtc < File.GetLastWriteTimeUtc(Path.Combine(SourceTree.LocalProject, "package-lock.json"));
        }
    }

    public static Task Ensure() => Ready.Value;

    private static async Task Install()
    {
        await RequireNode();
        if (!NeedInstall)
            return;

        var output = new List<string>();
        var npm = new ChildCommand(OperatingSystem.IsWindows() ? "npm.cmd" : "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
        {
            WorkingDirectory = SourceTree.LocalProject,
            // npm takes its time over a milder signal; a broken install is noticed and repeated.
            StopSignal = Signal.Kill,
            ParentDeathSignal = Signal.Kill,
            OnError = output.Add,
        };
        if (await ChildProcess.Run(npm, CancellationToken.None) != 0)
        {
            throw new StackException($"npm ci failed in {SourceTree.LocalProject}:{Environment.NewLine}{string.Join(Environment.NewLine, output)}");
        }
    }

    private static async Task RequireNode()
    {
        var version = "";
        try
        {
            await ChildProcess.Run(new ChildCommand("node", "--version") { OnOutput = line => version = line }, CancellationToken.None);
        }
        catch (Win32Exception)
        {
            // No such program: told below, as is one that setsid or setpriv could not find.
        }

        if (version.Length == 0)
        {
            throw new StackException(
                $"Node.js was not found. Install Node.js {OldestNode} or newer (https://nodejs.org) and make sure that `node` is on the PATH.");
        }

        if (!int.TryParse(version.TrimStart('v').Split('.')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var major) || major < OldestNode)
        {
            throw new StackException($"Node.js {version} is too old. Install Node.js {OldestNode} or newer (https://nodejs.org).");
        }
    }
}
