using System.Diagnostics;
using System.Runtime.Versioning;
using Crm.Functions.Tests.Fixture;
using Crm.Functions.Tokens;

namespace Crm.Functions.Tests.Infrastructure;

/// <summary>The scripts of infra/, with stand-ins for the programs that they call: a cloud that remembers which version it was given.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class DeployScriptTests : IDisposable
{
    private const string Before = "1111111111111111111111111111111111111111";
    private const string Version = "2222222222222222222222222222222222222222";
    private const string Connection = "Host=db;Password=of-the-owner";

    private readonly string _folder = Directory.CreateTempSubdirectory("crm-deploy-").FullName;

    public DeployScriptTests()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "bin"));
        Program("git", $"""[ "$1" = rev-parse ] && echo {Version}; exit 0""");
        Program("zip", "exit 0");
        Program("dotnet", $$"""
            echo "dotnet $*" >> "$CLOUD/calls"
            for word; do case $last in -o) mkdir -p "$word";; esac; last=$word; done
            case "$*" in
              *create-logins*) cat > "$CLOUD/password" ;;
              *' migrate') [ "$Database__ConnectionString" = '{{Connection}}' ] && [ ! -e "$CLOUD/migration-fails" ] ;;
            esac
            """);
        Write("secret-database-owner", Connection);
        Program("az", """
            echo "az $*" >> "$CLOUD/calls"
            for word; do case $last in --src) src=$word;; --file) file=$word;; esac; last=$word; done
            for word; do case $last in --name) name=$word;; esac; last=$word; done
            case "$*" in
              'deployment group create'*) printf '%s' "$CRM_DATABASE_OWNER_PASSWORD" > "$CLOUD/owners-password" ;;
              'deployment group show'*) echo of-the-deployment ;;
              'keyvault secret set'*) cp "$file" "$CLOUD/secret-$name" ;;
              'keyvault secret show'*) cat "$CLOUD/secret-$name" ;;
              *'config-zip'*) basename "$src" .zip > "$CLOUD/running" ;;
              'storage blob download'*'--name current'*) cp "$CLOUD/current" "$file" ;;
              'storage blob upload'*'--name current'*) cp "$file" "$CLOUD/current" ;;
            esac
            """);
        // A broken version is up and finds its database wanting.
        Program("curl", """
            running=$(cat "$CLOUD/running")
            case "$*" in
              *ipify*) echo 203.0.113.7 ;;
              *http_code*/no-such-path*) echo 404 ;;
              *http_code*) echo 401 ;;
              */health) echo '{"data":{"state":"up","version":"'"$running"'"}}' ;;
              */ready) [ "$running" = "$(cat "$CLOUD/broken" 2> /dev/null)" ] && echo '{"error":"no"}' || echo '{"data":{"state":"ready"}}' ;;
            esac
            """);
    }

    [Fact]
    public async Task Without_run_every_step_is_printed_in_its_order_and_none_is_taken()
    {
        foreach (var environment in new[] { "dev", "prod" })
        {
            var run = await Run("deploy.sh", environment);

            Assert.True(run.ExitCode == 0, run.Output);
            InOrder(
                run.Output, "== Build and test", "+ bash .ci/run", "== Package", "blob upload", "== Migrate", "--method put", "Crm.Functions.dll migrate",
                "--method delete", "== Deploy", "config-zip", "== Smoke test", "infra/smoke.sh", "--name current");
            var made = await Run("provision.sh", environment);
            Assert.True(made.ExitCode == 0, made.Output);
            InOrder(made.Output, "group create", $"main.{environment}.bicepparam", "database-owner", "jwt-key", "migrate", "create-logins", "restart");
        }

        Assert.DoesNotContain("az ", Calls(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Making_an_environment_stores_secrets_that_are_missing_and_shows_none()
    {
        File.Delete(Path.Combine(_folder, "secret-database-owner"));

        var run = await Run("provision.sh", "dev", "--run");

        // The stand-in of migrate knows another password.
        Assert.NotEqual(0, run.ExitCode);
        var password = Read("owners-password");
        Assert.Equal(64, password.Length);
        Assert.Contains($";Password={password};SSL Mode=VerifyFull", Read("secret-database-owner"), StringComparison.Ordinal);
        var key = Read("secret-jwt-key");
        Assert.True(JwtOptions.IsStrong(key));

        Write("secret-database-owner", Connection);
        var again = await Run("provision.sh", "dev", "--run");

        Assert.True(again.ExitCode == 0, again.Output);
        Assert.Equal("", Read("owners-password"));
        Assert.Equal(Connection, Read("secret-database-owner"));
        Assert.Equal(key, Read("secret-jwt-key"));
        Assert.Contains($";Username=crm_login;Password={Read("password")};", Read("secret-database-connectionstring"), StringComparison.Ordinal);
        foreach (var secret in new[] { password, key, Read("password"), Connection })
            Assert.DoesNotContain(secret, run.Output + again.Output + Calls(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_release_migrates_before_the_new_version_runs_and_shuts_the_databases_door()
    {
        Write("running", Before);

        var run = await Run("deploy.sh", "dev", "--run", "--skip-checks");

        Assert.True(run.ExitCode == 0, run.Output);
        InOrder(
            Calls(), "publish", $"--name {Version}.zip", "--method put", "203.0.113.7", "migrate", "--method delete", "config-zip", "--name current");
        Assert.Equal(Version, Read("running"));
        Assert.Equal(Version, Read("current"));
        Assert.DoesNotContain(Connection, run.Output + Calls(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_version_that_does_not_pass_the_smoke_test_makes_way_for_the_one_before()
    {
        Write("running", Before);
        Write("current", Before);
        Write("broken", Version);

        var run = await Run("deploy.sh", "prod", "--run", "--skip-checks");

        Assert.Equal(1, run.ExitCode);
        Assert.Contains($"{Version} was not released.", run.Output, StringComparison.Ordinal);
        Assert.Equal(Before, Read("running"));
        Assert.Equal(Before, Read("current"));
    }

    [Fact]
    public async Task A_migration_that_fails_leaves_the_running_version_and_shuts_the_door()
    {
        Write("running", Before);
        Write("migration-fails", "");

        var run = await Run("deploy.sh", "dev", "--run", "--skip-checks");

        Assert.NotEqual(0, run.ExitCode);
        Assert.Equal(Before, Read("running"));
        InOrder(Calls(), "--method put", "migrate", "--method delete");
    }

    [Fact]
    public async Task A_version_that_was_released_before_comes_back_by_its_name()
    {
        Write("running", Version);
        Write("current", Version);

        var run = await Run("deploy.sh", "prod", "--run", "--rollback", Before);

        Assert.True(run.ExitCode == 0, run.Output);
        Assert.Equal(Before, Read("running"));
        Assert.Equal(Before, Read("current"));
        Assert.DoesNotContain("migrate", Calls(), StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private async Task<(int ExitCode, string Output)> Run(string script, params string[] arguments)
    {
        var start = new ProcessStartInfo("bash", [Path.Combine(Repository.Root, "infra", script), .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment =
            {
                ["PATH"] = $"{Path.Combine(_folder, "bin")}:{Environment.GetEnvironmentVariable("PATH")}",
                ["CLOUD"] = _folder,
                ["SMOKE_SECONDS"] = "0",
                ["DOOR_SECONDS"] = "0",
                ["TMPDIR"] = _folder,
            },
        };
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + await error);
    }

    private static void InOrder(string text, params string[] parts)
    {
        var from = 0;
        foreach (var part in parts)
        {
            from = text.IndexOf(part, from, StringComparison.Ordinal);
            Assert.True(from >= 0, $"{part} is missing, or out of its order, in:\n{text}");
        }
    }

    private void Program(string name, string body)
    {
        var file = Path.Combine(_folder, "bin", name);
        File.WriteAllText(file, $"#!/usr/bin/env bash\n{body}\n");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private string Calls() => File.Exists(Path.Combine(_folder, "calls")) ? Read("calls") : "";

    private string Read(string name) => File.ReadAllText(Path.Combine(_folder, name)).TrimEnd('\n');

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(_folder, name), text);
}
