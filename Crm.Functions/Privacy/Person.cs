using Crm.Functions.Contacts;
using Crm.Shared.Database;

namespace Crm.Functions.Privacy;

/// <summary>A contact as one person: it and all that were merged into it, and every address they have.</summary>
internal sealed record Person(Guid Id, Guid[] Ids, string[] Emails, string[] Phones)
{
    private sealed record Found(Guid Id);

    private sealed record Row(Guid Id, string? Email, string? Phone);

    private const string FindSql = """
        select id
        from contacts
        where organization_id = @OrganizationId
          and id = @ContactId
          and merged_into is null
        """;

    private const string AllSql = """
        select id, lower(email) as email, phone
        from contacts
        where organization_id = @OrganizationId
          and (id = @ContactId or merged_into = @ContactId)
        """;

    public static async Task<(Person? Person, Error? Fault)> Find(DbTransaction tx, Guid id)
    {
        var (contact, fault) = await ContactAccess.Find(tx, id, id => tx.Find<Found>(FindSql, new { ContactId = id }));
        if (fault is not null)
            return (null, fault);
        var rows = await tx.List<Row>(AllSql, new { ContactId = contact!.Id });
        return (
            new(
                contact.Id, [.. rows.Select(row => row.Id).Order()], [.. rows.Select(row => row.Email).OfType<string>().Distinct()],
                [.. rows.Select(row => row.Phone).OfType<string>().Distinct()]),
            null);
    }

    /// <summary>What the statements of <see cref="PersonalData"/> ask for.</summary>
    public object Args(DateTimeOffset now) => new { Ids, Emails, Phones, Written = (string[])[.. Emails, .. Phones], Now = now };
}
