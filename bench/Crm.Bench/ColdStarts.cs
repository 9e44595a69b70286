using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using Crm.Local.Processes;
using Crm.Local.Services;

namespace Crm.Bench;

/// <summary>From the start of the process to the first authenticated answer, against a bare ASP.NET Core app built the same way.</summary>
public sealed class ColdStarts(int starts, Api api, string hello, Report report)
{
    public async Task Run(CancellationToken ct)
    {
        var id = await FirstContact(ct);
        // The measured processes have the machine to themselves.
        await api.DisposeAsync();
        var ours = new List<(double Listening, double Answered)>();
        var bare = new List<(double Listening, double Answered)>();
        for (var n = 0; n <= starts; n++)
        {
            if (n % 2 == 0)
                ours.Add(await Start(api.Command, $"/contacts/{id}", ct));
            bare.Add(await Start(port => new ChildCommand(hello) { Environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["FUNCTIONS_CUSTOMHANDLER_PORT"] = port.ToString(CultureInfo.InvariantCulture) } }, "/", ct));
            if (n % 2 == 1)
                ours.Add(await Start(api.Command, $"/contacts/{id}", ct));
            Report.Progress(string.Create(CultureInfo.InvariantCulture, $"cold start: {ours[^1].Answered:0} ms against {bare[^1].Answered:0} ms"));
        }

        // The first of each reads its files from the disk.
        ours.RemoveAt(0);
        bare.RemoveAt(0);
        report.Add("cold start, first authenticated `GET /contacts/{id}` / hello", ours.Zip(bare, (a, b) => a.Answered / b.Answered), 1.5, isCeiling: true);
        report.Add("cold start, ours", ours.Select(time => time.Answered), null, unit: " ms", note: string.Create(CultureInfo.InvariantCulture, $"listening after {Report.Median(ours.Select(time => time.Listening)):0} ms"));
        report.Add("cold start, hello", bare.Select(time => time.Answered), null, unit: " ms", note: string.Create(CultureInfo.InvariantCulture, $"listening after {Report.Median(bare.Select(time => time.Listening)):0} ms"));
    }

    private async Task<string> FirstContact(CancellationToken ct)
    {
        using var client = api.Client(BenchDatabase.Small);
        var page = await client.GetFromJsonAsync<System.Text.Json.JsonElement>("/contacts?pageSize=1", ct);
        return page.GetProperty("data").GetProperty("contacts")[0].GetProperty("id").GetString()!;
    }

    private async Task<(double Listening, double Answered)> Start(Func<int, ChildCommand> command, string path, CancellationToken ct)
    {
        var port = Ports.Free();
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}{path}"));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", api.Token(BenchDatabase.Small));
        var begun = Stopwatch.GetTimestamp();
        await using var process = await ChildProcess.StartAsync(command(port));
        await Api.Listening(port, process, ct);
        var listening = Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
        using var response = await client.SendAsync(request, ct);
        response.EnsureSuccessStatusCode();
        return (listening, Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
    }
}
