using Crm.Functions.Auth;
using Crm.Functions.Contacts;
using Crm.Shared.Database;

namespace Crm.Functions.Deals;

/// <summary>Whom a deal is to be with and whose it is to be, and whether the caller may say so.</summary>
internal sealed record DealParties
{
    /// <summary>The organisation's currency.</summary>
    public required string Currency { get; init; }
    public string? OwnerStatus { get; init; }

    /// <summary>The contact that the id given stands for now; null when there is no such contact.</summary>
    public Guid? ContactId { get; init; }
    public string? ContactStatus { get; init; }
    public bool ContactIsVisible { get; init; }

    // The contact is held, so that it is not merged away before the deal points to it. Whoever asks holds the stage and the deal already.
    private const string Sql = $"""
        with contact as (
            select id, status, owner_id
            from contacts
            where organization_id = @OrganizationId and id = {ContactAccess.StandsFor} and merged_into is null
            for key share)
        select o.currency, u.status as owner_status, c.id as contact_id, c.status as contact_status,
               c.id is not null and (@OwnerId::uuid is null or c.owner_id is not distinct from @OwnerId) as contact_is_visible
        from organizations o
        left join users u on u.organization_id = o.id and u.id = @UserId
        left join contact c on true
        where o.id = @OrganizationId
        """;

    public static async Task<DealParties> Find(DbTransaction tx, Guid ownerId, Guid contactId)
    {
        var args = new { UserId = ownerId, ContactId = contactId };
        var parties = (await tx.Find<DealParties>(Sql, args))!;
        // A contact that was merged away at this very moment stands for another one now.
        return parties.ContactId is null ? (await tx.Find<DealParties>(Sql, args))! : parties;
    }

    /// <summary>Why this contact cannot be a deal's; null when it can.</summary>
    public Error? ContactFault =>
        ContactId is null ? Errors.ContactNotFound
        : !ContactIsVisible ? ContactAccess.Colleagues
        : ContactStatus == "inactive" ? Errors.ContactInactive
        : null;

    /// <summary>Why the caller cannot give a deal to this user; null when they can.</summary>
    public Error? OwnerFault(Caller caller, Guid ownerId)
    {
        if (ownerId == caller.UserId)
            return null;
        if (caller.Reach == Reach.Own)
            return Errors.Forbidden with { Message = "Staff own the deals they create and may not hand them over: ask a manager." };
        return OwnerStatus switch
        {
            null => Errors.UserNotFound,
            "active" => null,
            _ => Errors.UserInactive,
        };
    }
}
