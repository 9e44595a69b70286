using Crm.Functions.Auth;
using Crm.Functions.Invoices.Online;
using Crm.Shared.Database;

namespace Crm.Functions.Invoices;

/// <summary>The entries of invoices' ledgers: the database itself settles the invoice with each.</summary>
internal static class Ledger
{
    /// <summary>The method of a payment that was entered by saying that the invoice is paid.</summary>
    private const string UnknownMethod = "other";

    private const string InsertSql = """
        insert into payments (organization_id, id, invoice_id, kind, number, amount, currency, method, payment_date, reference, notes, refund_of, actor_id,
                              created_at, provider, provider_ref, intent_id)
        select @OrganizationId, @Id, @InvoiceId, @Kind, @Number, @Amount, @Currency, @Method, @PaymentDate, @Reference, @Notes, @RefundOf, @ActorId, @Now,
               @Provider, @ProviderRef, @IntentId
        """;

    /// <summary>What is entered; the invoice is locked.</summary>
    public sealed record Entry(string Kind, decimal Amount, DateOnly PaymentDate)
    {
        public string? Number { get; init; }
        public string? Method { get; init; }
        public string? Reference { get; init; }
        public string? Notes { get; init; }
        public Guid? RefundOf { get; init; }
        public string? Provider { get; init; }

        /// <summary>The provider's id of what happened: it is entered once.</summary>
        public string? ProviderRef { get; init; }
        public Guid? IntentId { get; init; }
    }

    /// <summary>What became of an invoice by an entry.</summary>
    /// <param name="Payment">The entry.</param>
    /// <param name="Invoice">The invoice after it.</param>
    public sealed record Outcome(Payment Payment, Balance Invoice);

    public static Task<Outcome> Add(DbTransaction tx, Caller caller, InvoiceRow invoice, Entry entry) =>
        Add(tx, caller.UserId, caller.Today(tx.Now), invoice, entry);

    /// <param name="tx">The transaction.</param>
    /// <param name="actorId">Who enters it; null when the provider told us.</param>
    /// <param name="today">The day where the organisation is.</param>
    /// <param name="invoice">The invoice, locked.</param>
    /// <param name="entry">What is entered.</param>
    public static async Task<Outcome> Add(DbTransaction tx, Guid? actorId, DateOnly today, InvoiceRow invoice, Entry entry)
    {
        var id = Guid.CreateVersion7(tx.Now);
        await tx.Execute(InsertSql, new
        {
            Id = id,
            InvoiceId = invoice.Id,
            entry.Kind,
            entry.Number,
            entry.Amount,
            invoice.Currency,
            entry.Method,
            entry.PaymentDate,
            entry.Reference,
            entry.Notes,
            entry.RefundOf,
            ActorId = actorId,
            tx.Now,
            entry.Provider,
            entry.ProviderRef,
            entry.IntentId,
        });
        var payment = new Payment(
            id, invoice.Id, entry.Kind, entry.Number, entry.Amount, invoice.Currency, entry.Method, entry.PaymentDate, entry.Reference, entry.Notes,
            entry.Provider, entry.RefundOf, 0.00m, actorId, tx.Now);
        var after = await InvoiceRow.Read(tx, invoice.Id);
        if (after.HasOpenIntents)
            await Intents.Recheck(tx, invoice.Id);
        return new(payment, Balance.Of(after, today));
    }

    /// <summary>Enters a payment, and says so on the contact's timeline.</summary>
    public static async Task<Outcome> Pay(DbTransaction tx, Caller caller, InvoiceRow invoice, Entry entry)
    {
        var outcome = await Add(tx, caller, invoice, entry);
        await InvoiceJournal.RecordPayment(
            tx, caller.UserId, invoice.Id, invoice.ContactId, "recorded",
            $"Payment of {Amounts.Of(entry.Amount, invoice.Currency)} for invoice {invoice.Number}",
            outcome.Invoice.RemainingAmount is > 0 and var rest ? $"Still to be paid: {Amounts.Of(rest, invoice.Currency)}." : "The invoice is paid.",
            new { paymentId = outcome.Payment.Id, entry.Amount, invoice.Currency, entry.Method });
        return outcome;
    }

    /// <summary>Enters what is left as paid today.</summary>
    public static Task PayRest(DbTransaction tx, Caller caller, InvoiceRow invoice) =>
        Pay(tx, caller, invoice, new(Payment.PaymentKind, invoice.Rest, caller.Today(tx.Now)) { Method = UnknownMethod });
}
