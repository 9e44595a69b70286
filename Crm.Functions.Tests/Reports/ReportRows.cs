using Crm.Functions.Tests.Fixture;
using Npgsql;

namespace Crm.Functions.Tests.Reports;

/// <summary>All rows of an organisation that a caller's reports are about, read without a condition on time.</summary>
internal sealed record ReportRows(
    List<ReportRows.Contact> Contacts, Dictionary<Guid, ReportRows.Contact> Everybody, List<ReportRows.Deal> Deals, List<ReportRows.Payment> Payments,
    List<ReportRows.Invoice> Invoices, List<ReportRows.Delivery> Deliveries, List<ReportRows.Inbound> Received, List<ReportRows.Entry> Entries,
    List<ReportRows.Stage> Stages)
{
    public sealed record Contact(Guid Id, Guid? Owner, string Name, string? Source, string Status, DateTimeOffset At, bool IsDeleted);

    public sealed record Deal(
        Guid Contact, Guid Owner, string OwnerName, Guid Stage, string Status, string Currency, decimal Value, DateTimeOffset Created, DateTimeOffset? Closed);

    public sealed record Payment(Guid Contact, Guid Creator, string Currency, decimal Amount, DateOnly Date);

    public sealed record Invoice(Guid Creator, string Status, DateOnly Issued, DateOnly Due);

    /// <param name="At">When it was sent, or failed.</param>
    public sealed record Delivery(
        Guid? Campaign, string? Name, Guid? Creator, Guid? Assignee, Guid? Owner, string Channel, bool IsSent, DateTimeOffset? At, bool WasDelivered,
        bool WasOpened, bool WasClicked, bool WasBounced);

    public sealed record Inbound(Guid? Assignee, Guid? Owner, string Type, DateTimeOffset At);

    public sealed record Entry(Guid? Actor, DateTimeOffset At);

    public sealed record Stage(Guid Id, string Name, string Type, int Probability, Guid Pipeline);

    /// <summary>What a caller may see: everything, or their own.</summary>
    public static async Task<ReportRows> Of(TestOrganization org, TestUser caller)
    {
        bool Own(params Guid?[] whose) => caller.Role != "staff" || whose.Contains(caller.Id);
        var contacts = await Read(
            org, "select id, owner_id, name, source, status, created_at, deleted_at is not null from contacts where organization_id = $1",
            row => new Contact(row.GetGuid(0), Id(row, 1), row.GetString(2), Text(row, 3), row.GetString(4), Time(row, 5)!.Value, row.GetBoolean(6)));
        var deals = await Read(
            org, """
                select d.contact_id, d.owner_id, u.first_name || ' ' || u.last_name, d.stage_id, d.status, d.currency, d.value, d.created_at, d.closed_at
                from deals d
                join users u on u.id = d.owner_id
                where d.organization_id = $1 and d.deleted_at is null
                """,
            row => new Deal(
                row.GetGuid(0), row.GetGuid(1), row.GetString(2), row.GetGuid(3), row.GetString(4), row.GetString(5), row.GetDecimal(6), Time(row, 7)!.Value,
                Time(row, 8)));
        var payments = await Read(
            org, """
                select i.contact_id, i.creator_id, p.currency, p.amount, p.payment_date
                from payments p
                join invoices i on i.id = p.invoice_id
                where p.organization_id = $1 and p.kind in ('payment', 'refund')
                """,
            row => new Payment(row.GetGuid(0), row.GetGuid(1), row.GetString(2), row.GetDecimal(3), row.GetFieldValue<DateOnly>(4)));
        var invoices = await Read(
            org, "select creator_id, status, issue_date, due_date from invoices where organization_id = $1",
            row => new Invoice(row.GetGuid(0), row.GetString(1), row.GetFieldValue<DateOnly>(2), row.GetFieldValue<DateOnly>(3)));
        var deliveries = await Read(
            org, """
                select d.campaign_id, k.name, k.creator_id, v.assignee_id, v.owner_id, d.channel, d.state, d.sent_at, d.failed_at, d.delivered_at is not null,
                       d.opened_at is not null, d.clicked_at is not null, d.bounced_at is not null
                from deliveries d
                left join campaigns k on k.id = d.campaign_id
                left join messages m on m.id = d.id
                left join conversations v on v.id = m.conversation_id
                where d.organization_id = $1 and d.state in ('sent', 'failed')
                """,
            row => new Delivery(
                Id(row, 0), Text(row, 1), Id(row, 2), Id(row, 3), Id(row, 4), row.GetString(5), row.GetString(6) == "sent",
                row.GetString(6) == "sent" ? Time(row, 7) : Time(row, 8), row.GetBoolean(9), row.GetBoolean(10), row.GetBoolean(11), row.GetBoolean(12)));
        var received = await Read(
            org, """
                select v.assignee_id, v.owner_id, m.type, m.created_at
                from messages m
                join conversations v on v.id = m.conversation_id
                where m.organization_id = $1 and m.direction = 'inbound'
                """,
            row => new Inbound(Id(row, 0), Id(row, 1), row.GetString(2), Time(row, 3)!.Value));
        var entries = await Read(
            org, "select actor_id, occurred_at from timeline_entries where organization_id = $1 and deleted_at is null",
            row => new Entry(Id(row, 0), Time(row, 1)!.Value));
        var stages = await Read(
            org, "select id, name, type, probability, pipeline_id from stages where organization_id = $1 order by position",
            row => new Stage(row.GetGuid(0), row.GetString(1), row.GetString(2), row.GetInt32(3), row.GetGuid(4)));
        return new(
            contacts.FindAll(one => Own(one.Owner) && !one.IsDeleted), contacts.ToDictionary(one => one.Id), deals.FindAll(one => Own(one.Owner)),
            payments.FindAll(one => Own(one.Creator)), invoices.FindAll(one => Own(one.Creator)),
            deliveries.FindAll(one => one.Campaign is null ? Own(one.Assignee, one.Owner) : Own(one.Creator)),
            received.FindAll(one => Own(one.Assignee, one.Owner)), entries.FindAll(one => Own(one.Actor)), stages);
    }

    private static async Task<List<T>> Read<T>(TestOrganization org, string sql, Func<NpgsqlDataReader, T> of)
    {
        await using var connection = await org.App.OpenConnection();
        await using var command = new NpgsqlCommand(sql, connection);
        command.Parameters.AddWithValue(org.Id);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<T>();
        while (await reader.ReadAsync())
            rows.Add(of(reader));
        return rows;
    }

    private static Guid? Id(NpgsqlDataReader row, int at) => row.IsDBNull(at) ? null : row.GetGuid(at);

    private static string? Text(NpgsqlDataReader row, int at) => row.IsDBNull(at) ? null : row.GetString(at);

    private static DateTimeOffset? Time(NpgsqlDataReader row, int at) => row.IsDBNull(at) ? null : row.GetFieldValue<DateTimeOffset>(at);
}
