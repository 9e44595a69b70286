using Crm.Shared.Database;

namespace Crm.Functions.Invoices.Online;

/// <summary>A payment that was begun online, as our row knows it.</summary>
internal sealed record IntentRow(
    Guid Id, Guid InvoiceId, string? ProviderId, decimal Amount, string Currency, string Status, string? Error, DateTimeOffset CreatedAt)
{
    /// <summary>Written before Stripe is asked, and Stripe's answer is not here yet: nobody can pay it.</summary>
    public const string Created = "created";
    public const string Open = "open";
    public const string Processing = "processing";
    public const string Succeeded = "succeeded";

    /// <summary>Stripe did not make it.</summary>
    public const string Failed = "failed";
    public const string Canceled = "canceled";

    private const string Columns = "id, invoice_id, provider_id, amount, currency, status, error, created_at";

    private const string LiveSql = $"""
        select {Columns}
        from payment_intents
        where organization_id = @OrganizationId
          and invoice_id = @InvoiceId
          and status in ('created', 'open', 'processing')
        order by id
        """;

    private const string LockSql = $"""
        select {Columns}
        from payment_intents
        where organization_id = @OrganizationId
          and id = @Id
        for no key update
        """;

    private const string InsertSql = """
        insert into payment_intents (organization_id, id, invoice_id, amount, currency, creator_id, created_at)
        values (@OrganizationId, @Id, @InvoiceId, @Amount, @Currency, @CreatorId, @Now)
        """;

    // Only while it is still wanted: it may have been given up meanwhile.
    private const string AttachSql = """
        update payment_intents
        set provider_id = @ProviderId, status = 'open'
        where organization_id = @OrganizationId
          and id = @Id
          and status = 'created'
        """;

    private const string GiveUpSql = """
        update payment_intents
        set status = @Status, error = @Error, settled_at = @Now
        where organization_id = @OrganizationId
          and id = @Id
          and status = 'created'
        """;

    private const string SaveSql = """
        update payment_intents
        set provider_id = @ProviderId, status = @Status, error = @Error, checked_at = @Now,
            settled_at = case when @Status in ('succeeded', 'canceled') then coalesce(settled_at, @Now) end
        where organization_id = @OrganizationId
          and id = @Id
        """;

    // By another account's key, or a test's, there is none: it will never be paid.
    private const string ForgetSql = """
        update payment_intents
        set status = 'canceled', error = 'Stripe does not know it.', settled_at = @Now
        where organization_id = @OrganizationId
          and id = @Id
          and status in ('open', 'processing')
        """;

    /// <summary>Those of an invoice that may still bring money.</summary>
    public static Task<List<IntentRow>> Live(DbTransaction tx, Guid invoiceId) => tx.List<IntentRow>(LiveSql, new { InvoiceId = invoiceId });

    public static Task<IntentRow?> Lock(DbTransaction tx, Guid id) => tx.Find<IntentRow>(LockSql, new { Id = id });

    public static async Task<IntentRow> Insert(DbTransaction tx, InvoiceRow invoice, decimal amount, Guid? creatorId)
    {
        var row = new IntentRow(Guid.CreateVersion7(tx.Now), invoice.Id, null, amount, invoice.Currency, Created, null, tx.Now);
        await tx.Execute(InsertSql, new { row.Id, row.InvoiceId, row.Amount, row.Currency, CreatorId = creatorId, tx.Now });
        return row;
    }

    /// <summary>Writes down what Stripe calls it; false when it was given up meanwhile.</summary>
    public async Task<bool> Attach(Db db, Scope scope, string providerId, CancellationToken ct) =>
        await db.Execute(scope, AttachSql, new { Id, ProviderId = providerId }, ct) == 1;

    /// <summary>Gives up one that Stripe has not answered for: whatever Stripe made of it, nobody has its secret.</summary>
    public Task GiveUp(Db db, Scope scope, string status, string? error, CancellationToken ct) =>
        db.Execute(scope, GiveUpSql, new { Id, Status = status, Error = error, db.Now }, ct);

    public Task GiveUp(DbTransaction tx) => tx.Execute(GiveUpSql, new { Id, Status = Canceled, Error = (string?)null, tx.Now });

    /// <summary>Of one that Stripe does not know.</summary>
    public Task Forget(Db db, Scope scope, CancellationToken ct) => db.Execute(scope, ForgetSql, new { Id, db.Now }, ct);

    public Task Save(DbTransaction tx) => tx.Execute(SaveSql, new { Id, ProviderId, Status, Error, tx.Now });
}
