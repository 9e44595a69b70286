using Crm.Functions.Tests.Fixture;
using Crm.Local.Tracing;

namespace Crm.Functions.Tests.Hosting;

/// <summary>The real executable loads what it needs to tell of itself only where there is somebody to tell.</summary>
public sealed class TelemetryStartTests(TestServices services)
{
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    [Fact]
    public async Task Nothing_of_OpenTelemetrys_is_loaded_where_no_place_for_it_is_set() =>
        Assert.Empty(await Loaded([]));

    [Fact]
    public async Task Nor_where_it_is_switched_off() =>
        Assert.Empty(await Loaded(new(StringComparer.Ordinal) { [Endpoint] = "http://127.0.0.1:9", ["OTEL_SDK_DISABLED"] = "true" }));

    [Fact]
    public async Task With_a_place_it_is_loaded()
    {
        await using var collector = await OtlpReceiver.Start(static (_, _) => { }, CancellationToken.None);

        Assert.Contains("OpenTelemetry.dll", await Loaded(collector.Export(new Dictionary<string, string>(StringComparer.Ordinal))));
    }

    // After a request, a letter (which looks through the app's types) and a queue function.
    private async Task<IReadOnlyCollection<string>> Loaded(Dictionary<string, string> settings)
    {
        var connection = "";
        await using var app = await services.StartApp(change => connection = change["Database:ConnectionString"]);
        var org = await app.NewOrganization();
        await using var handler = new KillableHandler(connection, services.NewQueues(), app.Providers, settings: settings);
        await handler.Start();
        await handler.Send(org.Owner, HttpMethod.Post, "/auth/invite", JsonContent.Create(new { email = "invited@example.test", role = "staff" }), 201);
        await app.Mails("invited@example.test");

        var maps = await File.ReadAllLinesAsync($"/proc/{handler.ProcessId}/maps", TestContext.Current.CancellationToken);
        var files = maps.Select(line => Path.GetFileName(line.Split(' ')[^1])).ToHashSet(StringComparer.Ordinal);
        // The way of looking sees what is loaded.
        Assert.Contains("Npgsql.dll", files);
        return [.. files.Where(file => file.Contains("OpenTelemetry", StringComparison.Ordinal))];
    }
}
