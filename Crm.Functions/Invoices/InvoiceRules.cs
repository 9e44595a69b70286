using System.Globalization;
using Crm.Shared.Invoicing;

namespace Crm.Functions.Invoices;

/// <summary>Refusals that several changes of an invoice share.</summary>
internal static class InvoiceRules
{
    private const int FirstYear = 1900;
    private const int LastYear = 2999;

    /// <summary>What is wrong with the dates of an invoice; null when nothing is.</summary>
    public static Error? DateFault(DateOnly issued, DateOnly due) =>
        issued.Year is < FirstYear or > LastYear ? Error.Invalid("issueDate", $"issueDate must be from {FirstYear} to {LastYear}.")
        : due < issued ? Error.Invalid("dueDate", "dueDate must not be before issueDate.")
        : null;

    public static Error DatesReversed => Error.Invalid("dateFrom", "dateFrom must not be after dateTo.");

    /// <summary>When an invoice is due that does not say so itself.</summary>
    public static DateOnly Due(DateOnly issued, string terms) => issued.AddDays(PaymentTerms.Days(terms) ?? PaymentTerms.DefaultDays);

    /// <summary>Why nothing more is written of this invoice; null while it is open.</summary>
    public static Error? Closed(InvoiceRow invoice) => invoice.Status switch
    {
        InvoiceStates.Paid => Errors.InvoicePaid,
        InvoiceStates.Cancelled => Errors.InvoiceCancelled,
        _ => null,
    };

    public static Error TooMuch(Error error, decimal most, string currency) => error with
    {
        Message = string.Create(CultureInfo.InvariantCulture, $"{error.Message} At most {most:0.00} {currency}."),
        Facts = new(StringComparer.Ordinal) { ["most"] = most },
    };
}
