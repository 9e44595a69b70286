using System.Text.Json.Nodes;
using Crm.Local.Services;
using Npgsql;
using Spectre.Console;

namespace Crm.Chaos;

/// <summary>
/// One campaign through the API, queues and simulator, while processes are killed. At the end the simulator's own ledger says who got it how often, and the
/// campaign's statistics must say the same.
/// </summary>
internal sealed class CampaignUnderFire(ChaosOptions options)
{
    /// <summary>A call of a thousand recipients takes this long, so that a kill meets one.</summary>
    private const int LatencyMs = 700;

    /// <summary>Small batches, so that there is something to kill for long enough.</summary>
    private const int BatchesInAll = 60;

    private const int Minute = 60;

    /// <summary>Longer than the silence that proves a call was not taken, in seconds.</summary>
    private const int Silence = 11 * 60;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(30);

    private const string ContactsSql = """
        insert into contacts (organization_id, id, owner_id, first_name, email, email_key, tags, created_at, updated_at)
        select u.organization_id, uuidv7(), u.id, 'Ann ' || n, 'chaos' || n || '@fire.test', 'chaos' || n || '@fire.test', '{fire}', now(), now()
        from generate_series(1, $1) n, users u
        where u.email = 'owner@acme.test'
        """;

    private readonly Random _random = new(options.Seed);
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(60) };
    private static readonly string[] Tags = ["fire"];

    /// <summary>Whether nobody was missed and nobody got two.</summary>
    public async Task<bool> Run(CancellationToken ct)
    {
        AnsiConsole.MarkupLineInterpolated($"Seed {options.Seed}: {options.Recipients} recipients.");
        AnsiConsole.MarkupLineInterpolated($"Kills: worker {options.WorkerKills}, stack {options.StackKills}, database {options.DatabaseKills}.");
        await using var stack = new Stack();
        await stack.Start(ct);
        await using (var connection = new NpgsqlConnection(stack.ConnectionString))
        {
            await connection.OpenAsync(ct);
            await using var insert = new NpgsqlCommand(ContactsSql, connection) { Parameters = { new() { Value = options.Recipients } } };
            await insert.ExecuteNonQueryAsync(ct);
        }

        await SignIn(stack, ct);
        await Slow(stack, ct);
        var campaign = await Send(stack, ct);
        await KillAndWait(stack, campaign, ct);
        return await Prove(stack, campaign, ct);
    }

    private static async Task SignIn(Stack stack, CancellationToken ct)
    {
        var reply = await Post($"{stack.Api}/auth/login", new { email = "owner@acme.test", password = "Passw0rd!demo" }, ct);
        Http.DefaultRequestHeaders.Authorization = new("Bearer", (string)reply["accessToken"]!);
    }

    // Again after every start of the stack, whose simulators forget it.
    private static async Task Slow(Stack stack, CancellationToken ct) =>
        await Post($"{stack.Providers}/simulate/fault", new { provider = "sendgrid", latencyMs = LatencyMs }, ct);

    private async Task<string> Send(Stack stack, CancellationToken ct)
    {
        var created = await Post($"{stack.Api}/campaigns", new
        {
            name = "Under fire",
            type = "email",
            subject = "Hello {{ first_name }}",
            content = "Hello {{ first_name }}, it is warm here.",
            segment = new { tags = Tags },
            settings = new { ratePerMinute = options.Recipients * 6 / BatchesInAll },
        }, ct);
        var id = (string)created["data"]!["id"]!;
        await Post($"{stack.Api}/campaigns/{id}/send", new { }, ct);
        return id;
    }

    private async Task KillAndWait(Stack stack, string campaign, CancellationToken ct)
    {
        var kills = Enumerable.Repeat(Kind.Worker, options.WorkerKills)
            .Concat(Enumerable.Repeat(Kind.Stack, options.StackKills))
            .Concat(Enumerable.Repeat(Kind.Database, options.DatabaseKills))
            .ToArray();
        _random.Shuffle(kills);
        foreach (var (number, kill) in kills.Index())
        {
            // A minute later the sweep sends the next batch: the kill comes before, in or after its call.
            await Wait(stack, Minute, ct);
            await Task.Delay(_random.Next(50, 2_000), ct);
            switch (kill)
            {
                case Kind.Worker:
                    stack.KillWorker();
                    break;
                case Kind.Stack:
                    await stack.KillAll(ct);
                    await Slow(stack, ct);
                    break;
                case Kind.Database:
                    await stack.KillDatabase(ct);
                    await Slow(stack, ct);
                    break;
                default:
                    throw new InvalidOperationException($"Nobody knows how to kill a {kill}.");
            }

            // What was cut off is settled by the silence after it.
            if (number % 3 == 2)
                await Wait(stack, Silence, ct);
            AnsiConsole.MarkupLineInterpolated($"{number + 1}. {kill} killed; {await Progress(stack, campaign, ct)}");
        }

        var end = DateTime.UtcNow + Patience;
        while (await Progress(stack, campaign, ct) is var progress && !progress.StartsWith("sent,", StringComparison.Ordinal))
        {
            if (DateTime.UtcNow > end)
                throw new StackException($"The campaign did not end: {progress}.");
            await Wait(stack, Silence, ct);
            await Task.Delay(2_000, ct);
        }
    }

    private static async Task Wait(Stack stack, int seconds, CancellationToken ct) =>
        await Post($"{stack.Providers}/simulate/clock", new { advanceSeconds = seconds }, ct);

    private static async Task<string> Progress(Stack stack, string campaign, CancellationToken ct)
    {
        var data = (await Get($"{stack.Api}/campaigns/{campaign}", ct))["data"]!;
        return $"{data["status"]}, {data["stats"]!["sent"]} of {data["stats"]!["totalRecipients"]} sent";
    }

    private async Task<bool> Prove(Stack stack, string campaign, CancellationToken ct)
    {
        var ledger = await Get($"{stack.Providers}/simulate/ledger?kind=email&domain=fire.test", ct);
        var stats = (await Get($"{stack.Api}/campaigns/{campaign}/stats", ct))["data"]!;
        var (addresses, messages) = ((int)ledger["recipients"]!, (int)ledger["messages"]!);
        var (sent, failed) = ((int)stats["sent"]!, (int)stats["failed"]!);
        var missed = options.Recipients - addresses;
        var doubled = messages - addresses;
        var isRight = missed == 0 && doubled == 0 && sent == addresses && failed == 0;
        AnsiConsole.MarkupLineInterpolated(
            $"Simulator: {messages} messages to {addresses} addresses; missed {missed}, mailed twice {doubled}.");
        AnsiConsole.MarkupLineInterpolated($"Statistics: {sent} sent, {failed} failed. {(isRight ? "Right." : "WRONG.")}");
        return isRight;
    }

    private static async Task<JsonNode> Get(string url, CancellationToken ct) => await Try(() => Http.GetAsync(url, ct), ct);

    private static async Task<JsonNode> Post(string url, object body, CancellationToken ct) => await Try(() => Http.PostAsJsonAsync(url, body, ct), ct);

    // Whatever was killed is back within seconds: what is asked meanwhile is asked again.
    private static async Task<JsonNode> Try(Func<Task<HttpResponseMessage>> call, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                using var response = await call();
                var text = await response.Content.ReadAsStringAsync(ct);
                if (response.IsSuccessStatusCode)
                    return JsonNode.Parse(text.Length == 0 ? "{}" : text)!;
                if ((int)response.StatusCode < 500 && (int)response.StatusCode != 409 || attempt == 20)
                    throw new StackException($"{response.RequestMessage!.Method} {response.RequestMessage.RequestUri}: {(int)response.StatusCode} {text}");
            }
            catch (HttpRequestException) when (attempt < 20)
            {
                // Asked again below.
            }

            await Task.Delay(1_000, ct);
        }
    }

    private enum Kind
    {
        Worker,
        Stack,
        Database,
    }
}
