using System.Globalization;
using System.Text.Json;
using Crm.Shared;
using Crm.Shared.Database;
using Crm.Shared.Invoicing;

namespace Crm.Functions.Invoices;

/// <summary>The lines of an invoice: products of the catalogue or anything else in words.</summary>
public static class InvoiceItems
{
    private const int Most = 200;
    private const int LongestDescription = 500;
    private const decimal MostUnits = 9_999_999_999.9999m;

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
            $"{Quantity:0.####} x {Description} at {UnitPrice:0.00}{(Discount == 0 ? "" : $" less {Discount:0.###}%")}{(TaxRate == 0 ? "" : $" plus {TaxRate:0.###}%")}");
    }

    internal sealed record Product(Guid Id, string Name, decimal Price, decimal TaxRate, string Currency);

    /// <summary>In SQL, the products named; one deleted since stays on the invoices that have it.</summary>
    public const string ProductsSql = """
        (select json_agg(json_build_object('id', p.id, 'name', p.name, 'price', p.price, 'taxRate', p.tax_rate, 'currency', p.currency))
         from products p
         where p.organization_id = @OrganizationId
           and p.id = any(@ProductIds)
           and (p.deleted_at is null
                or exists (select from invoice_items x where x.organization_id = p.organization_id and x.invoice_id = @InvoiceId and x.product_id = p.id)))::text
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

    /// <summary>The lines a client asks for, with the catalogue's words and prices where it left them out, or what is wrong with them.</summary>
    public static (IReadOnlyList<Line> Lines, Error? Fault) Complete(string currency, string? productsJson, IReadOnlyList<Request?> items)
    {
        if (items.Count is 0 or > Most)
            return ([], Error.Invalid("items", $"items must hold 1 to {Most} items."));
        var products = productsJson is null ? [] : JsonSerializer.Deserialize<Product[]>(productsJson, JsonSerializerOptions.Web)!;
        var lines = new List<Line>();
        foreach (var (index, item) in items.Index())
        {
            var product = Array.Find(products, product => product.Id == item?.ProductId);
            if (product is null && item?.ProductId is not null)
                return ([], Errors.ProductNotFound);
            var (line, fault) = Complete(item, product, currency);
            if (fault is var (field, message))
                return ([], Error.Invalid(string.Create(CultureInfo.InvariantCulture, $"items[{index}].{field}"), message));
            lines.Add(line!);
        }

        return SumFault(lines) is { } sumFault ? ([], sumFault) : (lines, null);
    }

    public static Error? SumFault(IReadOnlyList<Line> lines) =>
        InvoiceSums.Of(lines.Select(line => line.Sum)) is { Total: > Money.Most } or { Subtotal: > Money.Most }
            ? Error.Invalid("items", "The items add up to too much.")
            : null;

    private static (Line? Line, (string Field, string Message)? Fault) Complete(Request? item, Product? product, string currency)
    {
        var description = Fields.Text(item?.Description ?? item?.Name) ?? product?.Name;
        if (description is null)
            return (null, ("description", "description is required for an item without a productId."));
        if (description.Length > LongestDescription || description.Contains('\0', StringComparison.Ordinal))
            return (null, ("description", $"description must be at most {LongestDescription} characters."));
        var quantity = item!.Quantity ?? 1;
        if (quantity is <= 0 or > MostUnits || decimal.Round(quantity, 4) != quantity)
            return (null, ("quantity", "quantity must be above 0, with at most 4 decimals."));
        if ((item.UnitPrice ?? item.Price ?? item.Rate ?? (product?.Currency == currency ? product.Price : null)) is not { } price)
            return (null, ("unitPrice", product is null
                ? "unitPrice is required for an item without a productId."
                : $"The product is priced in {product.Currency}: give its unitPrice in {currency}."));
        if (price is < 0 or > Money.Most || decimal.Round(price, 2) != price)
            return (null, ("unitPrice", "unitPrice must be 0 or more, with at most 2 decimals."));
        if (!IsPercent(item.Discount ?? 0))
            return (null, ("discount", "discount must be from 0 to 100, with at most 3 decimals."));
        if (!IsPercent(item.TaxRate ?? 0))
            return (null, ("taxRate", "taxRate must be from 0 to 100, with at most 3 decimals."));
        return quantity * price > Money.Most
            ? (null, ("quantity", "The item amounts to too much."))
            : (new(item.ProductId, description, Short(quantity), Money.Cents(price), Short(item.Discount ?? 0), Short(item.TaxRate ?? product?.TaxRate ?? 0)), null);
    }

    private static bool IsPercent(decimal number) => number is >= 0 and <= 100 && decimal.Round(number, 3) == number;

    // Without zeros at its end, as the database gives it back.
    private static decimal Short(decimal number) => number / 1.0000000000000000000000000000m;
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
