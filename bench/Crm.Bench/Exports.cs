using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace Crm.Bench;

/// <summary>All contacts of the large organisation as one file, against psql writing the same query's rows as CSV.</summary>
public sealed class Exports(Stage stage, Users users, Report report)
{
    private const double Megabyte = 1024 * 1024;
    private const int BufferSize = 256 * 1024;

    public async Task Run(CancellationToken ct)
    {
        await using var pipeline = await stage.Start("pipeline", ct);
        using var client = users.Client(pipeline.Address, BenchDatabase.Large);
        client.Timeout = Timeout.InfiniteTimeSpan;
        using var small = users.Client(pipeline.Address, BenchDatabase.Small);
        foreach (var format in new[] { "csv", "excel" })
        {
            // Both sides warm up; what the server takes at rest is known then.
            await Download(small, format, ct);
            if (format == "csv")
                await Copy(ct);
            var idle = pipeline.Memory().Now;
            var (ours, theirs) = (new List<double>(), new List<double>());
            for (var round = 0; round < stage.Options.Rounds; round++)
            {
                Report.Progress(string.Create(CultureInfo.InvariantCulture, $"export {format}: round {round + 1}"));
                ours.Add(await Download(client, format, ct));
                if (format == "csv")
                    theirs.Add(await Copy(ct));
            }

            var name = $"`GET /reports/export`, {stage.Database.LargeName} contacts, {format}";
            if (format == "csv")
                report.Add(
                    $"{name} / psql \\copy … csv, rows a second", theirs.Zip(ours, static (theirs, ours) => theirs / ours), 0.5,
                    note: $"{Seconds(ours)} against {Seconds(theirs)} s");
            else
                report.Add($"{name}: seconds", ours, unit: " s");
            report.Add($"{name}: peak memory above rest", [(pipeline.Memory().Peak - idle) / Megabyte], 50, isCeiling: true, unit: " MB");
        }
    }

    private static async Task<double> Download(HttpClient client, string format, CancellationToken ct)
    {
        var watch = Stopwatch.StartNew();
        using var answer = await client.GetAsync($"/reports/export?type=contacts&format={format}", HttpCompletionOption.ResponseHeadersRead, ct);
        answer.EnsureSuccessStatusCode();
        await using var content = await answer.Content.ReadAsStreamAsync(ct);
        var buffer = new byte[BufferSize];
        while (await content.ReadAsync(buffer, ct) > 0)
        {
            // Thrown away: a client that is faster than either side.
        }

        return watch.Elapsed.TotalSeconds;
    }

    private async Task<double> Copy(CancellationToken ct)
    {
        var server = new NpgsqlConnectionStringBuilder(stage.Database.ConnectionString);
        var query = Text.Sql("export").ReplaceLineEndings(" ").Replace(":organization", $"'{BenchDatabase.Large}'", StringComparison.Ordinal);
        var watch = Stopwatch.StartNew();
        await Programs.Run(
            "psql",
            [
                "-X", "-q", "-h", server.Host!, "-p", $"{server.Port}", "-U", server.Username!,
                "-c", $"\\copy ({query}) to '/dev/null' csv header", server.Database!,
            ],
            new Dictionary<string, string>(StringComparer.Ordinal) { ["PGPASSWORD"] = server.Password!, ["PGOPTIONS"] = "-c jit=off" }, ct);
        return watch.Elapsed.TotalSeconds;
    }

    private static string Seconds(IEnumerable<double> values) => Report.Median(values).ToString("0.0", CultureInfo.InvariantCulture);
}
