using Crm.Local.FunctionsHost.Timers;

namespace Crm.Local.Providers;

/// <summary>The switches of the stack itself: its timers and its clock.</summary>
internal sealed class StackRoutes(StackClock clock, Func<IReadOnlyList<TimerListener>> timers)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/simulate/timer", FireTimer);
        routes.MapPost("/simulate/clock", (ClockMove move) => move.AdvanceSeconds is >= 0 and <= ClockMove.Furthest
            ? Results.Ok(new { offsetSeconds = clock.Advance(move.AdvanceSeconds.Value), now = clock.GetUtcNow() })
            : Results.BadRequest(new { error = $"advanceSeconds must be a whole number from 0 to {ClockMove.Furthest}: the clock only moves forward." }));
    }

    /// <summary>Answers when the function has: 200 when it succeeded, 502 when it failed, and when it knows no work of that name.</summary>
    private async Task<IResult> FireTimer(TimerRequest request, CancellationToken ct)
    {
        var known = timers();
        if (known.Named(request.Function) is not { } fire)
            return Results.NotFound(new { error = $"There is no timer \"{request.Function}\".", timers = known.Select(t => t.Name) });

        var result = await fire(ct);
        var answer = new { function = request.Function, result.Succeeded, result.Error, durationMs = (long)result.Duration.TotalMilliseconds };
        return Results.Json(answer, statusCode: result.Succeeded ? StatusCodes.Status200OK : StatusCodes.Status502BadGateway);
    }

    private sealed record TimerRequest(string? Function);

    private sealed record ClockMove(long? AdvanceSeconds)
    {
        /// <summary>A hundred years.</summary>
        public const long Furthest = 3_155_760_000;
    }
}
