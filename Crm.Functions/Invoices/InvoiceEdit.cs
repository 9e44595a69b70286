using Crm.Functions.Auth;
using Crm.Functions.Invoices.Online;
using Crm.Functions.Timeline;
using Crm.Shared.Database;
using Crm.Shared.Invoicing;

namespace Crm.Functions.Invoices;

/// <summary>What a request makes of an invoice.</summary>
/// <param name="After">The invoice as it will be.</param>
/// <param name="Lines">Its new lines; null when it keeps those it has.</param>
/// <param name="Changes">What of it the timeline shows, apart from its state.</param>
/// <param name="PaysRest">Whether what is left is to be entered as paid.</param>
internal sealed record InvoiceEdit(InvoiceRow After, IReadOnlyList<InvoiceItems.Line>? Lines, Change[] Changes, bool PaysRest)
{
    /// <summary>What a change can touch and the timeline shows.</summary>
    private sealed record Shown(
        Guid ContactId, DateOnly IssueDate, DateOnly DueDate, string? Notes, string? Terms, string PaymentTerms, string Currency, decimal Total, string[] Items)
    {
        public static Shown Of(InvoiceRow invoice, IReadOnlyList<InvoiceItems.Line> lines) => new(
            invoice.ContactId, invoice.IssueDate, invoice.DueDate, invoice.Notes, invoice.Terms, invoice.PaymentTerms, invoice.Currency, invoice.Total,
            [.. lines.Select(line => line.ToString())]);
    }

    /// <summary>What a request makes of a locked invoice, or why it cannot be.</summary>
    public static async Task<(InvoiceEdit? Edit, Error? Fault)> Of(DbTransaction tx, Caller caller, InvoiceRow before, UpdateInvoice.Request request)
    {
        if (before.Status == InvoiceStates.Paid)
            return (null, Errors.InvoicePaid);
        var wanted = request.Status.Value?.ToLowerInvariant();
        if (before.Status == InvoiceStates.Cancelled)
            return (null, wanted is null or InvoiceStates.Cancelled ? Errors.InvoiceCancelled : Errors.InvalidStatusTransition);

        var lines = await InvoiceItems.Of(tx, before.Id);
        var (after, edited, fault) = await Edited(tx, caller, before, lines, request);
        if (fault is not null)
            return (null, fault);
        var changes = Change.Between(Shown.Of(before, lines), Shown.Of(after, edited));
        (after, fault) = Turned(tx, caller, after, wanted);
        return fault is not null ? (null, fault) : (new(after, edited == lines ? null : edited, changes, wanted == InvoiceStates.Paid && after.Rest > 0), null);
    }

    private static async Task<(InvoiceRow After, IReadOnlyList<InvoiceItems.Line> Lines, Error? Fault)> Edited(
        DbTransaction tx, Caller caller, InvoiceRow before, IReadOnlyList<InvoiceItems.Line> lines, UpdateInvoice.Request request)
    {
        var (contactId, productsJson) = (before.ContactId, (string?)null);
        if (request.ContactId.Or(contactId) != contactId || request.Items.IsSet)
        {
            var parties = await InvoiceParties.Find(tx, caller, request.ContactId.Or(contactId)!.Value, before.Id, request.Items.Value ?? []);
            if (parties.ContactId != contactId && parties.ContactFault is { } contactFault)
                return (before, lines, contactFault);
            (contactId, productsJson) = (parties.ContactId ?? contactId, parties.ProductsJson);
        }

        var currency = request.Currency.Or(before.Currency).ToUpperInvariant();
        if (currency != before.Currency && before.Covered != 0)
            return (before, lines, Error.Invalid("currency", $"Something was paid in {before.Currency} already: the currency stays."));
        if (currency != before.Currency && await Intents.AreLive(tx, before.Id))
            return (before, lines, Error.Invalid("currency", $"A payment in {before.Currency} has been begun online: the currency stays while it is open."));
        if (request.Items.IsSet)
        {
            (lines, var itemFault) = InvoiceLines.Complete(currency, productsJson, request.Items.Value!);
            if (itemFault is not null)
                return (before, lines, itemFault);
        }

        var terms = request.PaymentTerms.Or(before.PaymentTerms).Trim();
        var issued = request.IssueDate.Value?.DateIn(caller.Zone) ?? before.IssueDate;
        var due = request.DueDate.Value?.DateIn(caller.Zone)
            ?? (request.PaymentTerms.IsSet && PaymentTerms.Days(terms) is { } days ? issued.AddDays(days) : before.DueDate);
        if (InvoiceRules.DateFault(issued, due) is { } dateFault)
            return (before, lines, dateFault);

        var sums = InvoiceSums.Of(lines.Select(line => line.Sum));
        if (sums.Total < before.Covered)
            return (before, lines, Errors.TotalBelowPaid);
        return (before with
        {
            ContactId = contactId,
            Currency = currency,
            IssueDate = issued,
            DueDate = due,
            PaymentTerms = terms,
            Notes = Fields.Text(request.Notes.Or(before.Notes)),
            Terms = Fields.Text(request.Terms.Or(before.Terms)),
            Subtotal = sums.Subtotal,
            DiscountTotal = sums.DiscountTotal,
            TaxTotal = sums.TaxTotal,
            Total = sums.Total,
            // Another due date is a reason to tell and remind anew.
            OverdueAt = due == before.DueDate ? before.OverdueAt : null,
            Reminder = due == before.DueDate ? before.Reminder : (short)ReminderSteps.Reached(due, caller.Today(tx.Now)),
        }, lines, null);
    }

    private static (InvoiceRow After, Error? Fault) Turned(DbTransaction tx, Caller caller, InvoiceRow invoice, string? wanted)
    {
        var today = caller.Today(tx.Now);
        // A total that fell to what was paid already, and one of nothing: paid without another payment.
        if (invoice.Rest == 0 && (invoice.Covered > 0 || wanted == InvoiceStates.Paid))
            return (invoice with { Status = InvoiceStates.Paid, PaidAt = tx.Now }, null);
        var stands = InvoiceStates.Effective(invoice.Status, invoice.DueDate, today);
        if (wanted is null or InvoiceStates.Paid || wanted == stands || wanted == invoice.Status)
            return (invoice, null);
        if (!InvoiceStates.CanBecome(stands, wanted))
            return (invoice, Errors.InvalidStatusTransition);
        if (wanted is InvoiceStates.Draft or InvoiceStates.Cancelled && invoice.Covered != 0)
            return (invoice, Errors.InvoiceHasPayments);
        return (wanted switch
        {
            InvoiceStates.Sent => invoice.AsSent(tx.Now, today),
            InvoiceStates.Draft => invoice with { Status = wanted, SentAt = null, OverdueAt = null, Reminder = 0 },
            _ => invoice with { Status = wanted, CancelledAt = tx.Now },
        }, null);
    }
}
