using Crm.Functions.Hosting;
using Crm.Shared.Database;

namespace Crm.Functions.Health;

public static class HealthFunctions
{
    public sealed record Status(string State);

    private const string Sql = """
        select max(number)
        from schema_migrations
        """;

    public static void MapHealth(this IEndpointRouteBuilder app)
    {
        app.MapGet("/health", Health).WithTags("Health").PublicFunction("Health");
        app.MapGet("/ready", Ready).WithTags("Health").PublicFunction("Ready");
    }

    /// <summary>Answers while the process is up.</summary>
    public static Reply<Status> Health() => new Status("up");

    /// <summary>Answers 200 when the database is reachable and its schema is the one this version needs, else 503.</summary>
    public static async Task<Reply<Status>> Ready(Db db, CancellationToken ct)
    {
        var number = await db.Find<int>(Scope.Global, Sql, null, ct);
        return number >= Migrator.Files().Max(file => file.Number) ? new Status("ready") : Errors.Overloaded with { Message = "The database schema is older than this version: run the migrate command." };
    }
}
