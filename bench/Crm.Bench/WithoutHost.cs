namespace Crm.Bench;

/// <summary>The app's pipeline in a server of its own, against pgbench with the same statements.</summary>
public sealed class WithoutHost(Stage stage, Users users, Report report)
{
    private static readonly Dictionary<string, string> Page = new(StringComparer.Ordinal) { ["size"] = "26", ["offset"] = "0" };

    private readonly Rounds _rounds = new(stage.Options);

    public async Task Reads(CancellationToken ct)
    {
        await using var pipeline = await stage.Start("pipeline", ct);
        var (wrk, pgbench, target) = (new Wrk(stage.Database, ct), new PgBench(stage.Database, ct), pipeline.Target);
        var (large, small) = (stage.Database.LargeName, stage.Database.SmallName);

        var ids = await ContactIds.Read(stage.Database, ct);
        var contact = await _rounds.Run(
            "contact: pipeline, pgbench", wrk.On(target, ids.Requests(users)), pgbench.On(ids.Script, Of(BenchDatabase.Large), PgBench.Fixed));
        report.AddRate("`GET /contacts/{id}`, pipeline / pgbench", contact[0], contact[1], 0.35);

        var listLarge = await _rounds.Run(
            $"list {large}: pipeline, pgbench", wrk.On(target, users.List(BenchDatabase.Large)),
            pgbench.On(Text.Sql("list"), Of(BenchDatabase.Large, Page), PgBench.Fixed));
        report.AddRate($"`GET /contacts`, {large} organisation, pipeline / pgbench, page", listLarge[0], listLarge[1], 0.4);

        var listSmall = await _rounds.Run(
            $"list {small}: pipeline, pgbench", wrk.On(target, users.List(BenchDatabase.Small)),
            pgbench.On(Text.Sql("list") + Text.Sql("count"), Of(BenchDatabase.Small, Page), PgBench.Fixed));
        report.AddRate($"`GET /contacts`, {small} organisation, pipeline / pgbench, page + count", listSmall[0], listSmall[1], 0.7);

        var search = new Requests("/contacts?search=ann", users.Token(BenchDatabase.Large));
        var pattern = new Dictionary<string, string>(Page, StringComparer.Ordinal) { ["pattern"] = "%ann%" };
        var found = await _rounds.Run(
            "search: pipeline, pgbench", wrk.On(target, search), pgbench.On(Text.Sql("search"), Of(BenchDatabase.Large, pattern), PgBench.Custom));
        report.AddRate($"`GET /contacts?search=ann`, {large}, pipeline / pgbench, page", found[0], found[1], 0.7);
    }

    /// <summary>A contact with its timeline entry and audit event, and an invoice of one line, against the same rows by hand in one transaction.</summary>
    public async Task Inserts(CancellationToken ct)
    {
        await using var pipeline = await stage.Start("pipeline", ct);
        var create = new Requests("/contacts", users.Token(BenchDatabase.Written), "insert", static () => Guid.NewGuid().ToString("N"));
        var variables = Of(BenchDatabase.Written);
        variables["user"] = BenchDatabase.Writer;
        var sides = await _rounds.Run(
            "insert: pipeline, pgbench", new Wrk(stage.Database, ct).On(pipeline.Target, create),
            new PgBench(stage.Database, ct).On(Text.Sql("insert"), variables, PgBench.Fixed));
        report.AddRate("`POST /contacts`, pipeline / pgbench, the same three rows", sides[0], sides[1], 0.6);

        var invoice = new Requests("/invoices", users.Token(BenchDatabase.Written), "invoice", static () => Guid.NewGuid().ToString("N"));
        var invoices = await _rounds.Run(
            "invoice: pipeline, pgbench", new Wrk(stage.Database, ct).On(pipeline.Target, invoice),
            new PgBench(stage.Database, ct).On(Text.Sql("invoice"), variables, PgBench.Fixed));
        report.AddRate("`POST /invoices`, pipeline / pgbench, the same rows", invoices[0], invoices[1], 0.5);
    }

    private static Dictionary<string, string> Of(Guid organization, Dictionary<string, string>? more = null) =>
        new(more ?? [], StringComparer.Ordinal) { ["organization"] = organization.ToString() };
}
