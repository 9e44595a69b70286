using Crm.Shared.Database;

namespace Crm.Functions.Health;

public static class Probes
{
    /// <param name="State">up or ready.</param>
    public sealed record Status(string State);

    private const string Sql = """
        select max(number)
        from schema_migrations
        """;

    /// <summary>Answers while the process is up.</summary>
    [Function("Health"), Tags("Health"), AllowAnonymous]
    public static Reply<Status> Health([HttpTrigger(Anonymous, "get", Route = "health")] HttpRequest http) => new Status("up");

    /// <summary>Answers 200 when the database is reachable and its schema is the one this version needs, else 503.</summary>
    [Function("Ready"), Tags("Health"), AllowAnonymous]
    public static async Task<Reply<Status>> Ready([HttpTrigger(Anonymous, "get", Route = "ready")] HttpRequest http, Db db, CancellationToken ct)
    {
        var number = await db.Find<int>(Scope.Global, Sql, null, ct);
        return number >= Migrator.Files().Max(file => file.Number)
            ? new Status("ready")
            : Errors.Overloaded with { Message = "The database schema is older than this version: run the migrate command." };
    }
}
