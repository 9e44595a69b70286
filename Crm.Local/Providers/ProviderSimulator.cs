using System.ComponentModel.DataAnnotations;
using System.Reflection;
using Crm.Local.FunctionsHost.Timers;
using Crm.Local.Services;

namespace Crm.Local.Providers;

/// <summary>
/// The vendors the app talks to, simulated at the HTTP level on one port, with a mailbox of what was sent and switches for faults, timers and the clock.
/// </summary>
public sealed class ProviderSimulator : IAsyncDisposable
{
    private readonly WebApplication _server;

    private ProviderSimulator(WebApplication server, StackClock clock, Mailbox mailbox)
    {
        _server = server;
        Clock = clock;
        Mailbox = mailbox;
    }

    public Uri BaseUrl { get; private set; } = null!;

    public Mailbox Mailbox { get; }

    public Faults Faults { get; } = new();

    public StackClock Clock { get; }

    /// <summary>The timers that <c>POST /simulate/timer</c> knows.</summary>
    public Func<IReadOnlyList<TimerListener>> Timers { get; set; } = () => [];

    /// <param name="port">0 picks a free one.</param>
    /// <param name="clock">The stack's clock; a simulator alone gets one of its own.</param>
    /// <param name="mailFile">Where the mailbox is kept; null keeps it in memory.</param>
    /// <param name="ct">Gives up starting.</param>
    public static async Task<ProviderSimulator> Start(int port = 0, StackClock? clock = null, string? mailFile = null, CancellationToken ct = default)
    {
        var server = LoopbackServer.CreateBuilder(port, maxBodySize: null).Build();
        var simulator = new ProviderSimulator(server, clock ?? new StackClock(), new Mailbox(mailFile));
        simulator.Map(server);
        try
        {
            simulator.BaseUrl = await LoopbackServer.Start(server, port, "--providers-port", ct);
            return simulator;
        }
        catch
        {
            await server.DisposeAsync();
            simulator.Mailbox.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await LoopbackServer.Stop(_server);
        Mailbox.Dispose();
    }

    private void Map(WebApplication server)
    {
        new SendGrid(Mailbox, Faults, Clock).Map(server);

        server.MapGet("/", () => Results.Redirect("/mailbox"));
        server.MapGet(
            "/mailbox",
            () => Results.Stream(Assembly.GetExecutingAssembly().GetManifestResourceStream("Crm.Local.Providers.mailbox.html")!, "text/html; charset=utf-8"));
        server.MapGet("/mailbox.json", (string? to, string? kind) => Mailbox.Messages(to, kind));
        server.MapPost("/simulate/fault", SetFault);
        server.MapDelete("/simulate/fault", Faults.Clear);
        server.MapPost("/simulate/timer", FireTimer);
        server.MapPost("/simulate/clock", (ClockMove move) => move.AdvanceSeconds is >= 0 and <= ClockMove.Furthest
            ? Results.Ok(new { offsetSeconds = Clock.Advance(move.AdvanceSeconds.Value), now = Clock.GetUtcNow() })
            : Results.BadRequest(new { error = $"advanceSeconds must be a whole number from 0 to {ClockMove.Furthest}: the clock only moves forward." }));
    }

    private IResult SetFault(Fault fault)
    {
        var errors = new List<ValidationResult>();
        if (!Validator.TryValidateObject(fault, new ValidationContext(fault), errors, validateAllProperties: true))
        {
            return Results.BadRequest(new { error = string.Join(" ", errors.Select(e => e.ErrorMessage)) });
        }

        Faults.Set(fault);
        return Results.Ok(fault);
    }

    /// <summary>Answers when the function has: 200 when it succeeded, 502 when it failed.</summary>
    private async Task<IResult> FireTimer(TimerRequest request, CancellationToken ct)
    {
        var timers = Timers();
        if (timers.FirstOrDefault(t => string.Equals(t.Name, request.Function, StringComparison.OrdinalIgnoreCase)) is not { } timer)
        {
            return Results.NotFound(new { error = $"There is no timer \"{request.Function}\".", timers = timers.Select(t => t.Name) });
        }

        var result = await timer.Fire(ct);
        var answer = new { function = timer.Name, result.Succeeded, result.Error, durationMs = (long)result.Duration.TotalMilliseconds };
        return Results.Json(answer, statusCode: result.Succeeded ? StatusCodes.Status200OK : StatusCodes.Status502BadGateway);
    }

    private sealed record TimerRequest(string? Function);

    private sealed record ClockMove(long? AdvanceSeconds)
    {
        /// <summary>A hundred years.</summary>
        public const long Furthest = 3_155_760_000;
    }
}
