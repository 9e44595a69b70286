using Crm.Local.Services;

namespace Crm.Bench;

/// <summary>What to measure, and for how long.</summary>
public sealed record BenchOptions(string[] Only, int Seconds, int Rounds, int Starts, string? App);

/// <summary>Prepares the data and the programs, runs the chosen measurements one after the other and prints their figures.</summary>
public sealed class Benchmark(BenchOptions options)
{
    public static readonly IReadOnlyList<string> Names = ["contact", "list", "search", "sizes", "terms", "insert", "cold"];

    private static readonly string Data = Path.Combine(SourceTree.Root, "bench", ".data");

    public async Task Run(CancellationToken ct)
    {
        await Programs.Require(ct);
        var app = options.App ?? await Publish("Crm.Functions/Crm.Functions.csproj", "app", ct);
        await using var database = await BenchDatabase.Start(Data, ct);
        await using var azurite = await Azurite.StartAsync(location: null, Path.Combine(Data, "logs", "azurite.log"), ct: ct);
        var api = new Api(Path.Combine(app, "Crm.Functions"), database, azurite.ConnectionString, Path.Combine(Data, "logs", "app.log"));
        await api.Migrate(ct);
        await database.Fill(ct);
        await api.Start(ct);

        var report = new Report();
        try
        {
            await Measure(report, api, database, ct);
        }
        finally
        {
            await api.DisposeAsync();
            report.Print();
        }
    }

    private async Task Measure(Report report, Api api, BenchDatabase database, CancellationToken ct)
    {
        var slices = new Slices(options, api, database);
        var reads = new Reads(slices, report);
        if (IsWanted("contact"))
            await reads.Contact(ct);
        if (IsWanted("list"))
            await reads.List(ct);
        if (IsWanted("search"))
            await reads.Search(ct);
        if (IsWanted("sizes"))
            await reads.Sizes(ct);
        if (IsWanted("terms"))
            await new SearchTerms(api, database, report).Run(ct);
        if (IsWanted("insert"))
            await new Inserts(slices, report).Run(ct);
        if (IsWanted("cold"))
        {
            var hello = await Publish("bench/Hello/Hello.csproj", "hello", ct);
            await new ColdStarts(options.Starts, api, Path.Combine(hello, "Hello"), report).Run(ct);
        }
    }

    private bool IsWanted(string name) => options.Only.Length == 0 || options.Only.Contains(name, StringComparer.Ordinal);

    private static async Task<string> Publish(string project, string name, CancellationToken ct)
    {
        Report.Progress($"Publishing {project}");
        var target = Path.Combine(Data, name);
        await Programs.Run("dotnet", ["publish", Path.Combine(SourceTree.Root, project), "-c", "Release", "-r", "linux-x64", "--self-contained", "false", "-o", target, "-v", "quiet", "-nologo"], ct: ct);
        return target;
    }
}
