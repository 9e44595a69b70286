using System.Text.Json;
using Crm.Shared.Database;

namespace Crm.Functions.Invoices;

/// <summary>Who writes an invoice and who gets it, as letters, its page and its PDF name them.</summary>
internal sealed record InvoicePaper
{
    public required Guid ContactId { get; init; }
    public string? FirstName { get; init; }
    public string? LastName { get; init; }
    public required string ContactName { get; init; }
    public string? Email { get; init; }
    public string? Phone { get; init; }
    public string? Company { get; init; }
    public string? JobTitle { get; init; }
    public string? Address { get; init; }
    public JsonElement CustomFields { get; init; }
    public bool IsDeleted { get; init; }
    public required string OrganizationName { get; init; }
    public string? OrganizationPhone { get; init; }
    public string? OrganizationAddress { get; init; }
    public required string Country { get; init; }
    public required string Timezone { get; init; }

    /// <summary>Why nothing more goes to the e-mail address; null when it may.</summary>
    public string? EmailSuppressed { get; init; }
    public string? PhoneSuppressed { get; init; }

    private const string Sql = """
        select c.id as contact_id, c.first_name, c.last_name, c.name as contact_name, c.email, c.phone, c.company, c.job_title, c.address, c.custom_fields,
               c.deleted_at is not null as is_deleted,
               o.name as organization_name, o.contact_phone as organization_phone, o.address as organization_address, o.country, o.timezone,
               (select s.reason
                from suppressions s
                where s.organization_id = c.organization_id and s.channel = 'email' and s.address = lower(c.email)) as email_suppressed,
               (select s.reason
                from suppressions s
                where s.organization_id = c.organization_id and s.channel = 'sms' and s.address = c.phone) as phone_suppressed
        from contacts c
        join organizations o on o.id = c.organization_id
        where c.organization_id = @OrganizationId
          and c.id = @ContactId
        """;

    public static async Task<InvoicePaper> Find(Db db, Scope scope, Guid contactId, CancellationToken ct) =>
        (await db.Find<InvoicePaper>(scope, Sql, new { ContactId = contactId }, ct))!;

    public static async Task<InvoicePaper> Find(DbTransaction tx, Guid contactId) => (await tx.Find<InvoicePaper>(Sql, new { ContactId = contactId }))!;

    /// <summary>The lines of the recipient's address.</summary>
    public IEnumerable<string> Recipient =>
        new[] { ContactName, Company == ContactName ? null : Company, Address, Email }.OfType<string>().SelectMany(Lines).Where(line => line.Length > 0);

    /// <summary>The lines of the sender's address below its name.</summary>
    public IEnumerable<string> Sender =>
        new[] { OrganizationAddress, OrganizationPhone }.OfType<string>().SelectMany(Lines).Where(line => line.Length > 0);

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.TrimEntries);
}
