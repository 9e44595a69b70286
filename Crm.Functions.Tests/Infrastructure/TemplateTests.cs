using System.Text.Json;
using System.Text.RegularExpressions;
using Crm.Functions.Outbox;
using Crm.Functions.Tests.Fixture;
using Crm.Functions.Timers;
using Crm.Shared.Database;

namespace Crm.Functions.Tests.Infrastructure;

/// <summary>The evaluated template: shut doors, few rights, no keys.</summary>
public sealed partial class TemplateTests(AzureTemplate azure) : IClassFixture<AzureTemplate>
{
    [Fact]
    public void Nothing_answers_without_TLS_and_nobody_has_a_key()
    {
        Assert.All(azure.Both, resources =>
        {
            var storage = Assert.Single(AzureTemplate.Properties(resources, "Microsoft.Storage/storageAccounts"));
            Assert.False(storage.GetProperty("allowSharedKeyAccess").GetBoolean());
            Assert.False(storage.GetProperty("allowBlobPublicAccess").GetBoolean());
            Assert.True(storage.GetProperty("supportsHttpsTrafficOnly").GetBoolean());
            Assert.Equal("TLS1_2", storage.GetProperty("minimumTlsVersion").GetString());

            var site = Assert.Single(AzureTemplate.Properties(resources, "Microsoft.Web/sites"));
            Assert.True(site.GetProperty("httpsOnly").GetBoolean());
            Assert.Equal("1.2", site.GetProperty("siteConfig").GetProperty("minTlsVersion").GetString());
            Assert.Equal("1.2", site.GetProperty("siteConfig").GetProperty("scmMinTlsVersion").GetString());
            Assert.Equal("Disabled", site.GetProperty("siteConfig").GetProperty("ftpsState").GetString());
            var package = site.GetProperty("functionAppConfig").GetProperty("deployment").GetProperty("storage").GetProperty("authentication");
            Assert.Equal("UserAssignedIdentity", package.GetProperty("type").GetString());
            var passwords = AzureTemplate.Properties(resources, "Microsoft.Web/sites/basicPublishingCredentialsPolicies");
            Assert.Equal([false, false], passwords.Select(door => door.GetProperty("allow").GetBoolean()));

            Assert.Equal("ON", Parameter(resources, "require_secure_transport"));
            Assert.Equal("TLSv1.2", Parameter(resources, "ssl_min_protocol_version"));
            Assert.Equal("SCRAM-SHA-256", Parameter(resources, "password_encryption"));
            var vaults = AzureTemplate.Properties(resources, "Microsoft.KeyVault/vaults");
            Assert.All(vaults, vault => Assert.True(vault.GetProperty("enableRbacAuthorization").GetBoolean()));
            Assert.True(Assert.Single(AzureTemplate.Properties(resources, "Microsoft.Insights/components")).GetProperty("DisableLocalAuth").GetBoolean());
        });
        foreach (var resource in azure.Both.SelectMany(resources => resources))
            Assert.DoesNotContain("listKeys", resource.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public void Rights_are_these_few()
    {
        string[] expected =
        [
            "app may Key Vault Secrets User on Microsoft.KeyVault/vaults",
            "app may Monitoring Metrics Publisher on Microsoft.Insights/components",
            "app may Storage Blob Data Owner on Microsoft.Storage/storageAccounts",
            "app may Storage Queue Data Contributor on Microsoft.Storage/storageAccounts",
            "app may Storage Table Data Contributor on Microsoft.Storage/storageAccounts",
            "deployer may Contributor on Microsoft.DBforPostgreSQL/flexibleServers",
            "deployer may Key Vault Secrets User on Microsoft.KeyVault/vaults",
            "deployer may Storage Blob Data Contributor on Microsoft.Storage/storageAccounts/blobServices/containers",
            "deployer may Website Contributor on Microsoft.Web/sites",
        ];
        Assert.All(azure.Both, resources => Assert.Equal(expected, Rights(resources).Select(Right).Order(StringComparer.Ordinal)));
    }

    [Fact]
    public void The_app_may_not_read_the_password_of_the_tables_owner()
    {
        var vaults = azure.Prod.Where(resource => AzureTemplate.Type(resource) == "Microsoft.KeyVault/vaults").Select(AzureTemplate.Name).ToArray();
        var owners = Assert.Single(vaults, name => name.EndsWith("-own", StringComparison.Ordinal));
        var rights = Rights(azure.Prod).Where(right => Scope(right)[^1] == owners).Select(Right);

        Assert.Equal(["deployer may Key Vault Secrets User on Microsoft.KeyVault/vaults"], rights);
    }

    [Fact]
    public void The_owners_password_goes_to_the_server_and_nowhere_else()
    {
        // Bicep leaves secure parameters unevaluated: their names show where their values go.
        foreach (var resources in azure.Both)
        {
            var holder = Assert.Single(resources, resource => Password().IsMatch(resource.GetRawText()));
            Assert.Equal("Microsoft.DBforPostgreSQL/flexibleServers", AzureTemplate.Type(holder));
            Assert.All(resources, resource => Assert.DoesNotContain(AzureTemplate.OwnerPassword, resource.GetRawText(), StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Every_queue_is_there_with_its_poison_queue()
    {
        var queues = azure.Prod.Where(resource => AzureTemplate.Type(resource) == "Microsoft.Storage/storageAccounts/queueServices/queues")
            .Select(resource => AzureTemplate.Name(resource).Split('/')[^1]);
        Assert.Equal(Queues.All.Concat(Queues.All.Select(Queues.PoisonOf)).Order(StringComparer.Ordinal), queues.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_instances_cannot_ask_for_more_connections_than_the_database_has()
    {
        const int Reserved = 15;
        var perInstance = DbLogin.All.Sum(login => login.PoolSize);
        // Burstable servers have no pooler: the sum counts. With one, its own pools do: a pool for each login.
        Assert.True(Instances(azure.Dev) * perInstance <= Connections(azure.Dev) - Reserved);
        Assert.Null(Parameter(azure.Dev, "pgbouncer.enabled"));

        Assert.Equal("transaction", Parameter(azure.Prod, "pgbouncer.pool_mode"));
        Assert.True(Number("pgbouncer.max_prepared_statements") >= 100, "Npgsql prepares a hundred statements a connection.");
        Assert.True(DbLogin.All.Count * Number("pgbouncer.default_pool_size") <= Connections(azure.Prod) - Reserved);
        Assert.True(Instances(azure.Prod) * perInstance <= Number("pgbouncer.max_client_conn"));

        int Number(string name) => int.Parse(Parameter(azure.Prod, name)!, System.Globalization.CultureInfo.InvariantCulture);
    }

    [Fact]
    public void Alerts_read_what_the_watch_of_the_queues_writes()
    {
        var alert = Alerts(azure.Prod).Single(alert => AzureTemplate.Name(alert).EndsWith("-queue-age", StringComparison.Ordinal));
        var query = alert.GetProperty("properties").GetProperty("criteria").GetProperty("allOf")[0].GetProperty("query").GetString()!;
        var pattern = query.Split('|').Single(step => step.Contains("parse Message with", StringComparison.Ordinal));

        // Its texts are those between the values of the line.
        Assert.Equal(Placeholder().Split(WatchQueues.Line), Literal().Matches(pattern).Select(match => match.Groups["text"].Value));
    }

    [Fact]
    public void A_standstill_is_when_the_timers_do_not_say_that_the_outbox_was_swept()
    {
        var alert = Alerts(azure.Prod).Single(alert => AzureTemplate.Name(alert).EndsWith("-standstill", StringComparison.Ordinal));
        var query = alert.GetProperty("properties").GetProperty("criteria").GetProperty("allOf")[0].GetProperty("query").GetString()!;

        Assert.Equal(
            [nameof(RunTimers), Placeholder().Split(RunTimers.Line)[0], nameof(SweepOutbox)],
            Literal().Matches(query).Select(match => match.Groups["text"].Value));
        // A busy app's lines are kept in part: a quiet quarter of an hour among them would wake somebody. Its calls are all kept.
        Assert.Contains("AppRequests | where OperationName == ", query, StringComparison.Ordinal);
        var host = JsonDocument.Parse(File.ReadAllText(Path.Combine(Repository.Root, "Crm.Functions", "host.json"))).RootElement;
        var sampling = host.GetProperty("logging").GetProperty("applicationInsights").GetProperty("samplingSettings");
        Assert.Contains("Request", sampling.GetProperty("excludedTypes").GetString()!.Split(';'));
    }

    [Fact]
    public void Every_alert_is_explained_to_those_whom_it_wakes()
    {
        var operations = File.ReadAllText(Path.Combine(Repository.Root, "docs", "operations.md"));
        var alerts = Alerts(azure.Prod).Select(alert => string.Join('-', AzureTemplate.Name(alert).Split('-').Skip(3))).ToArray();

        Assert.Equal(9, alerts.Length);
        Assert.All(alerts, alert => Assert.Contains($"### {alert}\n", operations, StringComparison.Ordinal));
    }

    private static IEnumerable<JsonElement> Rights(IReadOnlyList<JsonElement> resources) =>
        resources.Where(resource => AzureTemplate.Type(resource) == "Microsoft.Authorization/roleAssignments");

    private static IEnumerable<JsonElement> Alerts(IReadOnlyList<JsonElement> resources) =>
        resources.Where(resource => AzureTemplate.Type(resource) is "Microsoft.Insights/scheduledQueryRules" or "Microsoft.Insights/metricAlerts");

    private static string? Parameter(IReadOnlyList<JsonElement> resources, string name) =>
        resources.SingleOrDefault(resource => AzureTemplate.Type(resource) == "Microsoft.DBforPostgreSQL/flexibleServers/configurations"
                && AzureTemplate.Name(resource).EndsWith($"/{name}", StringComparison.Ordinal)) is { ValueKind: JsonValueKind.Object } parameter
            ? parameter.GetProperty("properties").GetProperty("value").GetString()
            : null;

    private static int Instances(IReadOnlyList<JsonElement> resources) => Assert.Single(AzureTemplate.Properties(resources, "Microsoft.Web/sites"))
        .GetProperty("functionAppConfig").GetProperty("scaleAndConcurrency").GetProperty("maximumInstanceCount").GetInt32();

    // The alert is at four fifths of them.
    private static int Connections(IReadOnlyList<JsonElement> resources) => AzureTemplate.Properties(resources, "Microsoft.Insights/metricAlerts")
        .Select(alert => alert.GetProperty("criteria").GetProperty("allOf")[0])
        .Single(criterion => criterion.GetProperty("metricName").GetString() == "active_connections").GetProperty("threshold").GetInt32() * 5 / 4;

    private static string Right(JsonElement assignment)
    {
        var properties = assignment.GetProperty("properties");
        var role = properties.GetProperty("roleDefinitionId").GetString()!.Split('/')[^1] switch
        {
            "b7e6dc6d-f1e8-4753-8033-0f276bb0955b" => "Storage Blob Data Owner",
            "ba92f5b4-2d11-453d-a403-e96b0029c9fe" => "Storage Blob Data Contributor",
            "974c5e8b-45b9-4653-ba55-5f855dd0fb88" => "Storage Queue Data Contributor",
            "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3" => "Storage Table Data Contributor",
            "4633458b-17de-408a-b874-0445c86b69e6" => "Key Vault Secrets User",
            "3913510d-42f4-4e42-8a64-420c390055eb" => "Monitoring Metrics Publisher",
            "de139f84-1756-47ae-9be6-808fbbe84772" => "Website Contributor",
            "b24988ac-6180-42a0-ab88-20f7382dd24c" => "Contributor",
            var other => other,
        };
        var who = properties.GetProperty("principalId").GetString()!.StartsWith('[') ? "app" : "deployer";
        var scope = Scope(assignment);
        return $"{who} may {role} on {scope[0]}/{string.Join('/', scope.Skip(1).Where((_, index) => index % 2 == 0))}";
    }

    // The provider, and then types and names by turns, of what the right is about.
    private static string[] Scope(JsonElement assignment)
    {
        const string Providers = "/providers/";
        var id = assignment.GetProperty("id").GetString()!;
        var path = id[(id.IndexOf(Providers, StringComparison.Ordinal) + Providers.Length)..];
        return path.Split('\'')[0].Split(Providers)[0].Split('/');
    }

    [GeneratedRegex(@"""(?<text>[^""]+)""", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Literal();

    [GeneratedRegex("[pP]assword'\\)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Password();

    [GeneratedRegex("""\{\w+\}""", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Placeholder();
}
