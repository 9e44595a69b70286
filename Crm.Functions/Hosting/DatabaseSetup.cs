using Azure.Identity;
using Azure.Storage.Queues;
using Crm.Shared.Database;
using Crm.Shared.Integrations.AzureQueues;

namespace Crm.Functions.Hosting;

public static class DatabaseSetup
{
    /// <summary>The setting that holds the connection string.</summary>
    public const string ConnectionSetting = "Database:ConnectionString";

    public static void AddDatabase(this FunctionsApplicationBuilder builder)
    {
        var configuration = builder.Configuration;
        builder.Services.AddSingleton(_ => new DbSources(ConnectionString(configuration)));
        builder.Services.AddSingleton(_ => Queue(configuration));
        builder.Services.AddSingleton<OutboxRelay>();
        builder.Services.AddSingleton<IOutboxRelay>(static services => services.GetRequiredService<OutboxRelay>());
        builder.Services.AddScoped<Db>();
    }

    public static string ConnectionString(IConfiguration configuration) =>
        configuration[ConnectionSetting] is { Length: > 0 } text
            ? text
            : throw new InvalidOperationException(
                "Set Database__ConnectionString to the PostgreSQL database, such as Host=…;Database=crm;Username=…;Password=….");

    // As the Functions host reads the same setting: a connection string, or the service's address and the app's own identity.
    private static QueueServiceClient Queue(ConfigurationManager configuration)
    {
        if (configuration["AzureWebJobsStorage"] is { Length: > 0 } connection)
            return StorageQueues.Connect(connection);
        return configuration["AzureWebJobsStorage:queueServiceUri"] is { Length: > 0 } uri
            ? StorageQueues.Connect(new Uri(uri), new DefaultAzureCredential())
            : throw new InvalidOperationException(
                "Set AzureWebJobsStorage to a storage connection string, or AzureWebJobsStorage__queueServiceUri to the queue service's address.");
    }
}
