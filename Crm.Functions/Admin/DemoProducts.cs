using System.Globalization;
using Crm.Shared.Database;

namespace Crm.Functions.Admin;

/// <summary>What the demo organisation sells.</summary>
internal static class DemoProducts
{
    private const decimal CostShare = 0.62m;
    private const int DaysAgo = 170;

    private static readonly (string Name, string Category, string Unit, decimal Price, string Description)[] Products =
    [
        ("Standing desk 140", "Desks", "piece", 489.00m, "Electric, two motors, oak top, 140 x 70 cm."),
        ("Standing desk 180", "Desks", "piece", 629.00m, "Electric, two motors, oak top, 180 x 80 cm."),
        ("Bench desk for four", "Desks", "piece", 1240.00m, "Steel frame, white tops, cable tray."),
        ("Meeting table oval", "Desks", "piece", 980.00m, "Seats eight, walnut veneer."),
        ("Task chair Focus", "Chairs", "piece", 219.00m, "Mesh back, adjustable arms and lumbar support."),
        ("Task chair Focus Plus", "Chairs", "piece", 319.00m, "As Focus, with headrest and seat depth adjustment."),
        ("Visitor chair Arc", "Chairs", "piece", 89.50m, "Stackable up to ten, felt seat."),
        ("Bar stool Perch", "Chairs", "piece", 129.00m, "Height adjustable, for standing tables."),
        ("Filing cabinet, three drawers", "Storage", "piece", 179.00m, "Lockable, fits under a desk."),
        ("Open shelf, five levels", "Storage", "piece", 210.00m, "Steel, 90 x 200 cm."),
        ("Personal locker, six doors", "Storage", "piece", 540.00m, "With combination locks."),
        ("Desk lamp Halo", "Lighting", "piece", 74.90m, "Dimmable LED, warm to cool white."),
        ("Pendant lamp Dome", "Lighting", "piece", 168.00m, "Sound absorbing felt shade."),
        ("Floor lamp Reed", "Lighting", "piece", 149.00m, "Indirect light, touch dimmer."),
        ("Monitor arm, single", "Accessories", "piece", 96.00m, "Up to 32 inches and 9 kg."),
        ("Monitor arm, double", "Accessories", "piece", 158.00m, "Two screens up to 27 inches."),
        ("Cable tray", "Accessories", "piece", 29.90m, "Steel, one metre, screws included."),
        ("Copy paper A4", "Supplies", "box", 24.50m, "Five reams of 500 sheets, recycled."),
        ("Whiteboard markers", "Supplies", "set", 7.90m, "Four colours, refillable."),
        ("Sticky notes", "Supplies", "pack", 5.40m, "Twelve blocks, six colours."),
        ("Assembly on site", "Services", "hour", 58.00m, "By two fitters, within 50 km."),
        ("Ergonomics workshop", "Services", "day", 890.00m, "For up to twelve people, at your office."),
        ("Fax stand", "Accessories", "piece", 45.00m, "Discontinued."),
    ];

    private const string InsertSql = """
        insert into products (organization_id, id, name, description, sku, price, cost, currency, category, unit, tax_rate, status, created_at, updated_at)
        select @OrganizationId, id, name, description, sku, price, round(price * @CostShare, 2), 'USD', category, unit, 8.875, status, created_at, created_at
        from unnest(@Ids, @Names, @Descriptions, @Skus, @Prices, @Categories, @Units, @Statuses, @Times)
            as p (id, name, description, sku, price, category, unit, status, created_at)
        """;

    public static Task<int> Fill(DbTransaction tx)
    {
        var times = Products.Select((_, index) => tx.Now.AddDays(index * 3 - DaysAgo)).ToArray();
        return tx.Execute(InsertSql, new
        {
            CostShare,
            Ids = times.Select((_, index) => Demo.Product(index + 1)).ToArray(),
            Names = Products.Select(product => product.Name).ToArray(),
            Descriptions = Products.Select(product => product.Description).ToArray(),
            Skus = Products.Select(
                (product, index) => string.Create(CultureInfo.InvariantCulture, $"{product.Category[..4].ToUpperInvariant()}-{1001 + index}")).ToArray(),
            Prices = Products.Select(product => product.Price).ToArray(),
            Categories = Products.Select(product => product.Category).ToArray(),
            Units = Products.Select(product => product.Unit).ToArray(),
            Statuses = Products.Select(product => product.Description == "Discontinued." ? "inactive" : "active").ToArray(),
            Times = times.Select(time => time.UtcDateTime).ToArray(),
        });
    }
}
