using System.Globalization;
using Crm.Shared;
using Crm.Shared.Database;

namespace Crm.Functions.Deals;

/// <summary>The lines of a deal: products of the catalogue or anything else by name.</summary>
public static class DealItems
{
    private const int Most = 200;
    private const int LongestName = 200;
    private const decimal MostUnits = 9_999_999_999.9999m;

    /// <param name="ProductId">A product; its name and price are taken unless given.</param>
    /// <param name="Name">What is sold; required without a product.</param>
    /// <param name="Quantity">Above 0, up to four places; 1 by default.</param>
    /// <param name="UnitPrice">The price of one; required without a product, and when its currency is not the deal's.</param>
    /// <param name="Discount">In percent, 0 to 100.</param>
    [ValidatableType]
    public sealed record Request(Guid? ProductId, string? Name, decimal? Quantity, decimal? UnitPrice, decimal? Discount);

    /// <summary>A line with nothing left open.</summary>
    public sealed record Line(Guid? ProductId, string Name, decimal Quantity, decimal UnitPrice, decimal Discount)
    {
        public decimal Amount => Money.Cents(Quantity * UnitPrice * (1 - Discount / 100));

        public override string ToString() =>
            string.Create(CultureInfo.InvariantCulture, $"{Quantity:0.####} x {Name} at {UnitPrice:0.00}{(Discount == 0 ? "" : $" less {Discount:0.###}%")}");
    }

    private sealed record Product(Guid Id, string Name, decimal Price, string Currency);

    // A product deleted since stays on the deals that have it.
    private const string ProductsSql = """
        select p.id, p.name, p.price, p.currency
        from products p
        where p.organization_id = @OrganizationId
          and p.id = any(@ProductIds)
          and (p.deleted_at is null
               or exists (select from deal_items i where i.organization_id = p.organization_id and i.deal_id = @DealId and i.product_id = p.id))
        """;

    private const string LinesSql = """
        select product_id, name, quantity, unit_price, discount
        from deal_items
        where organization_id = @OrganizationId
          and deal_id = @DealId
        order by position
        """;

    private const string DeleteSql = """
        delete from deal_items
        where organization_id = @OrganizationId
          and deal_id = @DealId
        """;

    public const string InsertSql = """
        insert into deal_items (organization_id, id, deal_id, product_id, name, quantity, unit_price, discount, amount, position)
        select @OrganizationId, id, @DealId, product_id, name, quantity, unit_price, discount, amount, position
        from unnest(@ItemIds, @ProductIds, @Names, @Quantities, @UnitPrices, @Discounts, @Amounts)
            with ordinality as i (id, product_id, name, quantity, unit_price, discount, amount, position)
        """;

    /// <summary>The refusal of a value that is not the sum of the items.</summary>
    public static Error OtherValue(decimal sum) =>
        Error.Invalid(
            "value",
            string.Create(CultureInfo.InvariantCulture, $"The value of a deal with items is their sum, {sum:0.00}: leave value out, or change the items."));

    /// <summary>The lines as they are.</summary>
    public static async Task<IReadOnlyList<Line>> Of(DbTransaction tx, Guid dealId) =>
        await tx.List<Line>(LinesSql, new { DealId = dealId });

    /// <summary>The lines a client asks for, with the catalogue's names and prices where it left them out, or what is wrong with them.</summary>
    public static async Task<(IReadOnlyList<Line> Lines, Error? Fault)> Complete(DbTransaction tx, Guid dealId, string currency, IReadOnlyList<Request?> items)
    {
        if (items.Count > Most)
            return ([], Error.Invalid("items", $"items must be at most {Most}."));
        var ids = items.Select(item => item?.ProductId).OfType<Guid>().Distinct().ToArray();
        var products = ids.Length == 0 ? [] : await tx.List<Product>(ProductsSql, new { DealId = dealId, ProductIds = ids });
        var lines = new List<Line>();
        foreach (var (index, item) in items.Index())
        {
            var product = products.Find(product => product.Id == item?.ProductId);
            if (product is null && item?.ProductId is not null)
                return ([], Errors.ProductNotFound);
            var (line, fault) = Complete(item, product, currency);
            if (fault is var (field, message))
                return ([], Error.Invalid(string.Create(CultureInfo.InvariantCulture, $"items[{index}].{field}"), message));
            lines.Add(line!);
        }

        return lines.Sum(line => line.Amount) > Money.Most ? ([], Error.Invalid("items", "The items add up to too much.")) : (lines, null);
    }

    /// <summary>Lines, as <see cref="InsertSql"/> takes them.</summary>
    public sealed class Columns(DbTransaction tx, IReadOnlyList<Line> lines)
    {
        public Guid[] ItemIds { get; } = [.. lines.Select(_ => Guid.CreateVersion7(tx.Now))];
        public Guid?[] ProductIds { get; } = [.. lines.Select(line => line.ProductId)];
        public string[] Names { get; } = [.. lines.Select(line => line.Name)];
        public decimal[] Quantities { get; } = [.. lines.Select(line => line.Quantity)];
        public decimal[] UnitPrices { get; } = [.. lines.Select(line => line.UnitPrice)];
        public decimal[] Discounts { get; } = [.. lines.Select(line => line.Discount)];
        public decimal[] Amounts { get; } = [.. lines.Select(line => line.Amount)];
    }

    /// <summary>Replaces the lines.</summary>
    public static async Task Save(DbTransaction tx, Guid dealId, IReadOnlyList<Line> lines)
    {
        await tx.Execute(DeleteSql, new { DealId = dealId });
        if (lines.Count == 0)
            return;
        var columns = new Columns(tx, lines);
        await tx.Execute(
            InsertSql,
            new
            {
                DealId = dealId,
                columns.ItemIds,
                columns.ProductIds,
                columns.Names,
                columns.Quantities,
                columns.UnitPrices,
                columns.Discounts,
                columns.Amounts,
            });
    }

    private static (Line? Line, (string Field, string Message)? Fault) Complete(Request? item, Product? product, string currency)
    {
        var name = Fields.Text(item?.Name) ?? product?.Name;
        if (name is null)
            return (null, ("name", "name is required for an item without a productId."));
        if (name.Length > LongestName || name.Contains('\0', StringComparison.Ordinal))
            return (null, ("name", $"name must be at most {LongestName} characters."));
        var quantity = Math.Round(item!.Quantity ?? 1, 4, MidpointRounding.AwayFromZero);
        if (quantity is <= 0 or > MostUnits)
            return (null, ("quantity", "quantity must be above 0."));
        if ((item.UnitPrice ?? (product?.Currency == currency ? product.Price : null)) is not { } price)
            return (null, ("unitPrice", product is null
                ? "unitPrice is required for an item without a productId."
                : $"The product is priced in {product.Currency}: give its unitPrice in {currency}."));
        if (price is < 0 or > Money.Most)
            return (null, ("unitPrice", "unitPrice must be 0 or more."));
        var discount = Math.Round(item.Discount ?? 0, 3, MidpointRounding.AwayFromZero);
        if (discount is < 0 or > 100)
            return (null, ("discount", "discount must be from 0 to 100."));
        var line = new Line(item.ProductId, name, quantity, Money.Cents(price), discount);
        return quantity * line.UnitPrice > Money.Most ? (null, ("quantity", "The item amounts to too much.")) : (line, null);
    }
}
