using System.Reflection;
using System.Text.RegularExpressions;
using Crm.Functions.Tests.Fixture;
using Crm.Shared.Database;

namespace Crm.Functions.Tests.Infrastructure;

/// <summary>
/// Each setting that the app reads is described, in the sample, and has its place in Azure; none is there that nobody reads, and no secret is a value.
/// </summary>
public sealed partial class AzureSettingTests(AzureTemplate azure) : IClassFixture<AzureTemplate>
{
    /// <summary>What host and platform read; the app reads some of them too.</summary>
    private static readonly string[] Platform =
    [
        "APPLICATIONINSIGHTS_AUTHENTICATION_STRING", "APPLICATIONINSIGHTS_CONNECTION_STRING",
        "AzureFunctionsJobHost__extensions__queues__batchSize", "AzureFunctionsJobHost__extensions__queues__newBatchThreshold",
        "AzureWebJobsDisableHomepage", "AzureWebJobsStorage__accountName", "AzureWebJobsStorage__clientId", "AzureWebJobsStorage__credential",
        "WEBSITE_USE_PLACEHOLDER_DOTNETISOLATED",
    ];

    /// <summary>Of the local stack alone, or said to the plan instead (the worker's runtime).</summary>
    private static readonly string[] Local = ["Clock__OffsetFile", "AZURE_FUNCTIONS_ENVIRONMENT", "DOTNET_ENVIRONMENT"];

    private static readonly string[] HostsOwn =
    [
        "FUNCTIONS_WORKER_RUNTIME", "AzureWebJobsStorage", "AzureWebJobsDisableHomepage", "APPLICATIONINSIGHTS_CONNECTION_STRING",
        "APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
    ];

    /// <summary>What OpenTelemetry's own packages read.</summary>
    private static readonly string[] OpenTelemetrys = ["OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_EXPORTER_OTLP_HEADERS"];

    private static IEnumerable<string> Read => FromOptions().Concat(FromSources()).Concat(OpenTelemetrys).Distinct().Except(Local).Except(HostsOwn).Order(StringComparer.Ordinal);

    [Fact]
    public void Every_setting_is_described_and_in_the_sample()
    {
        var page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "settings.md"));
        // A row may be about several.
        var described = Row().Matches(page).SelectMany(row => row.Groups["name"].Captures).Select(name => name.Value).Except(Local).Except(HostsOwn);
        Assert.Equal(Read, described.Order(StringComparer.Ordinal));

        var sample = File.ReadAllText(Path.Combine(Repository.Root, "Crm.Functions", "local.settings.sample.json"));
        Assert.All(Read, name => Assert.Contains($"\"{name}\"", sample, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_setting_has_its_place_in_Azure_and_there_is_no_other()
    {
        var decided = azure.Both.Select(Settings).SelectMany(settings => settings.Keys).Except(Platform);
        var placed = decided.Concat(azure.Settings.Plain).Concat(azure.Settings.Secret).Distinct();
        Assert.Equal(Read, placed.Order(StringComparer.Ordinal));

        Assert.All(azure.Both, resources => Assert.Empty(Platform.Except(Settings(resources).Keys)));
        Assert.Empty(azure.Settings.Plain.Intersect(azure.Settings.Secret));
    }

    [Fact]
    public void Secrets_are_references_to_the_vault_and_nothing_else()
    {
        // By their names; the exceptions are of a kind that everybody may see.
        string[] harmless = ["Jwt__AccessTokenHours", "Jwt__RefreshTokenDays", "SendGrid__WebhookPublicKey", "Stripe__PublishableKey"];
        Assert.Equal(
            Read.Where(name => Secret().IsMatch(name)).Except(harmless),
            azure.Settings.Secret.Concat(["Database__ConnectionString", "Jwt__Key"]).Order(StringComparer.Ordinal));

        foreach (var settings in azure.Both.Select(Settings))
        {
            foreach (var (name, value) in settings.Where(setting => Secret().IsMatch(setting.Key)).ExceptBy(harmless, setting => setting.Key))
                Assert.StartsWith("@Microsoft.KeyVault(VaultName=", value, StringComparison.Ordinal);
        }
    }

    private static Dictionary<string, string> Settings(IReadOnlyList<System.Text.Json.JsonElement> resources) =>
        AzureTemplate.Properties(resources, "Microsoft.Web/sites/config").Single().EnumerateObject()
            .ToDictionary(setting => setting.Name, setting => setting.Value.GetString()!, StringComparer.Ordinal);

    // Classes with a section: each property is a setting.
    private static IEnumerable<string> FromOptions() =>
        from type in typeof(CrmApp).Assembly.GetTypes().Concat(typeof(Db).Assembly.GetTypes())
        let section = type.GetField("Section", BindingFlags.Public | BindingFlags.Static | BindingFlags.FlattenHierarchy)
        where section is { IsLiteral: true }
        from property in type.GetProperties()
        where property.CanWrite
        select $"{section.GetRawConstantValue()}__{property.Name}";

    // And names that stand in the code.
    private static IEnumerable<string> FromSources() =>
        from folder in new[] { "Crm.Functions", "Crm.Shared" }
        from file in Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), "*.cs", SearchOption.AllDirectories)
        where !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal)
        from Match match in Name().Matches(File.ReadAllText(file))
        select match.Groups["name"].Value.Replace(":", "__", StringComparison.Ordinal);

    [GeneratedRegex(@"(onfiguration\[|\.GetValue(<\w+>)?\(|const string \w*Setting = )""(?<name>[A-Za-z]\w*(:\w+)*)""", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Name();

    [GeneratedRegex(@"(?m)^\| `(?<name>\w+)`(, `(?<name>\w+)`)* \|", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Row();

    [GeneratedRegex("Key|Secret|Token|Password|HEADERS|^Database__ConnectionString$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Secret();
}
