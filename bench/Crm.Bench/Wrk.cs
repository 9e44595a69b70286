using System.Globalization;
using Crm.Local.Services;

namespace Crm.Bench;

/// <summary>Load over HTTP.</summary>
public sealed class Wrk(BenchDatabase database, CancellationToken ct)
{
    private const int WarmUp = 4;

    // A program's very first answers are slow, the more so on a busy machine.
    private const string Patience = "30s";

    public Side On(Target target, Requests requests) => new(seconds => Run(target, requests, seconds), WarmUp);

    private async Task<Slice> Run(Target target, Requests requests, int seconds)
    {
        var script = await Load.Write($"{requests.Script ?? "plain"}.lua", (requests.Script is null ? "" : Text.Lua(requests.Script)) + Text.Lua("report"), ct);
        string[] arguments =
        [
            "-t1", $"-c{Load.Clients}", "--timeout", Patience, string.Create(CultureInfo.InvariantCulture, $"-d{seconds}s"),
            "-s", script, "-H", $"Authorization: Bearer {requests.Token}",
            new Uri(target.Address, requests.Path).AbsoluteUri, .. requests.Argument is null ? Array.Empty<string>() : ["--", requests.Argument()],
        ];
        var (app, host, postgres) = (target.AppTime(), target.HostTime?.Invoke(), database.ProcessorTime());
        var lines = await Programs.Run("wrk", arguments, ct: ct);
        var result = lines.First(static line => line.StartsWith("RESULT ", StringComparison.Ordinal)).Split(' ').Skip(1)
            .Select(static text => double.Parse(text, CultureInfo.InvariantCulture)).ToArray();
        var (count, microseconds, refused, late, broken) = (result[0], result[1], result[2], result[3], result[4]);
        if (count == 0 || refused + late + broken > 0)
            throw new StackException($"Of {count} requests of {requests.Path} {refused} were refused, {late} were late, and {broken} broke.");
        return new(
            count / (microseconds / 1e6), Each(target.AppTime() - app), Each(target.HostTime?.Invoke() - host), Each(database.ProcessorTime() - postgres));

        double Each(TimeSpan? spent) => (spent ?? TimeSpan.Zero).TotalMicroseconds / count;
    }
}
