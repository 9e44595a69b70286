namespace Crm.Functions.Exports.Sheets;

internal static class DealSheet
{
    public static readonly Sheet Sheet = new()
    {
        Name = "Deals",
        From = "deals_of_caller",
        Alias = "d",
        Joins = """
            join pipelines p on p.organization_id = d.organization_id and p.id = d.pipeline_id
            join stages s on s.organization_id = d.organization_id and s.id = d.stage_id
            left join contacts k on k.organization_id = d.organization_id and k.id = d.contact_id
            left join users u on u.organization_id = d.organization_id and u.id = d.owner_id
            """,
        Since = "d.created_at",
        Columns =
        [
            new("Id", CellKind.Text, "d.id::text"),
            new("Title", CellKind.Text, "d.title"),
            new("Value", CellKind.Number, "d.value"),
            new("Currency", CellKind.Text, "d.currency"),
            new("Status", CellKind.Text, "d.status"),
            new("Pipeline", CellKind.Text, "p.name"),
            new("Stage", CellKind.Text, "s.name"),
            new("Probability", CellKind.Number, "coalesce(d.probability, s.probability)::numeric"),
            new("Contact", CellKind.Text, "k.name"),
            new("Expected close date", CellKind.Date, "d.expected_close_date"),
            new("Lost reason", CellKind.Text, "d.lost_reason"),
            new("Owner", CellKind.Text, "u.email"),
            new("Closed (UTC)", CellKind.Time, "d.closed_at"),
            new("Created (UTC)", CellKind.Time, "d.created_at"),
            new("Updated (UTC)", CellKind.Time, "d.updated_at"),
        ],
    };
}
