using System.Globalization;
using Crm.Shared.Invoicing;

namespace Crm.Functions.Admin;

/// <summary>A made-up invoice of the demo organisation, the same for the same number.</summary>
internal sealed record DemoInvoice(int Number, DemoPerson Person, string Status, DateOnly Issued, InvoiceSums Sums, DemoInvoice.Item[] Items)
{
    internal sealed record Item(Guid InvoiceId, int Product, string Description, InvoiceLine Line, int Position);

    private const int DaysBetween = 6;
    public const string Prefix = "ACM";

    private static readonly (int Product, string Description, decimal Price, decimal Quantity, decimal Discount)[] Goods =
    [
        (1, "Standing desk 140", 489.00m, 4, 10), (5, "Task chair Focus", 219.00m, 6, 0), (12, "Desk lamp Halo", 74.90m, 8, 0),
        (2, "Standing desk 180", 629.00m, 2, 5),
        (18, "Copy paper A4", 24.50m, 30, 0), (21, "Assembly on site", 58.00m, 3.5m, 0), (9, "Filing cabinet, three drawers", 179.00m, 5, 0),
        (22, "Ergonomics workshop", 890.00m, 1, 0),
    ];

    public const decimal Tax = 8.875m;

    public Guid Id => Demo.Invoice(Number);

    public string NumberText => string.Create(CultureInfo.InvariantCulture, $"{Prefix}-{Issued.Year}-{Number:0000}");

    public bool IsPaid => Number == 4 || Number > 5 && Number % 3 != 0;

    public static DemoInvoice Make(int number, IReadOnlyList<DemoPerson> people, DateOnly today)
    {
        // The first few have their states for good; of the others two in three are paid, and the oldest of the rest are late.
        var age = number switch { 1 => 3, 2 or 3 => 1, 4 => 20, 5 => 45, _ => 10 + (number - 6) * DaysBetween };
        var items = Enumerable.Range(0, 1 + number % 3).Select(position =>
        {
            var (product, description, price, quantity, discount) = Goods[(number - 1 + position * 3) % Goods.Length];
            return new Item(Demo.Invoice(number), product, description, new(quantity, price, discount, Tax), position + 1);
        }).ToArray();
        return new(
            number, people[3 + number * 8 % 120], number is 2 or 3 ? InvoiceStates.Draft : InvoiceStates.Sent, today.AddDays(-age),
            InvoiceSums.Of(items.Select(item => item.Line)), items);
    }
}
