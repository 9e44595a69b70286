using System.Diagnostics;
using System.Globalization;

namespace Crm.Bench;

/// <summary>The four reports of a year, and invoices in every way, of the large organisation against the small one.</summary>
public sealed class Reports(Stage stage, Users users, Report report)
{
    private static readonly (string Path, double Most)[] Paths =
    [
        ("/reports/overview?period=1y", 5), ("/reports/sales?period=1y", 5), ("/reports/customers?period=1y", 5), ("/reports/marketing?period=1y", 5),
        ("/invoices", 2), ("/invoices?status=overdue", 2), ("/invoices?search=ben-12", 2), ("/invoices?search=nothing", 2), ("/invoices/stats", 2),
    ];

    public async Task Run(CancellationToken ct)
    {
        await new DataSet(stage.Database).FillBusiness(ct);
        await using var pipeline = await stage.Start("pipeline", ct);
        using var large = users.Client(pipeline.Address, BenchDatabase.Large);
        using var small = users.Client(pipeline.Address, BenchDatabase.Small);
        foreach (var (path, most) in Paths)
        {
            var (ours, theirs) = (new List<double>(), new List<double>());
            // The first of each is not counted.
            for (var n = 0; n <= stage.Options.Rounds * 4; n++)
            {
                ours.Add(await Ask(large, path, ct));
                theirs.Add(await Ask(small, path, ct));
            }

            var (many, few) = (ours.Skip(1).ToList(), theirs.Skip(1).ToList());
            report.Add(
                $"`GET {path}`, {stage.Database.LargeName} contacts / {stage.Database.SmallName}, time", many.Zip(few, static (a, b) => a / b), most,
                isCeiling: true,
                note: $"{Report.Number(Report.Median(many))} against {Report.Number(Report.Median(few))} ms");
            Report.Progress(string.Create(CultureInfo.InvariantCulture, $"{path}: {Report.Median(many):0.0} against {Report.Median(few):0.0} ms"));
        }
    }

    private static async Task<double> Ask(HttpClient client, string path, CancellationToken ct)
    {
        var start = Stopwatch.GetTimestamp();
        using var answer = await client.GetAsync(path, ct);
        answer.EnsureSuccessStatusCode();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }
}
