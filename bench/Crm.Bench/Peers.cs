using System.Globalization;
using System.Text.Json.Nodes;
using Crm.Local.Processes;
using Crm.Local.Services;
using Npgsql;

namespace Crm.Bench;

/// <summary>The app through the host against the same two routes in Express and pg, one process a core, with no host in between.</summary>
public sealed class Peers(Stage stage, Users users, Target crm, Report report)
{
    private static readonly int Processes = Environment.ProcessorCount;

    public async Task Run(CancellationToken ct)
    {
        var folder = await stage.Builds.Express();
        await using var express = await Server.Start("express", port => Command(folder, port), ct);
        var ids = await ContactIds.Read(stage.Database, ct);
        await Compare(express.Address, BenchDatabase.Large, $"/contacts/{ids.First}", ct);
        await Compare(express.Address, BenchDatabase.Small, "/contacts", ct);

        var (contact, list) = (ids.Requests(users), users.List(BenchDatabase.Small));
        var wrk = new Wrk(stage.Database, ct);
        var sides = await new Rounds(stage.Options).Run(
            "contact and list: ours, Express", wrk.On(crm, contact), wrk.On(express.Target, contact), wrk.On(crm, list), wrk.On(express.Target, list));
        Add("`GET /contacts/{id}`", sides[0], sides[1]);
        Add($"`GET /contacts`, {stage.Database.SmallName} organisation", sides[2], sides[3]);
    }

    private void Add(string route, IReadOnlyList<Slice> ours, IReadOnlyList<Slice> theirs)
    {
        report.AddRate(string.Create(CultureInfo.InvariantCulture, $"{route} through the host / Express + pg, {Processes} processes"), ours, theirs, 2);
        report.AddCost($"{route}: worker's CPU / Express + pg's", ours, theirs, static slice => slice.App, 0.33);
        report.Add($"{route}: worker's and host's CPU / Express + pg's", ours.Zip(theirs, static (a, b) => (a.App + a.Host) / b.App));
    }

    private ChildCommand Command(string folder, int port)
    {
        var server = new NpgsqlConnectionStringBuilder(stage.Database.ConnectionString);
        return new("node", "server.js")
        {
            WorkingDirectory = folder,
            Environment = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["NODE_ENV"] = "production",
                ["PORT"] = port.ToString(CultureInfo.InvariantCulture),
                ["PROCESSES"] = Processes.ToString(CultureInfo.InvariantCulture),
                ["JWT_KEY"] = Stage.TokenKey,
                ["PGHOST"] = server.Host!,
                ["PGPORT"] = server.Port.ToString(CultureInfo.InvariantCulture),
                ["PGUSER"] = server.Username!,
                ["PGPASSWORD"] = server.Password!,
                ["PGDATABASE"] = server.Database!,
            },
        };
    }

    /// <summary>Both must do the same work.</summary>
    private async Task Compare(Uri express, Guid organization, string path, CancellationToken ct)
    {
        using var ours = users.Client(crm.Address, organization);
        using var theirs = users.Client(express, organization);
        var answers = new List<JsonNode>();
        foreach (var client in new[] { ours, theirs })
        {
            var answer = (await client.GetFromJsonAsync<JsonNode>(path, ct))!;
            // A cursor is each side's own business.
            (answer["data"]?["meta"]?["pagination"] as JsonObject)?.Remove("nextCursor");
            answers.Add(answer);
        }

        if (!JsonNode.DeepEquals(answers[0], answers[1]))
            throw new StackException(
                $"The two sides answer {path} differently:{Environment.NewLine}{answers[0].ToJsonString()}{Environment.NewLine}{answers[1].ToJsonString()}");
    }
}
