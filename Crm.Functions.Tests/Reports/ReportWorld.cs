using Crm.Functions.Tests.Deals;
using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Reports;

/// <summary>An organisation with random records of the last fourteen months, in three currencies, some deleted, and who they belong to.</summary>
internal sealed class ReportWorld
{
    private static readonly string?[] Sources = ["website", "referral", "fair", null];
    private static readonly string[] Currencies = ["USD", "USD", "EUR", "GBP"];
    private static readonly string[] Statuses = ["lead", "prospect", "customer", "active"];

    private readonly Random _random;

    private ReportWorld(TestOrganization org, TimeZoneInfo zone, int seed) => (Org, Zone, _random) = (org, zone, new Random(seed));

    public TestOrganization Org { get; }

    public TimeZoneInfo Zone { get; }

    private TestUser[] Users => [Org.Owner, Org.Staff, Org.OtherStaff];

    public static async Task<ReportWorld> Create(TestApp app, string zone, int seed)
    {
        var world = new ReportWorld(await app.NewOrganization(zone), TimeZoneInfo.FindSystemTimeZoneById(zone), seed);
        var contacts = await world.AddContacts(120);
        await world.AddEntries(contacts);
        await world.AddDeals(contacts);
        await world.AddPayments(contacts);
        await world.AddDeliveries(contacts);
        await world.AddMessages(contacts);
        return world;
    }

    /// <summary>What happens to records later: they change hands, are deleted, restored, moved in time, and what was sent is opened or comes back.</summary>
    public async Task Stir()
    {
        for (var i = 0; i < 15; i++)
        {
            await Some("contacts", "source = $2", (object?)Pick(Sources) ?? DBNull.Value);
            await Some("contacts", "owner_id = $2, status = $3", Pick(Users).Id, Pick(Statuses));
            await Some("contacts", "deleted_at = case when deleted_at is null then $2::timestamptz end", Moment());
            await Some("timeline_entries", "deleted_at = case when deleted_at is null then $2::timestamptz end", Moment());
            await Some("timeline_entries", "occurred_at = $2", Moment());
            await Some("deals", "owner_id = $2", Pick(Users).Id);
            await Some("invoices", "creator_id = $2", Pick(Users).Id);
            await Some("deliveries", "delivered_at = sent_at, opened_at = $2", Moment());
            await Some("deliveries", "bounced_at = case when bounced_at is null then $2::timestamptz end", Moment());
            await Some("deliveries", "state = 'sent', sent_at = $2, failed_at = null", Moment());
            await Some("deliveries", "state = 'failed', failed_at = $2, sent_at = null", Moment());
        }

        await Org.App.Sql("delete from messages where id = (select id from messages where organization_id = $1 and direction = 'inbound' limit 1)", Org.Id);
        await Org.App.Sql("delete from deliveries where id = (select id from deliveries where organization_id = $1 and campaign_id is null limit 1)", Org.Id);
    }

    private Task Some(string table, string change, params object[] values) => Org.App.Sql(
        $"update {table} set {change} where organization_id = $1 and id = (select id from {table} where organization_id = $1 order by random() limit 1)",
        [Org.Id, .. values]);

    private T Pick<T>(IReadOnlyList<T> all) => all[_random.Next(all.Count)];

    // Often near a midnight of the organisation, where a wrong zone shows.
    private DateTimeOffset Moment()
    {
        var now = Org.App.Clock.GetUtcNow();
        var day = now.AddDays(-Math.Pow(_random.NextDouble(), 2) * 420);
        if (_random.Next(3) > 0)
            return day;
        var midnight = Crm.Shared.LocalDay.At(day, Zone).Start;
        return midnight.AddMinutes(_random.Next(-2, 2)) is var near && near < now ? near : day;
    }

    private decimal Amount() => _random.Next(1, 1_000_000) / 100m;

    private async Task<Guid[]> AddContacts(int count)
    {
        var ids = Ids(count);
        foreach (var id in ids)
            await Insert(
                "contacts", ("id", id), ("owner_id", _random.Next(8) == 0 ? DBNull.Value : Pick(Users).Id), ("first_name", $"Contact {id:N}"),
                ("status", Pick(Statuses)), ("source", (object?)Pick(Sources) ?? DBNull.Value), ("created_at", Moment()), ("updated_at", Moment()));
        return ids;
    }

    private async Task AddEntries(Guid[] contacts)
    {
        for (var i = 0; i < 150; i++)
            await Insert(
                "timeline_entries", ("id", Guid.CreateVersion7()), ("contact_id", Pick(contacts)), ("type", "note"), ("action", "note_added"),
                ("title", "Note"), ("actor_id", _random.Next(6) == 0 ? DBNull.Value : Pick(Users).Id), ("occurred_at", Moment()), ("created_at", Moment()));
    }

    private async Task AddDeals(Guid[] contacts)
    {
        var sales = await Sales.Of(Org);
        var stages = sales.Stages.ToArray();
        for (var i = 0; i < 120; i++)
        {
            var (name, stage) = Pick(stages);
            var type = name switch { "Won" => "won", "Lost" => "lost", _ => "open" };
            var (one, other) = (Moment(), Moment());
            var (created, closed) = one < other ? (one, other) : (other, one);
            await Insert(
                "deals", ("id", Guid.CreateVersion7()), ("title", "Deal"), ("value", Amount()), ("currency", Pick(Currencies)), ("contact_id", Pick(contacts)),
                ("pipeline_id", sales.PipelineId), ("stage_id", stage), ("rank", $"a{i:D6}"), ("status", type), ("owner_id", Pick(Users).Id),
                ("stage_entered_at", created), ("last_activity_at", created), ("closed_at", type == "open" ? DBNull.Value : closed), ("created_at", created),
                ("updated_at", created), ("deleted_at", _random.Next(12) == 0 ? closed : DBNull.Value));
        }
    }

