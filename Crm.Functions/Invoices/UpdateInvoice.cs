using Crm.Functions.Auth;
using Crm.Functions.Invoices.Online;
using Crm.Functions.Timeline;
using Crm.Shared.Database;
using Crm.Shared.Invoicing;

namespace Crm.Functions.Invoices;

public static class UpdateInvoice
{
    /// <summary>Any of the fields of a new invoice: an absent one stays as it is, null clears it.</summary>
    [ValidatableType]
    public sealed record Request : IPatch
    {
        public static Request Example => new() { Notes = "Delivered on Monday.", PaymentTerms = "Net 45" };

        /// <summary>Whom it is for; one the caller may see.</summary>
        [Needed]
        public Optional<Guid?> ContactId { get; init; }

        /// <summary>What is charged, in place of all there is.</summary>
        [Needed]
        public Optional<InvoiceItems.Request?[]?> Items { get; init; }

        /// <summary>The day it is written. The number stays as it is.</summary>
        [Needed, Date]
        public Optional<ClientTime?> IssueDate { get; init; }

        /// <summary>Not before the issue date.</summary>
        [Needed, Date]
        public Optional<ClientTime?> DueDate { get; init; }

        /// <summary>What the customer should know.</summary>
        [Text(5000)]
        public Optional<string?> Notes { get; init; }

        /// <summary>What is printed below it.</summary>
        [Text(5000)]
        public Optional<string?> Terms { get; init; }

        /// <summary>"Net" and a number of days set the due date, when no other is given.</summary>
        [Needed, Text(100)]
        public Optional<string> PaymentTerms { get; init; }

        /// <summary>USD, EUR, GBP, CAD or AUD; fixed once something was paid.</summary>
        [Needed, Currency]
        public Optional<string> Currency { get; init; }

        /// <summary>draft, sent or cancelled; paid records a manual payment of the rest.</summary>
        [Needed, OneOf(InvoiceStates.Draft, InvoiceStates.Sent, InvoiceStates.Paid, InvoiceStates.Overdue, InvoiceStates.Cancelled)]
        public Optional<string> Status { get; init; }
    }

    /// <summary>Changes an invoice that is not paid, or its state.</summary>
    /// <remarks>
    /// Totals follow from the items. A draft becomes sent (without a message: <c>POST /invoices/{id}/send</c> writes one) or cancelled; a sent or overdue one
    /// cancelled or, with nothing paid, a draft again; <c>{"status":"paid"}</c> enters a payment of what is left. With <c>If-Match</c> the change happens
    /// only to that version, else 409 VERSION_CONFLICT.
    /// </remarks>
    [Function("UpdateInvoice"), Tags("Invoices"), Allow(Permission.WriteInvoices)]
    public static Task<Reply<InvoiceDetail>> Handle(
        [HttpTrigger(Anonymous, "patch", Route = "invoices/{id:guid}")] Request request,
        Guid id, HttpContext context, Caller caller, Db db, InvoiceLinks links, CancellationToken ct) =>
        db.Transaction<Reply<InvoiceDetail>>(caller.Scope, async tx =>
        {
            if (await InvoiceRow.Lock(tx, id) is not { } before)
                return await Access.Refusal(tx, Owned.Invoice, id, Errors.InvoiceNotFound);
            if (Etag.Conflict(context, before.Version) is { } conflict)
                return conflict;
            var (edit, fault) = await InvoiceEdit.Of(tx, caller, before, request);
            if (edit is null)
                return fault!;

            await Save(tx, caller, before, edit);
            if (edit.PaysRest)
                await Ledger.PayRest(tx, caller, edit.After);
            var invoice = await InvoiceDetail.Read(tx, id, caller, links);
            return Reply<InvoiceDetail>.Live(invoice, invoice.Version);
        }, ct);

    private static async Task Save(DbTransaction tx, Caller caller, InvoiceRow before, InvoiceEdit edit)
    {
        var after = edit.After;
        if (edit.Lines is not null)
            await InvoiceItems.Save(tx, after.Id, edit.Lines);
        if (after != before)
            await after.Save(tx);
        // What was asked of a customer before the total changed is asked no more.
        if (after.Total != before.Total || after.Status != before.Status)
            await Intents.Recheck(tx, after.Id, isStale: after.Total != before.Total);
        if (edit.Changes.Length > 0)
            await InvoiceJournal.Record(
                tx, caller.UserId, after.Id, after.ContactId, "updated", $"Invoice {after.Number} updated",
                changes: edit.Changes, facts: new { fields = edit.Changes.Select(change => change.Field) });
        if (after.Status != before.Status)
            await InvoiceJournal.Record(
                tx, caller.UserId, after.Id, after.ContactId, after.Status == InvoiceStates.Draft ? "reopened" : after.Status, Title(after),
                changes: [new Change("status", before.Status, after.Status)]);
    }

    private static string Title(InvoiceRow invoice) => invoice.Status switch
    {
        InvoiceStates.Draft => $"Invoice {invoice.Number} is a draft again",
        InvoiceStates.Sent => $"Invoice {invoice.Number} marked as sent",
        InvoiceStates.Paid => $"Invoice {invoice.Number} is paid",
        _ => $"Invoice {invoice.Number} cancelled",
    };
}
