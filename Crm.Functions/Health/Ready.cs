using Crm.Shared.Database;
using Npgsql;

namespace Crm.Functions.Health;

public static class Ready
{
    private static readonly int[] Numbers = [.. Migrator.Files().Select(file => file.Number)];

    private const string MissingSql = """
        select number
        from unnest(@Numbers) as needed (number)
        where not exists (
            select from schema_migrations m
            where m.number = needed.number)
        order by number
        """;

    private const string RoleSql = "select current_user::text";

    /// <summary>Answers 200 when the database is reachable and has every migration of this version, else 503 with the numbers of those it lacks.</summary>
    [Function("Ready"), Tags("Health"), AllowAnonymous]
    public static async Task<Reply<Probes.Status>> Handle([HttpTrigger(Anonymous, "get", Route = "ready")] HttpRequest http, Db db, CancellationToken ct)
    {
        try
        {
            // A pooler that drops the role drops a wall between organisations with it.
            if (await db.Find<string>(Scope.Global, RoleSql, null, ct) != DbLogin.Jobs.Role)
                return NotReady("The database's connections do not take their role: set Database__OwnLogins to true, and run the create-logins command.");
            var missing = await db.List<int>(Scope.Global, MissingSql, new { Numbers }, ct);
            return missing.Count == 0
                ? new Probes.Status("ready")
                : NotReady($"The database lacks migration {string.Join(", ", missing.Select(number => $"{number:0000}"))}: run the migrate command.");
        }
        // Without the first migration there is no such table, and on a new server not even the role that the app takes.
        catch (PostgresException empty) when (empty.SqlState is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InvalidParameterValue)
        {
            return NotReady("The database has no migration at all: run the migrate command.");
        }
    }

    private static Error NotReady(string message) => Errors.Overloaded with { Message = message };
}
