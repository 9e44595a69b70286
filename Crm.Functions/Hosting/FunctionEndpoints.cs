using Crm.Functions.Auth;
using Microsoft.AspNetCore.Authorization;

namespace Crm.Functions.Hosting;

/// <summary>
/// Says of an endpoint which Azure function it is. The function.json files are generated from these, so an endpoint without one
/// is not reachable from outside.
/// </summary>
public static class FunctionEndpoints
{
    /// <summary>An HTTP-triggered function for callers with <paramref name="permission"/>.</summary>
    public static RouteHandlerBuilder Function(this RouteHandlerBuilder route, string name, Permission permission) =>
        route.WithName(name).RequireAuthorization(permission.ToString()).WithMetadata(new Requires(permission));

    /// <summary>An HTTP-triggered function for everybody who is signed in.</summary>
    public static RouteHandlerBuilder Function(this RouteHandlerBuilder route, string name) => route.WithName(name).RequireAuthorization();

    /// <summary>An HTTP-triggered function for everybody.</summary>
    public static TBuilder PublicFunction<TBuilder>(this TBuilder route, string name)
        where TBuilder : IEndpointConventionBuilder => route.WithName(name).AllowAnonymous();

    /// <summary>A queue-triggered function, named as its route: the host posts each message of the queue to it.</summary>
    public static RouteHandlerBuilder QueueTrigger(this RouteHandlerBuilder route, string queue) => route.Triggered(new QueueTrigger(queue));

    /// <summary>A timer-triggered function, named as its route: the host posts to it on the NCRONTAB schedule (six fields, UTC).</summary>
    public static RouteHandlerBuilder TimerTrigger(this RouteHandlerBuilder route, string schedule) => route.Triggered(new TimerTrigger(schedule));

    private static RouteHandlerBuilder Triggered(this RouteHandlerBuilder route, Trigger trigger)
    {
        route.AllowAnonymous().ExcludeFromDescription().WithMetadata(trigger);
        route.Add(endpoint => endpoint.Metadata.Add(new EndpointNameMetadata(((RouteEndpointBuilder)endpoint).RoutePattern.RawText!.Trim('/'))));
        return route.AddEndpointFilter(static async (context, next) =>
        {
            await next(context);
            return InvocationReply.Done;
        });
    }

    /// <summary>
    /// Keeps the invocation endpoints to the host: it posts to them at the root, whereas what reaches the app through the one function
    /// that forwards any path carries that function's prefix as path base. And denies by default: an endpoint that says neither whom it
    /// is for nor that it is for everybody answers nobody.
    /// </summary>
    public static void UseEndpointGuard(this WebApplication app) => app.Use(static (context, next) =>
    {
        var metadata = (context.GetEndpoint() as RouteEndpoint)?.Metadata;
        if (metadata is null)
            return next(context);
        if (context.Request.PathBase.HasValue && metadata.GetMetadata<Trigger>() is not null)
            return context.Refuse(Errors.NotFound);
        return IsGuarded(metadata) ? next(context) : context.Refuse(Errors.Unauthorized);
    });

    /// <summary>Whether an endpoint says whom it is for.</summary>
    public static bool IsGuarded(EndpointMetadataCollection metadata) =>
        metadata.GetMetadata<IAuthorizeData>() is not null || metadata.GetMetadata<IAllowAnonymous>() is not null;
}

/// <summary>The permission an endpoint requires; for the documentation and the tests.</summary>
public sealed record Requires(Permission Permission);

/// <summary>Marks an endpoint that the host invokes, and no client.</summary>
public abstract record Trigger;

public sealed record QueueTrigger(string Queue) : Trigger;

public sealed record TimerTrigger(string Schedule) : Trigger;
