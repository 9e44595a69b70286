using Crm.Shared.Database;

namespace Crm.Functions.Hosting;

public static class DatabaseSetup
{
    /// <summary>The setting that holds the connection string.</summary>
    public const string ConnectionSetting = "Database:ConnectionString";

    public static void AddDatabase(this FunctionsApplicationBuilder builder)
    {
        var configuration = builder.Configuration;
        builder.Services.AddSingleton(_ => Sources(configuration));
        builder.Services.AddSingleton(_ => QueueConnection.Open(configuration));
        builder.Services.AddSingleton<OutboxRelay>();
        builder.Services.AddSingleton<IOutboxRelay>(static services => services.GetRequiredService<OutboxRelay>());
        builder.Services.AddScoped<Db>();
    }

    public static DbSources Sources(IConfiguration configuration) =>
        new(ConnectionString(configuration), configuration.GetValue("Database:OwnLogins", false));

    public static string ConnectionString(IConfiguration configuration) =>
        configuration[ConnectionSetting] is { Length: > 0 } text ? text : throw new InvalidOperationException(Missing);

    /// <summary>What to do where there is none.</summary>
    public const string Missing = "Set Database__ConnectionString to the PostgreSQL database, such as Host=…;Database=crm;Username=…;Password=….";
}
