using Crm.Local.Services;
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

    private readonly Random _random = new(options.Seed);

    /// <summary>Whether nobody was missed and nobody got two.</summary>
    public async Task<bool> Run(CancellationToken ct)
    {
        AnsiConsole.MarkupLineInterpolated($"Seed {options.Seed}: {options.Recipients} recipients.");
        AnsiConsole.MarkupLineInterpolated($"Kills: worker {options.WorkerKills}, stack {options.StackKills}, database {options.DatabaseKills}.");
        await using var stack = new Stack();
        await stack.Start(ct);
        await Api.AddContacts(stack, options.Recipients, ct);
        await Api.SignIn(stack, ct);
        await Slow(stack, ct);
        var campaign = await Send(stack, ct);
        await KillAndWait(stack, campaign, ct);
        return await Prove(stack, campaign, ct);
    }

    // Again after every start of the stack, whose simulators forget it.
    private static async Task Slow(Stack stack, CancellationToken ct) =>
        await Api.Post($"{stack.Providers}/simulate/fault", new { provider = "sendgrid", latencyMs = LatencyMs }, ct);

    private async Task<string> Send(Stack stack, CancellationToken ct)
    {
        var created = await Api.Post($"{stack.Api}/campaigns", new
        {
            name = "Under fire",
            type = "email",
            subject = "Hello {{ first_name }}",
            content = "Hello {{ first_name }}, it is warm here.",
            segment = new { tags = Api.Tags },
            settings = new { ratePerMinute = options.Recipients * 6 / BatchesInAll },
        }, ct);
        var id = (string)created["data"]!["id"]!;
        await Api.Post($"{stack.Api}/campaigns/{id}/send", new { }, ct);
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
        await Api.Post($"{stack.Providers}/simulate/clock", new { advanceSeconds = seconds }, ct);

    private static async Task<string> Progress(Stack stack, string campaign, CancellationToken ct)
    {
        var data = (await Api.Get($"{stack.Api}/campaigns/{campaign}", ct))["data"]!;
        return $"{data["status"]}, {data["stats"]!["sent"]} of {data["stats"]!["totalRecipients"]} sent";
    }

    private async Task<bool> Prove(Stack stack, string campaign, CancellationToken ct)
    {
        var ledger = await Api.Get($"{stack.Providers}/simulate/ledger?kind=email&domain=fire.test", ct);
        var stats = (await Api.Get($"{stack.Api}/campaigns/{campaign}/stats", ct))["data"]!;
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

    private enum Kind
    {
        Worker,
        Stack,
        Database,
    }
}
