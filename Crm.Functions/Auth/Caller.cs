using Crm.Shared;
using Crm.Shared.Database;

namespace Crm.Functions.Auth;

/// <summary>Who sends the request, as the database knows them now (never as the token claims).</summary>
/// <param name="UserId">The user.</param>
/// <param name="OrganizationId">Their organisation.</param>
/// <param name="SessionId">The sign-in this request belongs to.</param>
/// <param name="Role">Their role at this moment.</param>
/// <param name="Name">Their full name.</param>
/// <param name="OrganizationZone">The organisation's IANA time zone, in which clients' bare dates and times are read.</param>
/// <param name="OwnZone">The user's own time zone, when they chose one.</param>
public sealed record Caller(Guid UserId, Guid OrganizationId, Guid SessionId, Role Role, string Name, string OrganizationZone, string? OwnZone)
{
    /// <summary>The permission that the called function asks for; null where signing in is enough.</summary>
    public Permission? Permission { get; init; }

    /// <summary>How far the function's permission reaches for this caller.</summary>
    public Reach Reach => Permission is { } permission ? ReachOf(permission) : Reach.None;

    /// <summary>The records the function works with for this caller: all of the organisation, or their own.</summary>
    public Scope Scope => Scopes(Reach);

    /// <summary>How far a permission other than the function's own reaches for this caller.</summary>
    public Reach ReachOf(Permission permission) => Permissions.Of(permission).Of(Role);

    /// <summary>The records that a permission other than the function's own reaches.</summary>
    public Scope ScopeOf(Permission permission) => Scopes(ReachOf(permission));

    private Scope Scopes(Reach reach) => new(OrganizationId, reach == Reach.All ? null : UserId);

    /// <summary>All of the organisation, for what has no owner (colleagues, templates, the caller's own account).</summary>
    public Scope Organization => new(OrganizationId);

    public TimeZoneInfo Zone => TimeZones.First(OrganizationZone);

    /// <summary>The date where the organisation is.</summary>
    public DateOnly Today(DateTimeOffset now) => LocalDay.At(now, Zone).Date;

    /// <summary>The zone of the user's day: their own, else the organisation's, else UTC.</summary>
    public TimeZoneInfo UserZone => TimeZones.First(OwnZone, OrganizationZone);

    public static ValueTask<Caller?> BindAsync(HttpContext context) => ValueTask.FromResult(context.Features.Get<Caller>());
}