    private async Task AddPayments(Guid[] contacts)
    {
        for (var i = 0; i < 70; i++)
        {
            var (invoice, total, currency, issued) = (Guid.CreateVersion7(), Amount() + 10, Pick(Currencies), Date(Moment()));
            await Insert(
                "invoices", ("id", invoice), ("number", $"R-{invoice:N}"), ("contact_id", Pick(contacts)), ("creator_id", Pick(Users).Id),
                ("status", Pick(["draft", "sent", "sent", "cancelled"])), ("currency", currency), ("issue_date", issued),
                ("due_date", issued.AddDays(_random.Next(60))), ("subtotal", total), ("discount_total", 0m), ("tax_total", 0m), ("total", total),
                ("payment_terms", "Net 30"), ("token_hash", invoice.ToByteArray()), ("created_at", Moment()), ("updated_at", Moment()));
            for (var paid = _random.Next(3); paid > 0; paid--)
            {
                var payment = Guid.CreateVersion7();
                await Insert(
                    "payments", ("id", payment), ("invoice_id", invoice), ("kind", "payment"), ("amount", Amount()), ("currency", currency), ("method", "cash"),
                    ("payment_date", Date(Moment())), ("created_at", Moment()));
                if (_random.Next(3) == 0)
                    await Insert(
                        "payments", ("id", Guid.CreateVersion7()), ("invoice_id", invoice), ("kind", "refund"), ("amount", -1.5m), ("currency", currency),
                        ("method", "cash"), ("payment_date", Date(Moment())), ("refund_of", payment), ("created_at", Moment()));
            }

            if (_random.Next(3) == 0)
                await Insert(
                    "payments", ("id", Guid.CreateVersion7()), ("invoice_id", invoice), ("kind", "credit_note"), ("number", $"C-{invoice:N}"), ("amount", 7m),
                    ("currency", currency), ("payment_date", Date(Moment())), ("created_at", Moment()));
        }
    }

    private async Task AddDeliveries(Guid[] contacts)
    {
        for (var k = 0; k < 5; k++)
        {
            var campaign = Guid.CreateVersion7();
            var type = k == 4 ? "sms" : "email";
            await Insert(
                "campaigns", ("id", campaign), ("name", $"Campaign {k}"), ("type", type), ("status", "sent"), ("creator_id", Pick(Users).Id),
                ("token_key", campaign.ToByteArray()), ("created_at", Moment()), ("updated_at", Moment()));
            foreach (var contact in contacts.Take(25))
                await AddDelivery(Guid.CreateVersion7(), contact, type, campaign);
        }
    }

    private async Task AddMessages(Guid[] contacts)
    {
        foreach (var contact in contacts.Take(20))
        {
            var (conversation, type) = (Guid.CreateVersion7(), Pick(["email", "sms"]));
            await Insert(
                "conversations", ("id", conversation), ("contact_id", contact), ("type", type), ("reply_token", $"{conversation:N}"),
                ("assignee_id", _random.Next(2) == 0 ? DBNull.Value : Pick(Users).Id),
                ("owner_id", await Org.App.Scalar<object>("select owner_id from contacts where id = $1", contact)),
                ("last_message_at", Moment()), ("created_at", Moment()), ("updated_at", Moment()));
            for (var i = 0; i < 6; i++)
            {
                var (id, isInbound) = (Guid.CreateVersion7(), _random.Next(2) == 0);
                await Insert(
                    "messages", ("id", id), ("conversation_id", conversation), ("contact_id", contact), ("direction", isInbound ? "inbound" : "outbound"),
                    ("type", type), ("content", "Hello"), ("created_at", Moment()));
                if (!isInbound)
                    await AddDelivery(id, contact, type, null);
            }
        }
    }

    private Task AddDelivery(Guid id, Guid contact, string channel, Guid? campaign)
    {
        var (at, fate) = (Moment(), _random.Next(8));
        object At(bool happened) => happened ? at : DBNull.Value;
        return Insert(
            "deliveries", ("id", id), ("channel", channel), ("contact_id", contact), ("campaign_id", (object?)campaign ?? DBNull.Value),
            ("state", fate == 0 ? "pending" : fate == 1 ? "failed" : fate == 2 ? "suppressed" : "sent"), ("created_at", at), ("sent_at", At(fate > 2)),
            ("delivered_at", At(fate > 3)), ("opened_at", At(fate > 5)), ("clicked_at", At(fate > 6)), ("bounced_at", At(fate == 3)),
            ("failed_at", At(fate == 1)));
    }

    private DateOnly Date(DateTimeOffset moment) => Crm.Shared.LocalDay.At(moment, Zone).Date;

    private static Guid[] Ids(int count) => [.. Enumerable.Range(0, count).Select(_ => Guid.CreateVersion7())];

    private Task Insert(string table, params (string Column, object Value)[] row) => Org.App.Sql(
        $"insert into {table} (organization_id, {string.Join(", ", row.Select(cell => cell.Column))})"
            + $" values ($1, {string.Join(", ", row.Select((_, at) => $"${at + 2}"))})",
        [Org.Id, .. row.Select(cell => cell.Value)]);
}
