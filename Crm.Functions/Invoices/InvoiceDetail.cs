using System.Text.Json;
using System.Text.Json.Serialization;
using Crm.Functions.Auth;
using Crm.Shared.Database;
using Crm.Shared.Invoicing;

namespace Crm.Functions.Invoices;

/// <summary>A single invoice, with its lines and what was paid.</summary>
public sealed record InvoiceDetail : Invoice
{
    /// <summary>What is charged.</summary>
    [JsonPropertyOrder(1)]
    public IReadOnlyList<InvoiceItem> Items
    {
        get => field ??= Parse<InvoiceItem>(ItemsJson);
        init;
    }

    /// <summary>The tax of each rate.</summary>
    [JsonPropertyOrder(1)]
    public IReadOnlyList<InvoiceTax> Taxes => InvoiceSums.Of(Items.Select(item => item.Line)).Taxes;

    /// <summary>Payments, refunds and credit notes, the oldest first.</summary>
    [JsonPropertyOrder(1)]
    public IReadOnlyList<Payment> Payments => Parse<Payment>(PaymentsJson);

    /// <summary>What is on its way from the customer's bank: not paid yet, and may still fail.</summary>
    [JsonPropertyOrder(1)]
    public required decimal PendingAmount { get; init; }

    /// <summary>The page at which the customer sees it; null while it is a draft.</summary>
    [JsonPropertyOrder(1)]
    public string? PublicUrl { get; init; }

    internal byte[] TokenHash { get; init; } = [];
    internal string? ItemsJson { get; init; }
    internal string? PaymentsJson { get; init; }

    private static T[] Parse<T>(string? json) => json is null ? [] : JsonSerializer.Deserialize<T[]>(json, JsonSerializerOptions.Web)!;

    private const string Sql = $"""
        select {Columns}, i.token_hash,
               (select json_agg(json_build_object('id', x.id, 'productId', x.product_id, 'description', x.description, 'quantity', trim_scale(x.quantity),
                                                  'unitPrice', x.unit_price, 'discount', trim_scale(x.discount), 'taxRate', trim_scale(x.tax_rate),
                                                  'amount', x.amount) order by x.position)
                from invoice_items x
                where x.organization_id = i.organization_id and x.invoice_id = i.id)::text as items_json,
               (select json_agg({Payment.JsonSql} order by p.created_at, p.id)
                from payments p
                where p.organization_id = i.organization_id and p.invoice_id = i.id)::text as payments_json,
               (select coalesce(sum(n.amount), 0.00)
                from payment_intents n
                where n.organization_id = i.organization_id and n.invoice_id = i.id and n.status = 'processing') as pending_amount
        from invoices i
        {Joins}
        where i.organization_id = @OrganizationId
          and i.id = @Id
          and i.deleted_at is null
          and (@OwnerId::uuid is null or i.creator_id = @OwnerId)
        """;

    /// <summary>One invoice by id as it stands on a day, within the scope.</summary>
    public static Task<InvoiceDetail?> Find(Db db, Scope scope, Guid id, DateOnly today, CancellationToken ct) =>
        db.Find<InvoiceDetail>(scope, Sql, new { Id = id, Today = today }, ct);

    /// <summary>The invoice after a change, with its public address.</summary>
    public static async Task<InvoiceDetail> Read(DbTransaction tx, Guid id, Caller caller, InvoiceLinks links) =>
        links.Shown((await tx.Find<InvoiceDetail>(Sql, new { Id = id, Today = caller.Today(tx.Now) }))!);
}

/// <summary>A line of an invoice.</summary>
/// <param name="Id">The line.</param>
/// <param name="ProductId">The product, if it was one of the catalogue; the line keeps what it was sold as.</param>
/// <param name="Description">What is sold.</param>
/// <param name="Quantity">How many, up to four places.</param>
/// <param name="UnitPrice">The price of one.</param>
/// <param name="Discount">In percent.</param>
/// <param name="TaxRate">In percent.</param>
/// <param name="Amount">quantity × unitPrice × (1 − discount / 100), to two places, halves away from zero; without tax.</param>
public sealed record InvoiceItem(
    Guid Id, Guid? ProductId, string Description, decimal Quantity, decimal UnitPrice, decimal Discount, decimal TaxRate, decimal Amount)
{
    internal InvoiceLine Line => new(Quantity, UnitPrice, Discount, TaxRate);
}
