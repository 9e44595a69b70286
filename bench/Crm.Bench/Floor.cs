namespace Crm.Bench;

/// <summary>What the local host costs, against a proxy that does nothing but forward; and what the isolated worker costs, against Kestrel alone.</summary>
public sealed class Floor(Stage stage, Users users, Target hello, Report report)
{
    public async Task Run(CancellationToken ct)
    {
        await using var bare = await stage.Start("bare", ct);
        await using var proxy = await stage.Start("proxy", ct, bare.Address.ToString());
        var wrk = new Wrk(stage.Database, ct);
        var forwarded = new Target(proxy.Address, () => bare.ProcessorTime, () => proxy.ProcessorTime);
        var sides = await new Rounds(stage.Options)
            .Run("hello through the host, bare app through YARP", wrk.On(hello, users.Hello), wrk.On(forwarded, users.Hello));
        report.AddCost("local host's CPU a request / YARP's", sides[0], sides[1], static slice => slice.Host, 2);
        report.AddCost("hello worker's CPU a request / a bare app's", sides[0], sides[1], static slice => slice.App, goal: null);
        report.Add(
            "hello through the host / a bare app through YARP, requests a second",
            sides[0].Zip(sides[1], static (ours, theirs) => ours.PerSecond / theirs.PerSecond));
    }
}
