namespace Crm.Bench;

/// <summary>Reads through the API against pgbench with the same statements.</summary>
public sealed class Reads(Slices slices, Report report)
{
    /// <summary>Both sides ask for this many contacts in turn.</summary>
    private const int Ids = 64;
    private const string Fixed = "force_generic_plan";
    private const string Custom = "force_custom_plan";

    private static readonly Dictionary<string, string> Page = new(StringComparer.Ordinal) { ["size"] = "26", ["offset"] = "0" };

    public async Task Contact(CancellationToken ct)
    {
        var ids = await slices.Database.Texts($"select id from contacts where organization_id = '{BenchDatabase.Large}' order by hashtext(id::text) limit {Ids}", ct);
        var paths = await slices.Write("paths", ids.Select(id => $"/contacts/{id}"), ct);
        var scripts = ids.Select(id => Text.Sql("contact").Replace(":id", $"'{id}'", StringComparison.Ordinal)).ToArray();
        var variables = Of(BenchDatabase.Large);
        report.AddRatio("`GET /contacts/{id}` / pgbench", await slices.Paired(
            "contact", () => slices.Http(BenchDatabase.Large, "/", "ids", paths, ct), () => slices.Sql(scripts, variables, Fixed, ct)), 0.30);
    }

    public async Task List(CancellationToken ct)
    {
        // The total of the large organisation is an estimate that is kept for a minute; the small one is counted each time.
        report.AddRatio("`GET /contacts`, 800k organisation / pgbench, page", await slices.Paired(
            "list 800k", () => slices.Http(BenchDatabase.Large, "/contacts", ct: ct), () => slices.Sql([Text.Sql("list")], Of(BenchDatabase.Large, Page), Fixed, ct)), 0.35);
        report.AddRatio("`GET /contacts`, 10k organisation / pgbench, page + count", await slices.Paired(
            "list 10k", () => slices.Http(BenchDatabase.Small, "/contacts", ct: ct), () => slices.Sql([Text.Sql("list") + Text.Sql("count")], Of(BenchDatabase.Small, Page), Fixed, ct)), 0.35);
    }

    public async Task Search(CancellationToken ct)
    {
        var variables = Of(BenchDatabase.Large, Page);
        variables["pattern"] = "%ann%";
        report.AddRatio("`GET /contacts?search=ann`, 800k / pgbench, page", await slices.Paired(
            "search", () => slices.Http(BenchDatabase.Large, "/contacts?search=ann", ct: ct), () => slices.Sql([Text.Sql("search")], variables, Custom, ct)), 0.65);
    }

    public async Task Sizes(CancellationToken ct) =>
        report.AddRatio("`GET /contacts` of the 800k / of the 10k organisation", await slices.Paired(
            "sizes", () => slices.Http(BenchDatabase.Large, "/contacts", ct: ct), () => slices.Http(BenchDatabase.Small, "/contacts", ct: ct)), 0.8);

    private static Dictionary<string, string> Of(Guid organization, Dictionary<string, string>? more = null) =>
        new(more ?? [], StringComparer.Ordinal) { ["organization"] = organization.ToString() };
}
