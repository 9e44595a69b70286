using System.Globalization;
using System.Text.RegularExpressions;
using Crm.Local.Services;
using Npgsql;

namespace Crm.Bench;

/// <summary>The same statements straight at the database, over connections that have prepared and planned them before anything is counted.</summary>
public sealed partial class PgBench(BenchDatabase database, CancellationToken ct)
{
    public const string Fixed = "force_generic_plan";
    public const string Custom = "force_custom_plan";

    /// <summary>
    /// Seconds that are not counted: each slice is a process of its own, which has to connect, and whose connections have yet to learn the tables.
    /// </summary>
    private const int LeadIn = 3;

    /// <param name="script">SQL for pgbench.</param>
    /// <param name="variables">What the script names.</param>
    /// <param name="planCacheMode">As in the app's data source for these statements.</param>
    public Side On(string script, IReadOnlyDictionary<string, string> variables, string planCacheMode) =>
        new(seconds => Run(script, variables, planCacheMode, seconds));

    private async Task<Slice> Run(string script, IReadOnlyDictionary<string, string> variables, string planCacheMode, int seconds)
    {
        var file = await Load.Write("pgbench.sql", script, ct);
        var server = new NpgsqlConnectionStringBuilder(database.ConnectionString);
        string[] arguments =
        [
            "-n", "-M", "prepared", "-c", $"{Load.Clients}", "-j", "1", "-T", $"{LeadIn + seconds + 1}",
            "-P", "1", "-h", server.Host!, "-p", $"{server.Port}", "-U", server.Username!,
            .. variables.SelectMany(static variable => new[] { "-D", $"{variable.Key}={variable.Value}" }), "-f", file, server.Database!,
        ];
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["PGPASSWORD"] = server.Password!,
            ["PGOPTIONS"] = $"-c plan_cache_mode={planCacheMode} -c jit=off",
        };
        var lines = await Programs.Run("pgbench", arguments, environment, ct);
        if (lines.FirstOrDefault(static line => line.StartsWith("number of failed transactions", StringComparison.Ordinal)) is { } failed
            && !failed.Contains(": 0 ", StringComparison.Ordinal))
            throw new StackException(failed);
        var rates = lines.Select(static line => Progress().Match(line)).Where(static match => match.Success)
            .Select(static match => Number(match, "tps")).ToArray();
        return new(rates.Skip(LeadIn).Average());
    }

    private static double Number(Match match, string group) => double.Parse(match.Groups[group].ValueSpan, CultureInfo.InvariantCulture);

    // One line a second; the last one may be left out.
    [GeneratedRegex(@"^progress: [\d.]+ s, (?<tps>[\d.]+) tps", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Progress();
}
