namespace Crm.Bench;

/// <summary>Reads through the local host, against an app of one function through the same host.</summary>
public sealed class ThroughHost(Stage stage, Users users, Target crm, Target hello, Report report)
{
    public async Task Run(CancellationToken ct)
    {
        var wrk = new Wrk(stage.Database, ct);
        var ids = await ContactIds.Read(stage.Database, ct);
        var (large, small) = (stage.Database.LargeName, stage.Database.SmallName);
        // The total of the large organisation is an estimate that is kept for a minute; the small one is counted each time.
        var sides = await new Rounds(stage.Options).Run(
            $"through the host: hello, contact, list {large}, list {small}",
            wrk.On(hello, users.Hello),
            wrk.On(crm, ids.Requests(users)),
            wrk.On(crm, users.List(BenchDatabase.Large)),
            wrk.On(crm, users.List(BenchDatabase.Small)));
        var (floor, contact, listLarge, listSmall) = (sides[0], sides[1], sides[2], sides[3]);
        report.AddRate("`GET /contacts/{id}` / hello, both through the host", contact, floor, 0.5);
        report.AddRate($"`GET /contacts`, {large} organisation / hello, both through the host", listLarge, floor, 0.5);
        report.AddRate($"`GET /contacts`, {small} organisation / hello, both through the host", listSmall, floor, 0.35);
        report.AddRate($"`GET /contacts` of the {large} / of the {small} organisation", listLarge, listSmall, 1);
        report.AddCost("worker's CPU of `GET /contacts/{id}` / hello's", contact, floor, static slice => slice.App, 2.5);
        report.AddShares("hello", floor);
        report.AddShares("`GET /contacts/{id}`", contact);
        report.AddShares($"`GET /contacts`, {large}", listLarge);
        report.AddShares($"`GET /contacts`, {small}", listSmall);
    }
}
