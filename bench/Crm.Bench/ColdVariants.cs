using System.Globalization;
using Crm.Local.FunctionsHost;

namespace Crm.Bench;

/// <summary>Cold starts of the app published in other ways, each against the one that is deployed.</summary>
public sealed class ColdVariants(Stage stage, Users users, Report report)
{
    public async Task Run(CancellationToken ct)
    {
        var colds = new ColdStarts(stage, users, report);
        var contact = $"/contacts/{(await ContactIds.Read(stage.Database, ct)).First}";
        var apps = new List<(string Name, FunctionApp App, List<ColdStart> Starts)> { ("as it is deployed", stage.Crm, []) };
        foreach (var variant in Builds.Variants.Keys)
            apps.Add((variant, FunctionApp.Read(await stage.Builds.Published("Crm.Functions", variant)), []));
        var warmedUp = new List<double>();
        for (var n = 0; n <= stage.Options.Starts; n++)
        {
            // In turn, from both ends: none is always the first.
            foreach (var (name, app, starts) in n % 2 == 0 ? apps : Enumerable.Reverse(apps))
            {
                starts.Add(await colds.Start(app, contact, ct));
                Report.Progress(string.Create(CultureInfo.InvariantCulture, $"cold start {name}: {starts[^1].Answered:0} ms, CPU {starts[^1].Cpu:0} ms"));
            }

            warmedUp.Add(await colds.WarmedUp(stage.Crm, contact, ct));
        }

        var deployed = apps[0].Starts.Skip(1).ToList();
        report.Add(
            "first request after the warm-up / the first once loaded",
            warmedUp.Skip(1).Zip(deployed, static (warm, cold) => warm / (cold.Answered - cold.Loaded)),
            note: $"{Report.Number(Report.Median(warmedUp.Skip(1)))} ms");
        foreach (var (name, _, all) in apps.Skip(1))
        {
            var starts = all.Skip(1).ToList();
            report.Add($"cold start, {name} / as it is deployed, wall", starts.Zip(deployed, static (a, b) => a.Answered / b.Answered));
            report.Add($"cold start, {name} / as it is deployed, worker's CPU", starts.Zip(deployed, static (a, b) => a.Cpu / b.Cpu));
        }
    }
}
