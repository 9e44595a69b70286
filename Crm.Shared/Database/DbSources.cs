using Npgsql;

namespace Crm.Shared.Database;

/// <summary>
/// The connection pools on the same database. <see cref="Fixed"/> plans each statement once for all values (1.5 to 1.9 times
/// the throughput on statements of a fixed shape); <see cref="Search"/> plans for the values at hand. Both see one organisation at a time, by the role
/// they take; <see cref="Jobs"/> sees all of them. All are small: many instances share one server, and eight connections saturate two cores.
/// </summary>
public sealed class DbSources : IAsyncDisposable
{
    private const int PreparedStatements = 100;

    /// <param name="connectionString">The database.</param>
    /// <param name="ownLogins">Whether each pool signs in as a login of its own: the name in the connection string, and <see cref="DbLogin.Suffix"/>.</param>
    public DbSources(string connectionString, bool ownLogins = false)
    {
        DapperTypes.Register();
        Fixed = Source(connectionString, DbLogin.Fixed, ownLogins);
        Search = Source(connectionString, DbLogin.Search, ownLogins);
        Exports = Source(connectionString, DbLogin.Exports, ownLogins);
        Jobs = Source(connectionString, DbLogin.Jobs, ownLogins);
    }

    public NpgsqlDataSource Fixed { get; }

    public NpgsqlDataSource Search { get; }

    /// <summary>For what reads all rows one after the other, as fast as somebody takes them: whoever is slow keeps nobody else from the database.</summary>
    public NpgsqlDataSource Exports { get; }

    /// <summary>For what is about no one organisation: sign-in by e-mail, links, sweeps, timers.</summary>
    public NpgsqlDataSource Jobs { get; }

    private static NpgsqlDataSource Source(string connectionString, DbLogin login, bool ownLogin)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString)
        {
            MaxPoolSize = login.PoolSize,
            MaxAutoPrepare = PreparedStatements,
            AutoPrepareMinUsages = 2,
            NoResetOnClose = true,
            ApplicationName = "crm",
        };
        if (ownLogin)
            settings.Username = login.Of(settings.Username ?? "");
        else
            settings.Options = string.Join(' ', login.Options.Select(option => $"-c {option.Name}={option.Value}"));
        var builder = new NpgsqlSlimDataSourceBuilder(settings.ConnectionString);
        builder.EnableArrays();
        builder.EnableTransportSecurity();
        // Application Insights would make each event of a span a line of the log.
        builder.ConfigureTracing(static tracing => tracing.EnableFirstResponseEvent(false));
        // Only types that every server has are used: asking the catalogue for all of them is not worth its time at a cold start.
        builder.ConfigureTypeLoading(static types => types.EnableTypeLoading(false));
        return builder.Build();
    }

    public async ValueTask DisposeAsync()
    {
        await Fixed.DisposeAsync();
        await Search.DisposeAsync();
        await Exports.DisposeAsync();
        await Jobs.DisposeAsync();
    }
}
