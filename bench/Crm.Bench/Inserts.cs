namespace Crm.Bench;

/// <summary>A contact with its timeline entry and audit event through the API, against the same rows by hand in one transaction.</summary>
public sealed class Inserts(Slices slices, Report report)
{
    private const string User = "00000000-0000-7000-9000-000000001101";

    public async Task Run(CancellationToken ct)
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal) { ["organization"] = BenchDatabase.Written.ToString(), ["user"] = User };
        report.AddRatio("`POST /contacts` / pgbench, the same three rows", await slices.Paired(
            "insert",
            () => slices.Http(BenchDatabase.Written, "/contacts", "insert", Guid.NewGuid().ToString("N"), ct),
            () => slices.Sql([Text.Sql("insert")], variables, "force_generic_plan", ct)), 0.5);
    }
}
