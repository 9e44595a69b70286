using System.Diagnostics;
using System.Reflection;
using System.Text.Json;
using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Infrastructure;

/// <summary>What infra/ would deploy: Bicep evaluates the template with the parameters of an environment, here on this machine.</summary>
public sealed class AzureTemplate : IAsyncLifetime
{
    public const string OwnerPassword = "the-owners-password-of-this-test";
    private const string Deployer = "11111111-2222-3333-4444-555555555555";

    private readonly string _folder = Directory.CreateTempSubdirectory("crm-infra-").FullName;

    public IReadOnlyList<JsonElement> Dev { get; private set; } = [];

    public IReadOnlyList<JsonElement> Prod { get; private set; } = [];

    public IReadOnlyList<IReadOnlyList<JsonElement>> Both => [Dev, Prod];

    /// <summary>The names that infra/settings.bicep allows: values, and secrets.</summary>
    public (IReadOnlyList<string> Plain, IReadOnlyList<string> Secret) Settings { get; private set; }

    public async ValueTask InitializeAsync()
    {
        // The evaluated template is written beside its parameters: not in our own tree.
        Copy("infra");
        Copy("docs");
        Dev = await Snapshot("dev");
        Prod = await Snapshot("prod");
        var definitions = JsonDocument.Parse(await Bicep("build", "infra/settings.bicep", "--stdout")).RootElement.GetProperty("definitions");
        Settings = (
            [.. definitions.GetProperty("PlainSettings").GetProperty("properties").EnumerateObject().Select(property => property.Name)],
            [.. definitions.GetProperty("SecretSetting").GetProperty("allowedValues").EnumerateArray().Select(value => value.GetString()!)]);
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    /// <summary>The properties of the resources of a type.</summary>
    public static IEnumerable<JsonElement> Properties(IReadOnlyList<JsonElement> resources, string type) =>
        resources.Where(resource => Type(resource) == type).Select(resource => resource.GetProperty("properties"));

    public static string Type(JsonElement resource) => resource.GetProperty("type").GetString()!;

    public static string Name(JsonElement resource) => resource.GetProperty("name").GetString()!;

    private async Task<IReadOnlyList<JsonElement>> Snapshot(string environment)
    {
        await Bicep(
            "snapshot", $"infra/main.{environment}.bicepparam", "--mode", "overwrite", "--location", "westeurope",
            "--subscription-id", "00000000-0000-0000-0000-000000000001", "--resource-group", $"crm-{environment}");
        var json = await File.ReadAllTextAsync(Path.Combine(_folder, "infra", $"main.{environment}.snapshot.json"));
        return [.. JsonDocument.Parse(json).RootElement.GetProperty("predictedResources").EnumerateArray()];
    }

    private async Task<string> Bicep(params string[] arguments)
    {
        var compiler = typeof(AzureTemplate).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == "Bicep").Value!;
        var start = new ProcessStartInfo(compiler, arguments)
        {
            WorkingDirectory = _folder,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["CRM_DATABASE_OWNER_PASSWORD"] = OwnerPassword, ["CRM_DEPLOYER"] = Deployer },
        };
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        Assert.Equal("", await error);
        Assert.Equal(0, process.ExitCode);
        return await output;
    }

    private void Copy(string folder)
    {
        var source = Path.Combine(Repository.Root, folder);
        foreach (var file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(_folder, folder, Path.GetRelativePath(source, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }
}
