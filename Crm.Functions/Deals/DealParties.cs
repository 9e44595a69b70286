using Crm.Functions.Auth;
using Crm.Functions.Contacts;
using Crm.Shared.Database;

namespace Crm.Functions.Deals;

/// <summary>Whom a deal may be with, and whose it may be.</summary>
internal static class DealParties
{
    private sealed record ContactFacts(string Status, bool IsVisible);

    private const string ContactSql = """
        select status, (@OwnerId::uuid is null or owner_id is not distinct from @OwnerId) as is_visible
        from contacts
        where organization_id = @OrganizationId
          and id = @ContactId
        """;

    private const string OwnerSql = """
        select status
        from users
        where organization_id = @OrganizationId
          and id = @UserId
        """;

    /// <summary>Why this contact cannot be a deal's; null when it can.</summary>
    public static async Task<Error?> ContactFault(DbTransaction tx, Guid contactId) =>
        await tx.Find<ContactFacts>(ContactSql, new { ContactId = contactId }) switch
        {
            null or { IsVisible: false } => await ContactAccess.Refusal(tx, contactId),
            { Status: "inactive" } => Errors.ContactInactive,
            _ => null,
        };

    /// <summary>Why the caller cannot give a deal to this user; null when they can.</summary>
    public static async Task<Error?> OwnerFault(DbTransaction tx, Caller caller, Guid ownerId)
    {
        if (ownerId == caller.UserId)
            return null;
        if (caller.Reach == Reach.Own)
            return Errors.Forbidden with { Message = "Staff own the deals they create and may not hand them over: ask a manager." };
        return await tx.Find<string>(OwnerSql, new { UserId = ownerId }) switch
        {
            null => Errors.UserNotFound,
            "active" => null,
            _ => Errors.UserInactive,
        };
    }
}
