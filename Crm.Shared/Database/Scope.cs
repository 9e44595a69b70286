namespace Crm.Shared.Database;

/// <summary>
/// Whose rows a statement may touch: an organisation, and for staff the one owner. Every statement takes one, and gets
/// <c>@OrganizationId</c> and <c>@OwnerId</c> from it and from nowhere else: nobody passes them, so nobody passes a wrong one.
/// </summary>
/// <param name="OrganizationId">The organisation.</param>
/// <param name="OwnerId">The user whose own rows alone are visible; null for all rows of the organisation.</param>
public readonly record struct Scope(Guid OrganizationId, Guid? OwnerId = null)
{
    /// <summary>
    /// No organisation: sign-in by e-mail, link tokens, sweeps over everything. Never built from a request's caller. Its statements have
    /// none of the two parameters but those they are given.
    /// </summary>
    public static readonly Scope Global = new(Guid.Empty) { IsGlobal = true };

    public bool IsGlobal { get; private init; }

    /// <summary>The rows of one owner among these; who is held to their own stays held to them.</summary>
    public Scope OwnedBy(Guid? ownerId) => this with { OwnerId = OwnerId ?? ownerId };
}
