using System.Globalization;
using System.Text.Json;
using Crm.Shared;
using Crm.Shared.Invoicing;

namespace Crm.Functions.Invoices;

/// <summary>What clients write of lines, completed and checked.</summary>
internal static class InvoiceLines
{
    private const int Most = 200;
    private const int LongestDescription = 500;
    private const decimal MostUnits = 9_999_999_999.9999m;

    private sealed record Product(Guid Id, string Name, decimal Price, decimal TaxRate, string Currency);

    /// <summary>The lines a client asks for, with the catalogue's words and prices where it left them out, or what is wrong with them.</summary>
    public static (IReadOnlyList<InvoiceItems.Line> Lines, Error? Fault) Complete(
        string currency, string? productsJson, IReadOnlyList<InvoiceItems.Request?> items)
    {
        if (items.Count is 0 or > Most)
            return ([], Error.Invalid("items", $"items must hold 1 to {Most} items."));
        var products = productsJson is null ? [] : JsonSerializer.Deserialize<Product[]>(productsJson, JsonSerializerOptions.Web)!;
        var lines = new List<InvoiceItems.Line>();
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

    public static Error? SumFault(IReadOnlyList<InvoiceItems.Line> lines) =>
        InvoiceSums.Of(lines.Select(line => line.Sum)) is { Total: > Money.Most } or { Subtotal: > Money.Most }
            ? Error.Invalid("items", "The items add up to too much.")
            : null;

    private static (InvoiceItems.Line? Line, (string Field, string Message)? Fault) Complete(InvoiceItems.Request? item, Product? product, string currency)
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
            : (new(
                item.ProductId, description, Short(quantity), Money.Cents(price), Short(item.Discount ?? 0),
                Short(item.TaxRate ?? product?.TaxRate ?? 0)), null);
    }

    private static bool IsPercent(decimal number) => number is >= 0 and <= 100 && decimal.Round(number, 3) == number;

    // Without zeros at its end, as the database gives it back.
    private static decimal Short(decimal number) => number / 1.0000000000000000000000000000m;
}
