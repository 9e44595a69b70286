using Crm.Functions.Auth;
using Crm.Shared.Database;

namespace Crm.Functions.Contacts;

/// <summary>The refusal of a contact whose e-mail another one has.</summary>
public static class Duplicates
{
    private sealed record Row(Guid Id, bool IsVisible);

    private const string FindSql = """
        select id, (@OwnerId::uuid is null or owner_id = @OwnerId) as is_visible
        from contacts
        where organization_id = @OrganizationId
          and email_key = @EmailKey
        """;

    /// <summary>Names the other contact when the caller may see it.</summary>
    public static async Task<Error> Refusal(DbTransaction tx, string email)
    {
        var other = await tx.Find<Row>(FindSql, new { EmailKey = Emails.Normalize(email) });
        return other is { IsVisible: true }
            ? Errors.ContactDuplicate with { Facts = new(StringComparer.Ordinal) { ["existingId"] = other.Id } }
            : Errors.ContactDuplicate;
    }
}
