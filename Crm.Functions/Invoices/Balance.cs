using System.Globalization;
using Crm.Shared.Invoicing;

namespace Crm.Functions.Invoices;

/// <summary>How much of an invoice is paid.</summary>
/// <param name="Status">draft, sent, paid, overdue or cancelled.</param>
/// <param name="PaymentStatus">unpaid, partial or paid.</param>
/// <param name="Total">What the invoice comes to.</param>
/// <param name="AmountPaid">Money received, less what was given back.</param>
/// <param name="AmountCredited">What credit notes took off.</param>
/// <param name="RemainingAmount">What is still to be paid; 0 once cancelled.</param>
/// <param name="Overpaid">Whether more came in than is owed.</param>
public sealed record Balance(
    Guid Id, string Number, string Status, string PaymentStatus, string Currency, decimal Total, decimal AmountPaid, decimal AmountCredited,
    decimal RemainingAmount, bool Overpaid)
{
    internal static Balance Of(InvoiceRow invoice, DateOnly today) => new(
        invoice.Id, invoice.Number, InvoiceStates.Effective(invoice.Status, invoice.DueDate, today),
        InvoiceStates.Payment(invoice.Status, invoice.Total, invoice.Covered), invoice.Currency, invoice.Total, invoice.AmountPaid, invoice.AmountCredited,
        invoice.Status == InvoiceStates.Cancelled ? 0.00m : invoice.Rest, invoice.Overpaid);
}

/// <summary>Amounts in words for people.</summary>
internal static class Amounts
{
    /// <summary>1,500.00</summary>
    public static string Of(decimal amount) => amount.ToString("N2", CultureInfo.InvariantCulture);

    /// <summary>1,500.00 USD</summary>
    public static string Of(decimal amount, string currency) => $"{Of(amount)} {currency}";

    /// <summary>November 29, 2026</summary>
    public static string Day(DateOnly day) => day.ToString("MMMM d, yyyy", CultureInfo.InvariantCulture);
}
