using Crm.Functions.Contacts;
using Crm.Shared.Database;

namespace Crm.Functions.Privacy;

/// <summary>A contact as one person: it and all that were merged into it, every address they have, and the files that went to them of late.</summary>
internal sealed record Person(Guid Id, Guid[] Ids, string[] Emails, string[] Phones, Guid[] Files)
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

    // What was answered when they were uploaded is kept as long: it has their names.
    private const string FilesSql = """
        select f.id
        from message_attachments f
        join messages m on m.organization_id = f.organization_id and m.id = f.message_id
        where f.organization_id = @OrganizationId
          and m.contact_id = any(@Ids)
          and f.created_at > @Since
        order by f.id
        """;

    public static async Task<(Person? Person, Error? Fault)> Find(DbTransaction tx, Guid id)
    {
        var (contact, fault) = await ContactAccess.Find(tx, id, id => tx.Find<Found>(FindSql, new { ContactId = id }));
        if (fault is not null)
            return (null, fault);
        var rows = await tx.List<Row>(AllSql, new { ContactId = contact!.Id });
        Guid[] ids = [.. rows.Select(row => row.Id).Order()];
        var files = await tx.List<Guid>(FilesSql, new { Ids = ids, Since = tx.Now - Idempotency.Idempotency.Kept });
        return (
            new(
                contact.Id, ids, [.. rows.Select(row => row.Email).OfType<string>().Distinct()],
                [.. rows.Select(row => row.Phone).OfType<string>().Distinct()], [.. files]),
            null);
    }

    /// <summary>What the statements of <see cref="PersonalData"/> ask for.</summary>
    public object Args(DateTimeOffset now) => new { Ids, Emails, Phones, Files, Written = (string[])[.. Emails, .. Phones], Now = now };
}
