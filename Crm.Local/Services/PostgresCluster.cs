using System.Security.Cryptography;
using System.Text;
using Crm.Local.Processes;

namespace Crm.Local.Services;

/// <summary>A new data folder for PostgreSQL, and the password of its only user in a file beside it.</summary>
internal static class PostgresCluster
{
    public static string PasswordFile(string dataDirectory) => dataDirectory + ".password";

    /// <summary>Made beside its place and moved there: a start that was interrupted leaves nothing that looks like data.</summary>
    public static async Task Create(PostgresBinaries binaries, string user, string dataDirectory, LogFile log, CancellationToken ct)
    {
        var unfinished = dataDirectory + ".new";
        if (Directory.Exists(unfinished))
            Directory.Delete(unfinished, recursive: true);

        Directory.CreateDirectory(unfinished);
        var passwordFile = PasswordFile(dataDirectory);
        File.Delete(passwordFile);
        await using (var file = new FileStream(passwordFile, OwnerOnly()))
        {
            await file.WriteAsync(Encoding.ASCII.GetBytes(RandomNumberGenerator.GetHexString(32)), ct);
        }

        if (binaries.ChangesOwner && !LinuxLaunch.Works("chown", "65534:65534", unfinished, passwordFile))
        {
            throw new StackException($"Could not hand {unfinished} to the user that PostgreSQL runs as.");
        }

        var initdb = new ChildCommand(
            binaries.Program("initdb"), "-D", unfinished, "-U", user, "--auth=scram-sha-256", $"--pwfile={passwordFile}", "-E", "UTF8", "--locale=C",
            "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-sync", "--no-instructions")
        {
            Prefix = binaries.Prefix,
            OnOutput = log.Write,
            OnError = log.Write,
        };
        if (await ChildProcess.Run(initdb, ct) != 0)
        {
            throw new StackException($"PostgreSQL could not create {dataDirectory}:{Environment.NewLine}{log.Tail}");
        }

        Directory.Move(unfinished, dataDirectory);
    }

    private static FileStreamOptions OwnerOnly()
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;

        return options;
    }
}
