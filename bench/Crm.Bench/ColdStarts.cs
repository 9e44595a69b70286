using System.Diagnostics;
using System.Globalization;
using Crm.Local.FunctionsHost;
using Crm.Local.FunctionsHost.Workers;

namespace Crm.Bench;

/// <summary>When things had happened after a worker's start, in milliseconds; and the processor time it had spent by its first answer.</summary>
public sealed record ColdStart(double Dialled, double Loaded, double Answered, double Cpu, double Second);

/// <summary>
/// From the start of the worker's process to its first answer through a host that was running: of ours to an authenticated read, of hello to its greeting. The
/// request is sent before the worker is started and waits in the host.
/// </summary>
public sealed class ColdStarts(Stage stage, Users users, Report report)
{
    public async Task Run(CancellationToken ct)
    {
        var hello = await stage.Hello();
        var contact = $"/contacts/{(await ContactIds.Read(stage.Database, ct)).First}";
        var before = stage.Options.Before is { } commit ? new CustomHandler(stage, users, await stage.Builds.PublishedBefore(commit)) : null;
        var (ours, bare, seconds) = (new List<ColdStart>(), new List<ColdStart>(), new List<double>());
        // The first of each reads its files from the disk, and does not count.
        for (var n = 0; n <= stage.Options.Starts; n++)
        {
            if (n % 2 == 0)
                ours.Add(await Start(stage.Crm, contact, ct));
            bare.Add(await Start(hello, "/hello", ct));
            if (before is not null)
                seconds.Add(await before.SecondCall(contact, ct));
            if (n % 2 == 1)
                ours.Add(await Start(stage.Crm, contact, ct));
            Report.Progress(string.Create(
                CultureInfo.InvariantCulture,
                $"cold start: {ours[^1].Answered:0} against {bare[^1].Answered:0} ms, CPU {ours[^1].Cpu:0} against {bare[^1].Cpu:0} ms"));
        }

        Tell([.. ours.Skip(1)], [.. bare.Skip(1)]);
        if (before is not null)
            report.Add(
                $"second call of `GET /contacts/{{id}}` / as a custom handler without a host, {stage.Options.Before}",
                ours.Zip(seconds, static (a, b) => a.Second / b).Skip(1), 1, isCeiling: true,
                note: $"{Middle(ours.Skip(1).Select(static start => start.Second))} against {Middle(seconds.Skip(1))} ms");

        static string Middle(IEnumerable<double> values) => Report.Number(Report.Median(values));
    }

    private void Tell(IReadOnlyList<ColdStart> ours, IReadOnlyList<ColdStart> bare)
    {
        report.Add(
            "cold start, first authenticated `GET /contacts/{id}` / hello, wall",
            ours.Zip(bare, static (a, b) => a.Answered / b.Answered), 1.5, isCeiling: true);
        report.Add(
            "cold start, first authenticated `GET /contacts/{id}` / hello, worker's CPU", ours.Zip(bare, static (a, b) => a.Cpu / b.Cpu), 1.5, isCeiling: true);
        foreach (var (name, starts) in new[] { ("ours", ours), ("hello", bare) })
        {
            report.Add(
                $"cold start, {name}, wall", starts.Select(static start => start.Answered), unit: " ms",
                note: $"dialled after {Middle(static start => start.Dialled)}, functions loaded after {Middle(static start => start.Loaded)} ms");
            report.Add($"cold start, {name}, worker's CPU", starts.Select(static start => start.Cpu), unit: " ms");
            report.Add($"cold start, {name}, first request once loaded", starts.Select(static start => start.Answered - start.Loaded), unit: " ms");
            report.Add($"cold start, {name}, second call", starts.Select(static start => start.Second), unit: " ms");

            string Middle(Func<ColdStart, double> of) => Report.Number(Report.Median(starts.Select(of)));
        }
    }

    /// <summary>Starts a worker of an app and asks it for a path.</summary>
    public async Task<ColdStart> Start(FunctionApp app, string path, CancellationToken ct)
    {
        var begun = 0L;
        await using var host = await LocalFunctionsHost.Open(HostedApp.Options(app) with { Launch = Launch }, ct);
        using var client = users.Client(host.Address, BenchDatabase.Large);
        var first = client.GetAsync(path, HttpCompletionOption.ResponseHeadersRead, ct);
        await host.Start(stage.Settings, HostedApp.NoQueues, ct);
        var loaded = Stopwatch.GetElapsedTime(begun);
        using var response = await first;
        var (answered, cpu) = (Stopwatch.GetElapsedTime(begun), Cpu.Of(host.WorkerProcessId ?? 0));
        response.EnsureSuccessStatusCode();
        var dialled = (await host.Ready(ct)).DialledAfter;
        return new(dialled.TotalMilliseconds, loaded.TotalMilliseconds, answered.TotalMilliseconds, cpu.TotalMilliseconds, await Second(client, path, ct));

        Task<IWorker> Launch(WorkerStart start)
        {
            begun = Stopwatch.GetTimestamp();
            return WorkerProcess.Start(app, start);
        }
    }

    /// <summary>How long the first call takes after a warm-up.</summary>
    public async Task<double> WarmedUp(FunctionApp app, string path, CancellationToken ct)
    {
        await using var host = await LocalFunctionsHost.Open(HostedApp.Options(app), ct);
        using var client = users.Client(host.Address, BenchDatabase.Large);
        await host.Start(stage.Settings, HostedApp.NoQueues, ct);
        await host.WarmUp(ct);
        return await Second(client, path, ct);
    }

    /// <summary>How long the call after the first one takes.</summary>
    public static async Task<double> Second(HttpClient client, string path, CancellationToken ct)
    {
        var begun = Stopwatch.GetTimestamp();
        using var response = await client.GetAsync(path, HttpCompletionOption.ResponseHeadersRead, ct);
        var time = Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
        response.EnsureSuccessStatusCode();
        return time;
    }
}
