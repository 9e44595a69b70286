namespace Crm.Shared.Invoicing;

/// <summary>What one line of an invoice is made of.</summary>
/// <param name="Quantity">Above 0, at most four places.</param>
/// <param name="UnitPrice">At most two places.</param>
/// <param name="Discount">In percent, at most three places.</param>
/// <param name="TaxRate">In percent, at most three places.</param>
public readonly record struct InvoiceLine(decimal Quantity, decimal UnitPrice, decimal Discount, decimal TaxRate)
{
    /// <summary>Before the discount.</summary>
    public decimal Gross => Money.Cents(Quantity * UnitPrice);

    /// <summary>After the discount, before the tax. From the exact product: rounding the gross first would be a cent off now and then.</summary>
    public decimal Amount => Money.Cents(Quantity * UnitPrice * (1 - Discount / 100));
}

/// <summary>The tax of all lines at one rate.</summary>
/// <param name="Rate">In percent.</param>
/// <param name="Net">The lines' amounts.</param>
/// <param name="Tax">What is added.</param>
public sealed record InvoiceTax(decimal Rate, decimal Net, decimal Tax);

/// <summary>What the lines of an invoice add up to. Tax is rounded once a rate and not once a line: a hundred small lines are taxed as one large one.</summary>
public sealed record InvoiceSums(decimal Subtotal, decimal DiscountTotal, decimal TaxTotal, decimal Total, IReadOnlyList<InvoiceTax> Taxes)
{
    public static InvoiceSums Of(IEnumerable<InvoiceLine> lines)
    {
        var (subtotal, net) = (0.00m, 0.00m);
        var nets = new SortedDictionary<decimal, decimal>();
        foreach (var line in lines)
        {
            var amount = line.Amount;
            subtotal += line.Gross;
            net += amount;
            nets[line.TaxRate] = nets.GetValueOrDefault(line.TaxRate) + amount;
        }

        InvoiceTax[] taxes = [.. nets.Select(rate => new InvoiceTax(rate.Key, rate.Value, Money.Cents(rate.Value * rate.Key / 100)))];
        var tax = 0.00m + taxes.Sum(rate => rate.Tax);
        return new(subtotal, subtotal - net, tax, net + tax, taxes);
    }
}
