using System.Globalization;
using Crm.Shared.Database;
using Crm.Shared.Invoicing;

namespace Crm.Functions.Invoices;

/// <summary>The lines of an invoice: products of the catalogue or anything else in words.</summary>
public static class InvoiceItems
{
    /// <param name="ProductId">A product; its name, price and tax rate are taken unless given.</param>
    /// <param name="Description">What is sold; required without a product.</param>
    /// <param name="Quantity">Above 0, at most four decimals; 1 by default.</param>
    /// <param name="UnitPrice">The price of one, at most two decimals; required without a product, and when its currency is not the invoice's.</param>
    /// <param name="TaxRate">In percent, 0 to 100, at most three decimals.</param>
    /// <param name="Discount">In percent, 0 to 100, at most three decimals.</param>
    /// <param name="Name">Another name for <c>description</c>.</param>
    /// <param name="Price">Another name for <c>unitPrice</c>.</param>
    /// <param name="Rate">Another name for <c>unitPrice</c>.</param>
    [ValidatableType]
    public sealed record Request(
        Guid? ProductId, string? Description, decimal? Quantity, decimal? UnitPrice, decimal? TaxRate = null, decimal? Discount = null,
        string? Name = null, decimal? Price = null, decimal? Rate = null);

    /// <summary>A line with nothing left open.</summary>
    public sealed record Line(Guid? ProductId, string Description, decimal Quantity, decimal UnitPrice, decimal Discount, decimal TaxRate)
    {
        internal InvoiceLine Sum => new(Quantity, UnitPrice, Discount, TaxRate);

        public decimal Amount => Sum.Amount;

        public override string ToString() => string.Create(
            CultureInfo.InvariantCulture,
            $"{Quantity:0.####} x {Description} at {UnitPrice:0.00}{Rate(" less ", Discount)}{Rate(" plus ", TaxRate)}");

        private static string Rate(string word, decimal rate) => rate == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"{word}{rate:0.###}%");
    }

    /// <summary>In SQL, the products named; one deleted since stays on the invoices that have it.</summary>
    public const string ProductsSql = """
        (select json_agg(json_build_object('id', p.id, 'name', p.name, 'price', p.price, 'taxRate', p.tax_rate, 'currency', p.currency))
         from products p
         where p.organization_id = @OrganizationId
           and p.id = any(@ProductIds)
           and (p.deleted_at is null
                or exists (
                    select from invoice_items x
                    where x.organization_id = p.organization_id and x.invoice_id = @InvoiceId and x.product_id = p.id)))::text
        """;

    private const string LinesSql = """
        select product_id, description, trim_scale(quantity) as quantity, unit_price, trim_scale(discount) as discount, trim_scale(tax_rate) as tax_rate
        from invoice_items
        where organization_id = @OrganizationId
          and invoice_id = @InvoiceId
        order by position
        """;

    private const string DeleteSql = """
        delete from invoice_items
        where organization_id = @OrganizationId
          and invoice_id = @InvoiceId
        """;

    public const string InsertSql = """
        insert into invoice_items (organization_id, id, invoice_id, product_id, description, quantity, unit_price, discount, tax_rate, amount, position)
        select @OrganizationId, id, @InvoiceId, product_id, description, quantity, unit_price, discount, tax_rate, amount, position
        from unnest(@ItemIds, @ProductIds, @Descriptions, @Quantities, @UnitPrices, @Discounts, @TaxRates, @Amounts)
            with ordinality as x (id, product_id, description, quantity, unit_price, discount, tax_rate, amount, position)
        """;

    /// <summary>The lines as they are.</summary>
    public static async Task<IReadOnlyList<Line>> Of(DbTransaction tx, Guid invoiceId) => await tx.List<Line>(LinesSql, new { InvoiceId = invoiceId });

    public static Guid[] ProductIds(IReadOnlyList<Request?> items) => [.. items.Select(item => item?.ProductId).OfType<Guid>().Distinct()];

    /// <summary>Replaces the lines.</summary>
    public static async Task Save(DbTransaction tx, Guid invoiceId, IReadOnlyList<Line> lines)
    {
        await tx.Execute(DeleteSql, new { InvoiceId = invoiceId });
        var columns = new ItemColumns(tx, lines);
        await tx.Execute(
            InsertSql,
            new
            {
                InvoiceId = invoiceId,
                columns.ItemIds,
                columns.ProductIds,
                columns.Descriptions,
                columns.Quantities,
                columns.UnitPrices,
                columns.Discounts,
                columns.TaxRates,
                columns.Amounts,
            });
    }
}

/// <summary>Lines, as <see cref="InvoiceItems.InsertSql"/> takes them.</summary>
internal sealed class ItemColumns(DbTransaction tx, IReadOnlyList<InvoiceItems.Line> lines)
{
    public Guid[] ItemIds { get; } = [.. lines.Select(_ => Guid.CreateVersion7(tx.Now))];
    public Guid?[] ProductIds { get; } = [.. lines.Select(line => line.ProductId)];
    public string[] Descriptions { get; } = [.. lines.Select(line => line.Description)];
    public decimal[] Quantities { get; } = [.. lines.Select(line => line.Quantity)];
    public decimal[] UnitPrices { get; } = [.. lines.Select(line => line.UnitPrice)];
    public decimal[] Discounts { get; } = [.. lines.Select(line => line.Discount)];
    public decimal[] TaxRates { get; } = [.. lines.Select(line => line.TaxRate)];
    public decimal[] Amounts { get; } = [.. lines.Select(line => line.Amount)];
}
