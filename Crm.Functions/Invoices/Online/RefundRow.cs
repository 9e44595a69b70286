using Crm.Shared.Database;

namespace Crm.Functions.Invoices.Online;

/// <summary>What Stripe was asked to give back, or has given back by itself.</summary>
internal sealed record RefundRow(
    Guid Id, Guid InvoiceId, Guid PaymentId, string? ProviderId, decimal Amount, string Currency, string? Reason, string Status, Guid? EntryId, Guid? ActorId,
    DateTimeOffset AskedAt, DateTimeOffset? CheckedAt)
{
    /// <summary>Asked for, and not answered yet: it may have been given.</summary>
    public const string Created = "created";

    /// <summary>Nothing was given, as far as is known.</summary>
    public const string Refused = "refused";

    /// <summary>It stands in the ledger.</summary>
    public const string Accepted = "accepted";

    /// <summary>It came back, by Stripe's word.</summary>
    public const string Failed = "failed";

    private const string Columns =
        "id, invoice_id, payment_id, provider_id, amount, currency, reason, status, entry_id, actor_id, asked_at, checked_at";

    private const string OpenSql = $"""
        select {Columns}
        from payment_refunds
        where organization_id = @OrganizationId
          and payment_id = @PaymentId
          and status = 'created'
        order by id
        """;

    private const string OpenOfInvoiceSql = $"""
        select {Columns}
        from payment_refunds
        where organization_id = @OrganizationId
          and invoice_id = @InvoiceId
          and status = 'created'
        order by id
        """;

    private const string LockSql = $"""
        select {Columns}
        from payment_refunds
        where organization_id = @OrganizationId
          and id = @Id
        for no key update
        """;

    private const string InsertSql = """
        insert into payment_refunds (organization_id, id, invoice_id, payment_id, provider_id, amount, currency, reason, actor_id, created_at, asked_at)
        values (@OrganizationId, @Id, @InvoiceId, @PaymentId, @ProviderId, @Amount, @Currency, @Reason, @ActorId, @Now, @Now)
        """;

    private const string ByProviderIdSql = """
        select id
        from payment_refunds
        where organization_id = @OrganizationId
          and provider_id = @ProviderId
        """;

    private const string SaveSql = """
        update payment_refunds
        set provider_id = @ProviderId, status = @Status, entry_id = @EntryId, error = @Error, asked_at = @AskedAt, checked_at = @Now,
            settled_at = case when @Status <> 'created' then coalesce(settled_at, @Now) end
        where organization_id = @OrganizationId
          and id = @Id
        """;

    private const string PaymentSql = """
        select n.provider_id
        from payments p
        join payment_intents n on n.organization_id = p.organization_id and n.id = p.intent_id
        where p.organization_id = @OrganizationId
          and p.id = @PaymentId
        """;

    public static Task<List<RefundRow>> Open(DbTransaction tx, Guid paymentId) => tx.List<RefundRow>(OpenSql, new { PaymentId = paymentId });

    public static Task<List<RefundRow>> OpenOf(Db db, Scope scope, Guid invoiceId, CancellationToken ct) =>
        db.List<RefundRow>(scope, OpenOfInvoiceSql, new { InvoiceId = invoiceId }, ct);

    public static Task<RefundRow?> Lock(DbTransaction tx, Guid id) => tx.Find<RefundRow>(LockSql, new { Id = id });

    public static async Task<RefundRow?> LockNamed(DbTransaction tx, string providerId) =>
        await tx.Find<Guid?>(ByProviderIdSql, new { ProviderId = providerId }) is { } id ? await Lock(tx, id) : null;

    public static async Task<RefundRow> Insert(DbTransaction tx, RefundRow row)
    {
        await tx.Execute(InsertSql, new { row.Id, row.InvoiceId, row.PaymentId, row.ProviderId, row.Amount, row.Currency, row.Reason, row.ActorId, tx.Now });
        return row;
    }

    /// <summary>What Stripe calls the payment that is given back.</summary>
    public async Task<string> Intent(Db db, Scope scope, CancellationToken ct) =>
        (await db.Find<string>(scope, PaymentSql, new { PaymentId }, ct))!;

    public Task Save(DbTransaction tx, string? error = null) =>
        tx.Execute(SaveSql, new { Id, ProviderId, Status, EntryId, Error = error, AskedAt, tx.Now });
}
