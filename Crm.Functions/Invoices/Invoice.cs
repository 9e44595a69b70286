using Crm.Shared.Invoicing;

namespace Crm.Functions.Invoices;

/// <summary>The contact of an invoice, whose name and address are shown even to those who may not open the contact.</summary>
public sealed record InvoiceContact(Guid Id, string Name, string? Email);

/// <summary>An invoice, as clients see it.</summary>
public record Invoice
{
    public required Guid Id { get; init; }

    /// <summary>The prefix, the year of issue and a number without gaps: ABC-2024-0001.</summary>
    public required string Number { get; init; }

    /// <summary>The same as <c>number</c>.</summary>
    public string InvoiceNumber => Number;

    /// <summary>draft, sent, paid, overdue (sent, and its due date has passed where the organisation is) or cancelled.</summary>
    public required string Status { get; init; }

    /// <summary>unpaid, partial or paid: what its payments cover.</summary>
    public string PaymentStatus => InvoiceStates.Payment(Status, Total, AmountPaid + AmountCredited);
    public required Guid ContactId { get; init; }
    public InvoiceContact Contact => new(ContactId, ContactName, ContactEmail);
    public Guid? DealId { get; init; }

    /// <summary>Whose invoice it is: the user who made it, or who took it over.</summary>
    public required Guid CreatorId { get; init; }
    public OwnerBrief Creator => new(CreatorId, CreatorFirstName ?? "", CreatorLastName ?? "");

    /// <summary>USD, EUR, GBP, CAD or AUD: of all its amounts.</summary>
    public required string Currency { get; init; }

    /// <summary>The day it was written.</summary>
    public required DateOnly IssueDate { get; init; }

    /// <summary>The day on which it has to be paid.</summary>
    public required DateOnly DueDate { get; init; }

    /// <summary>The lines before discount and tax.</summary>
    public required decimal Subtotal { get; init; }

    /// <summary>What the lines' discounts take off.</summary>
    public required decimal DiscountTotal { get; init; }

    /// <summary>Rounded once for each rate.</summary>
    public required decimal TaxTotal { get; init; }

    /// <summary>subtotal − discountTotal + taxTotal.</summary>
    public required decimal Total { get; init; }

    /// <summary>Money received, less what was given back.</summary>
    public required decimal AmountPaid { get; init; }

    /// <summary>What credit notes took off.</summary>
    public required decimal AmountCredited { get; init; }

    /// <summary>What is still to be paid; 0 once cancelled.</summary>
    public decimal RemainingAmount => Status == InvoiceStates.Cancelled ? 0.00m : Math.Max(0.00m, Total - AmountPaid - AmountCredited);

    /// <summary>Whether more came in than is owed; of a cancelled one, anything.</summary>
    public required bool Overpaid { get; init; }

    /// <summary>Whether a payment of it is disputed with the customer's bank.</summary>
    public required bool Disputed { get; init; }
    public string? Notes { get; init; }

    /// <summary>What is printed below it.</summary>
    public string? Terms { get; init; }

    /// <summary>Such as Net 30.</summary>
    public required string PaymentTerms { get; init; }
    public DateTimeOffset? SentAt { get; init; }
    public DateTimeOffset? PaidAt { get; init; }
    public DateTimeOffset? CancelledAt { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Counts up with each change and each payment; the <c>ETag</c> of a single invoice.</summary>
    public required int Version { get; init; }

    internal string ContactName { get; init; } = "";
    internal string? ContactEmail { get; init; }
    internal string? CreatorFirstName { get; init; }
    internal string? CreatorLastName { get; init; }

    // Subqueries by key: as joins, a plan made for all values could read all contacts for a page of invoices.
    public const string Columns = $"""
        i.id, i.number, {InvoiceStates.EffectiveSql} as status, i.contact_id, i.deal_id, i.creator_id, i.currency, i.issue_date, i.due_date, i.subtotal,
        i.discount_total, i.tax_total, i.total, i.amount_paid, i.amount_credited, i.overpaid, i.disputed, i.notes, i.terms, i.payment_terms, i.sent_at,
        i.paid_at, i.cancelled_at, i.created_at, i.updated_at, i.version, ic.name as contact_name, ic.email as contact_email,
        iu.first_name as creator_first_name, iu.last_name as creator_last_name
        """;

    public const string Joins = """
        left join lateral (
            select c.name, c.email
            from contacts c
            where c.organization_id = i.organization_id and c.id = i.contact_id) ic on true
        left join users iu on iu.organization_id = i.organization_id and iu.id = i.creator_id
        """;
}
