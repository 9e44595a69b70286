namespace Crm.Shared.Database;

/// <summary>
/// Whose rows a statement may touch: an organisation, and for staff the one owner. Every query of a tenant table takes one,
/// and its SQL names <c>@OrganizationId</c> and, where rows have owners, <c>@OwnerId</c>.
/// </summary>
/// <param name="OrganizationId">The organisation; empty only for <see cref="Global"/>.</param>
/// <param name="OwnerId">The user whose own rows alone are visible; null for all rows of the organisation.</param>
public readonly record struct Scope(Guid OrganizationId, Guid? OwnerId = null)
{
    /// <summary>No organisation: sign-in by e-mail, link tokens, sweeps over everything. Never built from a request's caller.</summary>
    public static readonly Scope Global;
}
