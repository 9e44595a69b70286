using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Npgsql;
using Spectre.Console;

namespace Crm.Chaos;

/// <summary>
/// A campaign through API, queues, database and simulator, against a bare loop that posts the same batches to the same simulator; and its recipients
/// added through the API, against the bare insert. Both sides in turn, as ratios. The simulator tells nothing of itself meanwhile.
/// </summary>
internal sealed class CampaignSpeed(int recipients, int rounds, int latency)
{
    private const int Batch = 1000;
    private const int Reads = 100;
    private const string Text = "Hello -t1-, we are open on Friday. {0}/u/-t2-";
    private const string Html = """
        <p>Hello -t1-, <a href="{0}/t/c/-t3-.1">we are open on Friday</a>.</p><p><a href="{0}/u/-t2-">Unsubscribe</a></p><img src="{0}/t/o/-t3-.gif" alt="">
        """;

    private const string CampaignSql = """
        insert into campaigns (organization_id, id, name, type, creator_id, token_key, created_at, updated_at)
        select organization_id, $1, 'Bare', 'email', id, '\x00', now(), now() from users where email = 'owner@acme.test'
        """;

    private const string BareSql = """
        insert into deliveries (organization_id, id, channel, contact_id, campaign_id, created_at)
        select c.organization_id, uuidv7(), 'email', c.id, $1, now()
        from contacts c
        join users u on u.organization_id = c.organization_id and u.email = 'owner@acme.test'
        where c.tags && '{fire}' and c.deleted_at is null
        """;

    private static readonly HttpClient Vendor = new();

    public async Task Run(CancellationToken ct)
    {
        await using var stack = new Stack();
        await stack.Start(ct);
        await Api.AddContacts(stack, recipients, ct);
        await Api.SignIn(stack, ct);
        await Api.Post($"{stack.Providers}/simulate/callbacks", new { automatic = false }, ct);
        if (latency > 0)
            await Api.Post($"{stack.Providers}/simulate/fault", new { provider = "sendgrid", latencyMs = latency }, ct);
        await Campaign(stack, ct);
        await Loop(stack, Bodies(stack), ct);
        var (sending, adding, reading) = (new List<double>(), new List<double>(), new List<double>());
        for (var round = 0; round < rounds; round++)
        {
            var bodies = Bodies(stack);
            var (campaign, added, sent) = await Campaign(stack, ct);
            var loop = await Loop(stack, bodies, ct);
            var bare = await Bare(stack, ct);
            sending.Add(loop / sent);
            adding.Add(added / bare);
            for (var read = 0; read < Reads; read++)
                reading.Add(await Time($"{campaign}/stats", ct) / await Time($"{stack.Api}/contacts", ct));
            Say($"{recipients} recipients: sent in {sent:0.0} s, bare loop {loop:0.0} s; added in {added:0.0} s, bare insert {bare:0.0} s");
            Say($"The worker has taken {stack.WorkerPeakMegabytes} MB at most.");
        }

        Say($"Campaign / bare loop, recipients a second: {Of(sending)} (0.7 or more)");
        Say($"Recipients added through the API / bare insert, time: {Of(adding)} (2 or less)");
        Say($"GET /campaigns/{{id}}/stats / GET /contacts, time: {Of(reading)} (1 or less)");
    }

    private static async Task<double> Time(string url, CancellationToken ct)
    {
        var start = Stopwatch.GetTimestamp();
        await Api.Get(url, ct);
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    /// <summary>Adds the recipients, sends, and returns when everybody was sent to.</summary>
    public static async Task<(string Url, double Added, double Sent)> Campaign(Stack stack, CancellationToken ct)
    {
        var created = await Api.Post($"{stack.Api}/campaigns", new
        {
            name = "Speed",
            type = "email",
            subject = "Hello {{ first_name }}",
            content = "Hello {{ first_name }}, we are open on Friday.",
            htmlContent = "<p>Hello {{ first_name }}, <a href=\"https://example.com/open\">we are open on Friday</a>.</p>",
        }, ct);
        var campaign = $"{stack.Api}/campaigns/{(string)created["data"]!["id"]!}";
        var watch = Stopwatch.StartNew();
        await Api.Post($"{campaign}/recipients", new { segment = new { tags = Api.Tags } }, ct);
        var added = watch.Elapsed.TotalSeconds;
        watch.Restart();
        await Api.Post($"{campaign}/send", new { }, ct);
        while ((string)(await Api.Get(campaign, ct))["data"]!["status"]! != "sent")
            await Task.Delay(100, ct);
        return (campaign, added, watch.Elapsed.TotalSeconds);
    }

    private static async Task<double> Loop(Stack stack, List<byte[]> bodies, CancellationToken ct)
    {
        var watch = Stopwatch.StartNew();
        foreach (var body in bodies)
        {
            using var content = new ByteArrayContent(body) { Headers = { ContentType = new("application/json") } };
            using var request = new HttpRequestMessage(HttpMethod.Post, $"{stack.Providers}/v3/mail/send") { Content = content };
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", "SG.local");
            using var answer = await Vendor.SendAsync(request, ct);
            answer.EnsureSuccessStatusCode();
        }

        return watch.Elapsed.TotalSeconds;
    }

    private static async Task<double> Bare(Stack stack, CancellationToken ct)
    {
        var campaign = Guid.CreateVersion7();
        await using var connection = new NpgsqlConnection(stack.ConnectionString);
        await connection.OpenAsync(ct);
        await using var create = new NpgsqlCommand(CampaignSql, connection) { Parameters = { new() { Value = campaign } } };
        await create.ExecuteNonQueryAsync(ct);
        await using var insert = new NpgsqlCommand(BareSql, connection) { Parameters = { new() { Value = campaign } }, CommandTimeout = 600 };
        var watch = Stopwatch.StartNew();
        await insert.ExecuteNonQueryAsync(ct);
        return watch.Elapsed.TotalSeconds;
    }

    // What the app posts: a thousand recipients, each with their own words, arguments and headers.
    private List<byte[]> Bodies(Stack stack)
    {
        var token = new string('x', 54);
        return [.. Enumerable.Range(0, recipients).Chunk(Batch).Select(chunk => Encoding.UTF8.GetBytes(JsonSerializer.Serialize(new
        {
            personalizations = chunk.Select(number => new
            {
                to = new[] { new { email = $"chaos{number}@fire.test" } },
                subject = $"Hello Ann {number}",
                headers = new Dictionary<string, string>
                {
                    ["List-Unsubscribe"] = $"<{stack.Api}/u/{token}>",
                    ["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click",
                },
                substitutions = new Dictionary<string, string> { ["-t1-"] = $"Ann {number}", ["-t2-"] = token, ["-t3-"] = token },
                custom_args = new { organization_id = Guid.Empty, delivery_id = Guid.CreateVersion7() },
            }),
            from = new { email = "no-reply@crm.test", name = "Crm" },
            subject = "Hello",
            content = new[]
            {
                new { type = "text/plain", value = Text.Replace("{0}", stack.Api, StringComparison.Ordinal) },
                new { type = "text/html", value = Html.Replace("{0}", stack.Api, StringComparison.Ordinal) },
            },
        })))];
    }

    private static string Of(List<double> ratios)
    {
        ratios.Sort();
        return string.Create(CultureInfo.InvariantCulture, $"{ratios[ratios.Count / 2]:0.00} [{ratios[0]:0.00}-{ratios[^1]:0.00}]");
    }

    private static void Say(string line) => AnsiConsole.WriteLine(line);
}
