using Crm.Local.FunctionsHost;

namespace Crm.Bench;

/// <summary>What to measure, and for how long.</summary>
public sealed record BenchOptions
{
    public required IReadOnlyList<string> Only { get; init; }
    public required int Seconds { get; init; }
    public required int Rounds { get; init; }
    public required int Starts { get; init; }
    public required int Contacts { get; init; }

    /// <summary>The folder of a published app that is measured behind the host, instead of this tree's.</summary>
    public string? App { get; init; }

    /// <summary>Off, what an earlier run published is measured.</summary>
    public bool Publish { get; init; } = true;

    /// <summary>The commit of a custom handler whose second call ours is held against.</summary>
    public string? Before { get; init; }
}

/// <summary>Prepares the data and the programs, runs the chosen measurements one after the other and prints their figures.</summary>
public sealed class Benchmark(BenchOptions options)
{
    public static readonly IReadOnlyList<string> Names = ["host", "floor", "express", "terms", "pipeline", "insert", "export", "reports", "cold", "variants"];

    private readonly Report _report = new();

    public async Task Run(CancellationToken ct)
    {
        await Programs.Require(ct);
        var builds = new Builds(options.Publish, ct);
        var app = FunctionApp.Read(options.App ?? await builds.Published("Crm.Functions"));
        await using var database = await BenchDatabase.Start(options.Contacts, ct);
        var stage = new Stage(options, builds, database, app);
        await stage.Migrate(ct);
        await new DataSet(database).Fill(ct);
        try
        {
            await Measure(stage, ct);
        }
        finally
        {
            Load.RemoveFiles();
            _report.Print();
        }
    }

    private async Task Measure(Stage stage, CancellationToken ct)
    {
        var users = await BehindHosts(stage, ct);
        var withoutHost = new WithoutHost(stage, users, _report);
        if (IsWanted("pipeline"))
            await withoutHost.Reads(ct);
        if (IsWanted("insert"))
            await withoutHost.Inserts(ct);
        if (IsWanted("export"))
            await new Exports(stage, users, _report).Run(ct);
        if (IsWanted("reports"))
            await new Reports(stage, users, _report).Run(ct);
        // Last and alone: what is measured has the machine to itself.
        if (IsWanted("cold"))
            await new ColdStarts(stage, users, _report).Run(ct);
        if (IsWanted("variants"))
            await new ColdVariants(stage, users, _report).Run(ct);
    }

    private async Task<Users> BehindHosts(Stage stage, CancellationToken ct)
    {
        await using var app = await stage.Start(stage.Crm, ct);
        await using var hello = await stage.Start(await stage.Hello(), ct);
        var (crm, floor) = (app.Target, hello.Target);
        var users = await Users.SignIn(crm.Address, ct);
        if (IsWanted("host"))
            await new ThroughHost(stage, users, crm, floor, _report).Run(ct);
        if (IsWanted("floor"))
            await new Floor(stage, users, floor, _report).Run(ct);
        if (IsWanted("express"))
            await new Peers(stage, users, crm, _report).Run(ct);
        if (IsWanted("terms"))
            await new SearchTerms(stage, users, crm, _report).Run(ct);
        return users;
    }

    private bool IsWanted(string name) => options.Only.Count == 0 || options.Only.Contains(name, StringComparer.Ordinal);
}
