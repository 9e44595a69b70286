using System.Numerics;
using Crm.Shared.Invoicing;

namespace Crm.Functions.Tests.Invoices;

/// <summary>The arithmetic of invoices against another one, which counts in whole ten-billionths and rounds by hand.</summary>
public sealed class InvoiceSumsTests
{
    private const int Rounds = 3_000;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Random_invoices_add_up_as_they_do_by_hand(int seed)
    {
        var random = new Random(seed);
        decimal[] rates = [0, 7, 19, 8.875m, 5.5m, 20, 100, 0.001m];
        decimal[] discounts = [0, 0, 10, 33.333m, 50, 12.5m, 100, 0.001m];
        for (var round = 0; round < Rounds; round++)
        {
            var lines = Enumerable.Range(0, random.Next(1, 40)).Select(_ => new InvoiceLine(
                random.Next(1, 2_000_000) / (decimal)Math.Pow(10, random.Next(0, 5)), random.Next(0, 1_000_000) / 100m,
                discounts[random.Next(discounts.Length)], rates[random.Next(rates.Length)])).ToArray();

            var sums = InvoiceSums.Of(lines);

            var (subtotal, net, tax) = ByHand(lines);
            Assert.Equal(
                (subtotal, subtotal - net, tax, net + tax),
                (Cents(sums.Subtotal), Cents(sums.DiscountTotal), Cents(sums.TaxTotal), Cents(sums.Total)));
            Assert.Equal(sums.Total, sums.Subtotal - sums.DiscountTotal + sums.TaxTotal);
        }
    }

    [Theory]
    // Half a cent goes away from zero; the amount is rounded once, from the exact product.
    [InlineData("1.5", "0.33", "0", "0.50")]
    [InlineData("0.5", "0.01", "0", "0.01")]
    [InlineData("3", "33.335", "10", "90.00")]
    [InlineData("1", "1.05", "50", "0.53")]
    public void A_line_is_rounded_half_away_from_zero(string quantity, string price, string discount, string amount)
    {
        static decimal Of(string text) => decimal.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(Of(amount), new InvoiceLine(Of(quantity), Of(price), Of(discount), 0).Amount);
    }

    [Fact]
    public void Tax_is_rounded_once_a_rate()
    {
        // Each line alone would be taxed 0.00.
        var sums = InvoiceSums.Of(Enumerable.Repeat(new InvoiceLine(1, 0.02m, 0, 19), 10));

        Assert.Equal((0.20m, 0.04m, 0.24m), (sums.Subtotal, sums.TaxTotal, sums.Total));
        Assert.Equal([new InvoiceTax(19, 0.20m, 0.04m)], sums.Taxes);
    }

    private static (BigInteger Subtotal, BigInteger Net, BigInteger Tax) ByHand(InvoiceLine[] lines)
    {
        var (subtotal, net, tax) = (BigInteger.Zero, BigInteger.Zero, BigInteger.Zero);
        var nets = new Dictionary<BigInteger, BigInteger>();
        foreach (var line in lines)
        {
            // Ten-thousandths times cents: a cent is 10^4. With the percentage's thousandths it is 10^9.
            var gross = Scaled(line.Quantity, 4) * Scaled(line.UnitPrice, 2);
            var amount = Rounded(gross * (100_000 - Scaled(line.Discount, 3)), BigInteger.Pow(10, 9));
            subtotal += Rounded(gross, 10_000);
            net += amount;
            var rate = Scaled(line.TaxRate, 3);
            nets[rate] = nets.GetValueOrDefault(rate) + amount;
        }

        foreach (var (rate, sum) in nets)
            tax += Rounded(sum * rate, 100_000);
        return (subtotal, net, tax);
    }

    private static BigInteger Cents(decimal amount) => Scaled(amount, 2);

    private static BigInteger Scaled(decimal number, int places) => new(number * (decimal)Math.Pow(10, places));

    private static BigInteger Rounded(BigInteger number, BigInteger unit) => (number * 2 + unit) / (unit * 2);
}
