namespace Crm.Functions.Invoices;

/// <summary>An entry of an invoice's ledger.</summary>
/// <param name="Id">The entry.</param>
/// <param name="Kind">payment, refund or credit_note.</param>
/// <param name="Number">A credit note's own number.</param>
/// <param name="Amount">What it lowers the remaining amount by: negative for a refund, positive for one that failed afterwards.</param>
/// <param name="PaymentMethod">cash, check, credit_card, bank_transfer, paypal, stripe or other; none for a credit note.</param>
/// <param name="PaymentDate">The day on which it happened.</param>
/// <param name="Reference">The number of a check or transfer.</param>
/// <param name="Provider">stripe when it was paid online.</param>
/// <param name="RefundOf">The payment that was given back.</param>
/// <param name="RefundedAmount">What of a payment was given back, without what failed.</param>
/// <param name="RecordedById">The user who entered it; null when the provider told us.</param>
public sealed record Payment(
    Guid Id, Guid InvoiceId, string Kind, string? Number, decimal Amount, string Currency, string? PaymentMethod, DateOnly PaymentDate, string? Reference,
    string? Notes, string? Provider, Guid? RefundOf, decimal RefundedAmount, Guid? RecordedById, DateTimeOffset CreatedAt)
{
    public const string PaymentKind = "payment";
    public const string RefundKind = "refund";
    public const string CreditNoteKind = "credit_note";

    /// <summary>In SQL, the entry <c>p</c> as JSON.</summary>
    public const string JsonSql = $"""
        json_build_object('id', p.id, 'invoiceId', p.invoice_id, 'kind', p.kind, 'number', p.number, 'amount', p.amount, 'currency', p.currency,
                          'paymentMethod', p.method, 'paymentDate', p.payment_date, 'reference', p.reference, 'notes', p.notes, 'provider', p.provider,
                          'refundOf', p.refund_of, 'refundedAmount', {RefundedSql}, 'recordedById', p.actor_id, 'createdAt', p.created_at)
        """;

    /// <summary>In SQL, what of the payment <c>p</c> was given back.</summary>
    public const string RefundedSql =
        "(select coalesce(-sum(r.amount), 0.00) from payments r where r.organization_id = p.organization_id and r.refund_of = p.id)";

    private const string Columns = $"""
        p.id, p.invoice_id, p.kind, p.number, p.amount, p.currency, p.method as payment_method, p.payment_date, p.reference, p.notes, p.provider, p.refund_of,
        {RefundedSql} as refunded_amount, p.actor_id as recorded_by_id, p.created_at
        """;

    public const string OfInvoiceSql = $"""
        select {Columns}
        from payments p
        where p.organization_id = @OrganizationId
          and p.invoice_id = @InvoiceId
        order by p.created_at, p.id
        """;

    public const string ByIdSql = $"""
        select {Columns}
        from payments p
        where p.organization_id = @OrganizationId
          and p.id = @Id
        """;
}
