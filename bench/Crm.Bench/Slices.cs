using System.Globalization;
using Crm.Local.Services;
using Npgsql;

namespace Crm.Bench;

/// <summary>What one slice of load showed: requests a second, and latencies in milliseconds where the tool tells them.</summary>
public sealed record Slice(double PerSecond, double P50 = 0, double P95 = 0);

/// <summary>Load for a few seconds, through the API with wrk or straight at the database with pgbench, with as many clients.</summary>
public sealed class Slices(BenchOptions options, Api api, BenchDatabase database)
{
    public const int Clients = 16;

    private readonly string folder = Directory.CreateTempSubdirectory("crm-bench-").FullName;

    public int Rounds => options.Rounds;

    public Api Api => api;

    public BenchDatabase Database => database;

    /// <summary>Requests of a path, or those a script makes.</summary>
    public async Task<Slice> Http(Guid organization, string path, string? script = null, string? argument = null, CancellationToken ct = default)
    {
        var file = await File($"{script ?? "plain"}.lua", (script is null ? "" : Text.Lua(script)) + Text.Lua("report"), ct);
        string[] arguments =
        [
            "-t1", $"-c{Clients}", $"-d{options.Seconds}s", "-s", file, "-H", $"Authorization: Bearer {api.Token(organization)}", new Uri(api.Address, path).AbsoluteUri,
            .. argument is null ? Array.Empty<string>() : ["--", argument],
        ];
        var lines = await Programs.Run("wrk", arguments, ct: ct);
        var result = lines.First(line => line.StartsWith("RESULT ", StringComparison.Ordinal)).Split(' ').Skip(1).Select(text => double.Parse(text, CultureInfo.InvariantCulture)).ToArray();
        return result[4] == 0
            ? new(result[0] / (result[1] / 1e6), result[2] / 1e3, result[3] / 1e3)
            : throw new StackException($"{result[4]} of {result[0]} requests of {path} failed.");
    }

    /// <summary>Transactions of one of the given scripts (chosen at random when they are several).</summary>
    public async Task<Slice> Sql(IReadOnlyList<string> scripts, IReadOnlyDictionary<string, string> variables, string planCacheMode, CancellationToken ct)
    {
        var files = await Task.WhenAll(scripts.Select((text, n) => File(string.Create(CultureInfo.InvariantCulture, $"{n}.sql"), text, ct)));
        var server = new NpgsqlConnectionStringBuilder(database.ConnectionString);
        string[] arguments =
        [
            "-n", "-M", "prepared", "-c", $"{Clients}", "-j", "1", "-T", $"{options.Seconds}", "-h", server.Host!, "-p", $"{server.Port}", "-U", server.Username!,
            .. variables.SelectMany(variable => new[] { "-D", $"{variable.Key}={variable.Value}" }), .. files.SelectMany(file => new[] { "-f", file }), server.Database!,
        ];
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["PGPASSWORD"] = server.Password!,
            ["PGOPTIONS"] = $"-c plan_cache_mode={planCacheMode} -c jit=off",
        };
        var lines = await Programs.Run("pgbench", arguments, environment, ct);
        if (lines.FirstOrDefault(line => line.StartsWith("number of failed transactions", StringComparison.Ordinal)) is { } failed && !failed.Contains(": 0 ", StringComparison.Ordinal))
            throw new StackException(failed);
        var tps = lines.First(line => line.StartsWith("tps = ", StringComparison.Ordinal));
        return new(double.Parse(tps.Split(' ')[2], CultureInfo.InvariantCulture));
    }

    /// <summary>Runs two sides in turn, the order alternating, and returns the pairs; a first pair only warms up.</summary>
    public async Task<IReadOnlyList<(Slice Ours, Slice Theirs)>> Paired(string name, Func<Task<Slice>> ours, Func<Task<Slice>> theirs)
    {
        var pairs = new List<(Slice, Slice)>();
        for (var round = 0; round <= Rounds; round++)
        {
            var first = round % 2 == 0 ? await ours() : null;
            var other = await theirs();
            var pair = (first ?? await ours(), other);
            if (round > 0)
                pairs.Add(pair);
            Report.Progress(string.Create(CultureInfo.InvariantCulture, $"{name}: {pair.Item1.PerSecond:0} against {other.PerSecond:0} a second{(round == 0 ? " (warming up)" : "")}"));
        }

        return pairs;
    }

    private async Task<string> File(string name, string text, CancellationToken ct)
    {
        var path = Path.Combine(folder, name);
        await System.IO.File.WriteAllTextAsync(path, text, ct);
        return path;
    }

    /// <summary>A file beside the scripts.</summary>
    public Task<string> Write(string name, IEnumerable<string> lines, CancellationToken ct) => File(name, string.Join('\n', lines) + "\n", ct);
}
