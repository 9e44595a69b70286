using Crm.Functions.Auth;
using Crm.Functions.Hosting;
using Crm.Shared.Database;

namespace Crm.Functions.Contacts;

public static class GetContact
{
    /// <summary>One contact.</summary>
    /// <remarks>Inactive and deleted contacts stay readable, so that they can be restored; the id of a merged one
    /// answers with the contact it became. The <c>ETag</c> is the contact's version.</remarks>
    public static async Task<Reply<Contact>> Handle(Guid id, Caller caller, Db db, CancellationToken ct)
    {
        var scope = caller.Scope;
        var contact = await db.Find<Contact>(scope, Contact.ByIdSql, new { scope.OrganizationId, scope.OwnerId, Id = id }, ct);
        if (contact?.MergedInto is { } stays)
            contact = await db.Find<Contact>(scope, Contact.ByIdSql, new { scope.OrganizationId, scope.OwnerId, Id = stays }, ct);
        return contact is null ? await ContactAccess.Refusal(db, scope, id, ct) : Reply<Contact>.Versioned(contact, contact.Version);
    }
}
