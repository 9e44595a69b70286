using Crm.Shared.Database;
using Crm.Shared.Invoicing;

namespace Crm.Functions.Invoices;

/// <summary>An invoice as it is before a change, locked until the transaction ends, and as the change leaves it.</summary>
internal sealed record InvoiceRow
{
    public required Guid Id { get; init; }
    public required string Number { get; init; }
    public required Guid ContactId { get; init; }
    public Guid? DealId { get; init; }
    public required Guid CreatorId { get; init; }

    /// <summary>As it is kept: draft, sent, paid or cancelled.</summary>
    public required string Status { get; init; }
    public required string Currency { get; init; }
    public required DateOnly IssueDate { get; init; }
    public required DateOnly DueDate { get; init; }
    public required decimal Subtotal { get; init; }
    public required decimal DiscountTotal { get; init; }
    public required decimal TaxTotal { get; init; }
    public required decimal Total { get; init; }
    public decimal AmountPaid { get; init; }
    public decimal AmountCredited { get; init; }
    public bool Overpaid { get; init; }
    public bool Disputed { get; init; }
    public string? Notes { get; init; }
    public string? Terms { get; init; }
    public required string PaymentTerms { get; init; }
    public required byte[] TokenHash { get; init; }
    public DateTimeOffset? SentAt { get; init; }
    public DateTimeOffset? PaidAt { get; init; }
    public DateTimeOffset? CancelledAt { get; init; }
    public DateTimeOffset? OverdueAt { get; init; }
    public short Reminder { get; init; }
    public DateTimeOffset? DeletedAt { get; init; }
    public required int Version { get; init; }

    /// <summary>Whether a payment has been begun online that nobody has made yet; known of one that was read again.</summary>
    public bool HasOpenIntents { get; init; }

    public decimal Covered => AmountPaid + AmountCredited;

    /// <summary>What is still to be paid, whatever became of the invoice.</summary>
    public decimal Rest => Math.Max(0.00m, Total - Covered);

    private const string Columns = """
        id, number, contact_id, deal_id, creator_id, status, currency, issue_date, due_date, subtotal, discount_total, tax_total, total, amount_paid,
        amount_credited, overpaid, disputed, notes, terms, payment_terms, token_hash, sent_at, paid_at, cancelled_at, overdue_at, reminder, deleted_at, version
        """;

    // Not the strongest lock: a payment may point to the invoice meanwhile, and waits only to settle it.
    private const string LockSql = $"""
        select {Columns}
        from invoices
        where organization_id = @OrganizationId
          and id = @Id
          and deleted_at is null
          and (@OwnerId::uuid is null or creator_id = @OwnerId)
        for no key update
        """;

    // Of facts about money nothing is lost, whatever became of the invoice.
    private const string LockAnySql = $"""
        select {Columns}
        from invoices
        where organization_id = @OrganizationId
          and id = @Id
        for no key update
        """;

    private const string ReadSql = $"""
        select {Columns},
               exists (
                   select from payment_intents n
                   where n.organization_id = @OrganizationId and n.invoice_id = @Id and n.status in ('created', 'open')) as has_open_intents
        from invoices
        where organization_id = @OrganizationId
          and id = @Id
        """;

    // Paid_on is the ledger's: of an invoice that a change makes paid, the day of its last payment.
    private const string SaveSql = """
        update invoices
        set contact_id = @ContactId, status = @Status, currency = @Currency, issue_date = @IssueDate, due_date = @DueDate, subtotal = @Subtotal,
            discount_total = @DiscountTotal, tax_total = @TaxTotal, total = @Total, notes = @Notes, terms = @Terms, payment_terms = @PaymentTerms,
            sent_at = @SentAt::timestamptz, paid_at = @PaidAt::timestamptz, cancelled_at = @CancelledAt::timestamptz, overdue_at = @OverdueAt::timestamptz,
            reminder = @Reminder, token_hash = @TokenHash, updated_at = @Now, version = version + 1,
            paid_on = case when @Status = 'paid' then (
                select max(p.payment_date)
                from payments p
                where p.organization_id = @OrganizationId and p.invoice_id = @Id and p.kind = 'payment') end
        where organization_id = @OrganizationId
          and id = @Id
        """;

    /// <summary>The invoice, locked, or null when the scope does not hold it.</summary>
    public static Task<InvoiceRow?> Lock(DbTransaction tx, Guid id) => tx.Find<InvoiceRow>(LockSql, new { Id = id });

    /// <summary>The invoice, locked, even a deleted one.</summary>
    public static Task<InvoiceRow?> LockAny(DbTransaction tx, Guid id) => tx.Find<InvoiceRow>(LockAnySql, new { Id = id });

    /// <summary>An invoice that is locked already, as the ledger has left it.</summary>
    public static async Task<InvoiceRow> Read(DbTransaction tx, Guid id) => (await tx.Find<InvoiceRow>(ReadSql, new { Id = id }))!;

    /// <summary>Marked as sent: reminders that were due before will not be written any more.</summary>
    public InvoiceRow AsSent(DateTimeOffset now, DateOnly today) => this with
    {
        Status = Status == InvoiceStates.Draft ? InvoiceStates.Sent : Status,
        SentAt = now,
        Reminder = Status == InvoiceStates.Draft ? (short)ReminderSteps.Reached(DueDate, today) : Reminder,
    };

    public Task Save(DbTransaction tx) => tx.Execute(SaveSql, new
    {
        Id,
        ContactId,
        Status,
        Currency,
        IssueDate,
        DueDate,
        Subtotal,
        DiscountTotal,
        TaxTotal,
        Total,
        Notes,
        Terms,
        PaymentTerms,
        SentAt,
        PaidAt,
        CancelledAt,
        OverdueAt,
        Reminder,
        TokenHash,
        tx.Now,
    });
}
