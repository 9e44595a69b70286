using Crm.Functions.Contacts;

namespace Crm.Functions.Exports.Sheets;

internal static class ContactSheet
{
    public static readonly Sheet Sheet = new()
    {
        Name = "Contacts",
        From = ListContacts.Searched,
        Alias = "c",
        Joins = "left join users u on u.organization_id = c.organization_id and u.id = c.owner_id",
        Since = "c.created_at",
        Columns =
        [
            new("Id", CellKind.Text, "c.id::text"),
            new("First name", CellKind.Text, "c.first_name"),
            new("Last name", CellKind.Text, "c.last_name"),
            new("Email", CellKind.Text, "c.email"),
            new("Phone", CellKind.Text, "c.phone"),
            new("Company", CellKind.Text, "c.company"),
            new("Job title", CellKind.Text, "c.job_title"),
            new("Status", CellKind.Text, "c.status"),
            new("Source", CellKind.Text, "c.source"),
            new("Tags", CellKind.Text, "array_to_string(c.tags, ', ')"),
            new("Address", CellKind.Text, "c.address"),
            new("Notes", CellKind.Text, "c.notes"),
            new("Custom fields", CellKind.Text, "case when c.custom_fields <> '{}' then c.custom_fields::text end"),
            new("Owner", CellKind.Text, "u.email"),
            new("Unsubscribed from email", CellKind.Flag, "c.unsubscribed_email"),
            new("Unsubscribed from SMS", CellKind.Flag, "c.unsubscribed_sms"),
            new("Last activity (UTC)", CellKind.Time, "c.last_activity_at"),
            new("Created (UTC)", CellKind.Time, "c.created_at"),
            new("Updated (UTC)", CellKind.Time, "c.updated_at"),
        ],
    };
}
