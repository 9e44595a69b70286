namespace Crm.Functions.Exports.Sheets;

internal static class ProductSheet
{
    /// <summary>For those who may see what products cost.</summary>
    public static readonly Sheet Sheet = new()
    {
        Name = "Products",
        From = "products_of_caller",
        Alias = "p",
        Since = "p.created_at",
        Columns =
        [
            new("Id", CellKind.Text, "p.id::text"),
            new("Name", CellKind.Text, "p.name"),
            new("Description", CellKind.Text, "p.description"),
            new("SKU", CellKind.Text, "p.sku"),
            new("Price", CellKind.Number, "p.price"),
            new("Cost", CellKind.Number, "p.cost"),
            new("Currency", CellKind.Text, "p.currency"),
            new("Category", CellKind.Text, "p.category"),
            new("Unit", CellKind.Text, "p.unit"),
            new("Tax rate", CellKind.Number, "trim_scale(p.tax_rate)"),
            new("Status", CellKind.Text, "p.status"),
            new("Created (UTC)", CellKind.Time, "p.created_at"),
            new("Updated (UTC)", CellKind.Time, "p.updated_at"),
        ],
    };

    public static readonly Sheet WithoutCosts = Sheet with { Columns = [.. Sheet.Columns.Where(column => column.Title != "Cost")] };
}
