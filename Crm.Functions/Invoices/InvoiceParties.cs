using Crm.Functions.Auth;
using Crm.Functions.Contacts;
using Crm.Shared.Database;

namespace Crm.Functions.Invoices;

/// <summary>Whom an invoice is to be for, what is to be on it and what the organisation says of it, in one trip.</summary>
internal sealed record InvoiceParties
{
    /// <summary>The organisation's currency.</summary>
    public required string Currency { get; init; }
    public required string OrganizationName { get; init; }
    public string? InvoicePrefix { get; init; }

    /// <summary>The contact that the id given stands for now; null when there is no such contact.</summary>
    public Guid? ContactId { get; init; }
    public string? ContactName { get; init; }
    public string? ContactEmail { get; init; }
    public string? ContactStatus { get; init; }
    public bool ContactIsVisible { get; init; }
    public string? ProductsJson { get; init; }
    public string? CallerFirstName { get; init; }
    public string? CallerLastName { get; init; }

    // The contact is held, so that it is not merged away before the invoice points to it. Whoever asks holds the deal and the invoice already.
    private const string Sql = $"""
        with contact as (
            select id, name, email, status, owner_id
            from contacts
            where organization_id = @OrganizationId and id = {ContactAccess.StandsFor} and merged_into is null
            for key share)
        select o.currency, o.name as organization_name, o.invoice_prefix, c.id as contact_id, c.name as contact_name, c.email as contact_email,
               c.status as contact_status,
               c.id is not null and (@OwnerId::uuid is null or c.owner_id is not distinct from @OwnerId) as contact_is_visible,
               {InvoiceItems.ProductsSql} as products_json, u.first_name as caller_first_name, u.last_name as caller_last_name
        from organizations o
        join users u on u.organization_id = o.id and u.id = @UserId
        left join contact c on true
        where o.id = @OrganizationId
        """;

    /// <param name="tx">The transaction.</param>
    /// <param name="caller">Who asks.</param>
    /// <param name="contactId">The contact.</param>
    /// <param name="invoiceId">The invoice as it is, whose products may be deleted ones.</param>
    /// <param name="items">What names products.</param>
    public static async Task<InvoiceParties> Find(DbTransaction tx, Caller caller, Guid contactId, Guid invoiceId, IReadOnlyList<InvoiceItems.Request?> items)
    {
        var args = new { caller.UserId, ContactId = contactId, InvoiceId = invoiceId, ProductIds = InvoiceItems.ProductIds(items) };
        var parties = (await tx.Find<InvoiceParties>(Sql, args))!;
        // A contact that was merged away at this very moment stands for another one now.
        return parties.ContactId is null ? (await tx.Find<InvoiceParties>(Sql, args))! : parties;
    }

    /// <summary>Why this contact cannot be an invoice's; null when it can.</summary>
    public Error? ContactFault =>
        ContactId is null ? Errors.ContactNotFound
        : !ContactIsVisible ? ContactAccess.Colleagues
        : ContactStatus == "inactive" ? Errors.ContactInactive
        : null;
}
