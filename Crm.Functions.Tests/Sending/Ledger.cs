using Crm.Functions.Sending;
using Crm.Functions.Tests.Fixture;
using Crm.Shared.Database;

namespace Crm.Functions.Tests.Sending;

/// <summary>A campaign whose messages are in the ledger, as its sending leaves them.</summary>
public sealed class Ledger
{
    public static readonly DateTimeOffset Start = new(2026, 3, 1, 8, 0, 0, TimeSpan.Zero);

    private const string CampaignSql = """
        insert into campaigns (organization_id, id, name, type, creator_id, token_key, created_at, updated_at)
        values ($1, $2, 'Spring', $4, $3, sha256($2::text::bytea), now(), now())
        """;

    private const string ContactsSql = """
        insert into contacts (organization_id, id, email, email_key, phone, created_at, updated_at)
        select $1, id, 'C' || n || '@ledger.test', 'c' || n || '@ledger.test', '+1415555' || lpad(n::text, 4, '0'), now(), now()
        from unnest($2::uuid[]) with ordinality as c (id, n)
        """;

    private const string DeliveriesSql = """
        insert into deliveries (organization_id, id, channel, contact_id, campaign_id, address, created_at)
        select $1, d.id, $4, c.id, $5, case $4 when 'email' then c.email else c.phone end, now()
        from unnest($2::uuid[], $3::uuid[]) as d (id, contact_id)
        join contacts c on c.organization_id = $1 and c.id = d.contact_id
        """;

    private Ledger(TestOrganization org, Guid campaign, Guid[] contacts, Guid[] deliveries) =>
        (Org, Campaign, Contacts, Deliveries) = (org, campaign, contacts, deliveries);

    public TestOrganization Org { get; }

    public Guid Campaign { get; }

    public Guid[] Contacts { get; }

    /// <summary>One a contact, in their order; their addresses are c1@ledger.test and so on.</summary>
    public Guid[] Deliveries { get; }

    public byte[] Key { get; private set; } = [];

    public static async Task<Ledger> Create(TestApp app, int count, string channel = "email")
    {
        var org = await app.NewOrganization();
        Guid[] Ids() => [.. Enumerable.Range(0, count).Select(_ => Guid.CreateVersion7())];
        var ledger = new Ledger(org, Guid.CreateVersion7(), Ids(), Ids());
        await app.Sql(CampaignSql, org.Id, ledger.Campaign, org.Owner.Id, channel);
        await app.Sql(ContactsSql, org.Id, ledger.Contacts);
        await app.Sql(DeliveriesSql, org.Id, ledger.Deliveries, ledger.Contacts, channel, ledger.Campaign);
        ledger.Key = await app.Scalar<byte[]>("select token_key from campaigns where organization_id = $1 and id = $2", org.Id, ledger.Campaign);
        return ledger;
    }

    /// <summary>A call that claimed these messages, in whatever state.</summary>
    public async Task<Guid> Call(IEnumerable<Guid> deliveries, string state = "claimed")
    {
        var id = Guid.CreateVersion7();
        await Org.App.Sql(
            """
            insert into provider_calls (organization_id, id, campaign_id, channel, state, recipients, claimed_at)
            select $1, $2, campaign_id, min(channel), $4, count(*), $5 from deliveries where organization_id = $1 and id = any($3) group by campaign_id
            """,
            Org.Id, id, deliveries.ToArray(), state, Start);
        await Set("call_id = $3", deliveries, id);
        return id;
    }

    public Task Set(string what, IEnumerable<Guid> deliveries, params object[] values) =>
        Org.App.Sql($"update deliveries set {what} where organization_id = $1 and id = any($2)", [Org.Id, deliveries.ToArray(), .. values]);

    public Task SetSent() => Set("state = 'sent', sent_at = $3", Deliveries, Start);

    public Task<IReadOnlySet<Guid>> Apply(params DeliveryEvent[] events) =>
        DeliveryEvents.Apply(Database(Org.App), Org.Id, events, TestContext.Current.CancellationToken);

    /// <summary>Something told of a message, so many seconds after the start.</summary>
    public DeliveryEvent Told(int number, DeliveryEventKind kind, int seconds = 60, string? reason = null) =>
        new(Deliveries[number - 1], kind, Start.AddSeconds(seconds), reason);

    public Task<string> Status(int number) =>
        Org.App.Scalar<string>("select status from deliveries where organization_id = $1 and id = $2", Org.Id, Deliveries[number - 1]);

    public Task<T> Value<T>(int number, string expression) =>
        Org.App.Scalar<T>($"select {expression} from deliveries where organization_id = $1 and id = $2", Org.Id, Deliveries[number - 1]);

    /// <summary>Why an address is suppressed; empty when it is not.</summary>
    public Task<string> Suppressed(string address) =>
        Org.App.Scalar<string>("select coalesce((select reason from suppressions where organization_id = $1 and address = $2), '')", Org.Id, address);

    public static Db Database(TestApp app) =>
        new(app.Services.GetRequiredService<DbSources>(), app.Clock, app.Services.GetRequiredService<IOutboxRelay>());
}
