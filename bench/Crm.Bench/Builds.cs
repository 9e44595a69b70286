using Crm.Local.Services;

namespace Crm.Bench;

/// <summary>What is measured, published as it is deployed, each once a run.</summary>
public sealed class Builds(bool publish, CancellationToken ct)
{
    private static readonly string[] Deployed = ["--self-contained", "false"];
    private readonly Dictionary<string, string> _folders = new(StringComparer.Ordinal);

    /// <summary>Other ways to publish the app than the one that is deployed.</summary>
    public static readonly IReadOnlyDictionary<string, string[]> Variants = new Dictionary<string, string[]>(StringComparer.Ordinal)
    {
        ["compiled at run time"] = [.. Deployed, "-p:PublishReadyToRun=false"],
        ["self-contained"] = ["--self-contained", "true"],
        ["self-contained, composite"] = ["--self-contained", "true", "-p:PublishReadyToRunComposite=true"],
    };

    /// <summary>The folder of a published project of this repository.</summary>
    public async Task<string> Published(string project)
    {
        if (!_folders.TryGetValue(project, out var folder))
            _folders[project] = folder = await Publish(SourceTree.Root, project, Path.GetFileName(project), Deployed);
        return folder;
    }

    /// <summary>The app as committed last, published in one of the other ways: from a copy, or the next publication of this tree would mix with it.</summary>
    public async Task<string> Published(string project, string variant)
    {
        var name = $"{project}-{variant.Replace(", ", "-", StringComparison.Ordinal).Replace(' ', '-')}";
        return await Publish(await Source("HEAD", name), project, name, Variants[variant]);
    }

    /// <summary>The app as it was at a commit.</summary>
    public async Task<string> PublishedBefore(string commit) =>
        await Publish(await Source(commit, commit), "Crm.Functions", $"Crm.Functions-{commit}", Deployed);

    private static async Task<string> Source(string commit, string name)
    {
        var source = Path.Combine(Stage.Folder, $"source-{name}");
        if (Directory.Exists(source))
            Directory.Delete(source, recursive: true);
        var archive = source + ".tar";
        await Programs.Run("git", ["-C", SourceTree.Root, "archive", "-o", archive, commit]);
        Directory.CreateDirectory(source);
        await Programs.Run("tar", ["-xf", archive, "-C", source]);
        File.Delete(archive);
        return source;
    }

    /// <summary>The Express app with its packages.</summary>
    public async Task<string> Express()
    {
        var folder = Path.Combine(SourceTree.Root, "bench", "Express");
        var installed = new FileInfo(Path.Combine(folder, "node_modules", ".package-lock.json"));
        if (!installed.Exists || installed.LastWriteTimeUtc < File.GetLastWriteTimeUtc(Path.Combine(folder, "package-lock.json")))
        {
            Report.Progress("Installing Express and pg");
            await Programs.Run("npm", ["ci", "--prefix", folder, "--ignore-scripts", "--no-audit", "--no-fund"], ct: ct);
        }

        return folder;
    }

    private async Task<string> Publish(string root, string project, string name, string[] way)
    {
        var target = Path.Combine(Stage.Folder, "published", name);
        if (!publish && Directory.Exists(target))
            return target;
        Report.Progress($"Publishing {name}");
        await Programs.Run("dotnet", [
            "publish", Path.Combine(root, project), "-c", "Release", "-r", "linux-x64", .. way, "-o", target, "-v", "quiet", "-nologo",
        ], ct: ct);
        return target;
    }
}
