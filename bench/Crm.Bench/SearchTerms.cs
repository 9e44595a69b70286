using System.Diagnostics;
using System.Globalization;
using Crm.Local.Services;

namespace Crm.Bench;

/// <summary>Latency of searches of the large organisation through the host, one client, terms of every kind: asked for the first time, and again.</summary>
public sealed class SearchTerms(Stage stage, Users users, Target crm, Report report)
{
    private const int Again = 5;

    private static readonly (string Kind, string[] Terms)[] Fixed =
    [
        ("frequent", ["ann", "anna", "hannah", "joanna", "annette", "smith", "jones", "oliv", "emma", "liam", "noah", "north", "contoso", "example", "son"]),
        ("rare", ["stanwick", "anna.stan", "hannah stan", "liam stanw", "emma.stanw", "stanwick1", "stanwick2", "stanwick3"]),
        ("two words", ["anna smith", "hannah jones", "liam brown", "emma garcia", "noah miller", "lucy davis", "john lee", "jack hill"]),
        ("none", ["zzyx", "qqqq", "xylophon", "nobody here", "wwwww", "jjkk", "annxyz", "smithx9"]),
        ("two letters", ["an", "sm", "jo", "qx", "zz", "li", "wa", "@n"]),
        ("one letter", ["a", "z", "q", "7"]),
    ];

    public async Task Run(CancellationToken ct)
    {
        var organization = BenchDatabase.Large;
        var one = await stage.Database.Texts($"select email from contacts where organization_id = '{organization}' order by hashtext(id::text) limit 15", ct);
        var phones = await stage.Database.Texts(
            $"select right(phone, 7) from contacts where organization_id = '{organization}' order by hashtext(id::text) desc limit 15", ct);
        using var client = users.Client(crm.Address, organization);
        foreach (var (kind, terms) in Fixed.Append(("one contact's e-mail", one)).Append(("part of a phone number", phones)))
            await Run(client, kind, terms, ct);
    }

    private async Task Run(HttpClient client, string kind, string[] terms, CancellationToken ct)
    {
        var first = new List<double>();
        var again = new List<double>();
        for (var round = 0; round <= Again; round++)
        {
            foreach (var term in terms)
                (round == 0 ? first : again).Add(await Ask(client, term, ct));
        }

        Add($"search {stage.Database.LargeName}, {kind}, first time", first);
        Add($"search {stage.Database.LargeName}, {kind}, again", again);
    }

    private void Add(string name, List<double> times)
    {
        Report.Progress(string.Create(CultureInfo.InvariantCulture, $"{name}: {Report.Median(times):0.0} ms"));
        report.Add(name, times, 25, isCeiling: true, " ms", $"p95 {Report.Number(Report.Percentile(times, 95))} ms");
    }

    private static async Task<double> Ask(HttpClient client, string term, CancellationToken ct)
    {
        var start = Stopwatch.GetTimestamp();
        using var response = await client.GetAsync($"/contacts?search={Uri.EscapeDataString(term)}", ct);
        await response.Content.ReadAsByteArrayAsync(ct);
        return response.IsSuccessStatusCode
            ? Stopwatch.GetElapsedTime(start).TotalMilliseconds
            : throw new StackException($"The search for {term} answered {(int)response.StatusCode}.");
    }
}
