using System.Text.Json;
using Crm.Functions.Tests.Fixture;
using Crm.Shared.Integrations.AzureQueues;

namespace Crm.Functions.Tests.Campaigns;

/// <summary>A campaign that is being sent, as its send leaves it: recipients are pending, the texts are frozen, the messages are not sent yet.</summary>
internal sealed record CampaignScene(TestApp App, TestOrganization Org, Guid Id)
{
    private const string CampaignSql = """
        insert into campaigns (organization_id, id, name, type, status, run, settings, snapshot, creator_id, token_key, created_at, updated_at, started_at)
        values ($1, $2, 'Spring', $3, 'sending', 1, $4::jsonb, $5::jsonb, $6, '\x0102030405060708090a0b0c0d0e0f10', $7, $7, $7)
        """;

    // c1@…, c2@…; numbers of their own.
    private const string ContactsSql = """
        insert into contacts (organization_id, id, owner_id, first_name, email, phone, created_at, updated_at)
        select $1, uuidv7(), $2, 'Ann ' || n, 'c' || n || '@' || $3, '+49151' || lpad(($4 + n)::text, 8, '0'), $5, $5
        from generate_series(1, $6) n
        """;

    private const string DeliveriesSql = """
        insert into deliveries (organization_id, id, channel, contact_id, campaign_id, created_at)
        select organization_id, uuidv7(), $3, id, $2, $4
        from contacts
        where organization_id = $1
        order by id
        """;

    /// <summary>Of the addresses, which are this scene's alone.</summary>
    public string Domain => $"{Org.Id:N}.test";

    public static async Task<CampaignScene> Make(
        TestApp app, int recipients, string type = "email", object? settings = null, object? texts = null, TestOrganization? org = null)
    {
        org ??= await app.NewOrganization();
        var scene = new CampaignScene(app, org, Guid.CreateVersion7());
        texts ??= new { subject = "Hello {{ first_name }}", content = "Dear {{ first_name }}, from {{ company_name }}", html = "<p>Dear {{ first_name }}</p>" };
        var now = app.Clock.GetUtcNow();
        await app.Sql(CampaignSql, org.Id, scene.Id, type, JsonSerializer.Serialize(settings ?? new { }), JsonSerializer.Serialize(texts), org.Owner.Id, now);
        await app.Sql(ContactsSql, org.Id, org.Staff.Id, scene.Domain, Random.Shared.Next(90_000_000), app.Clock.GetUtcNow(), recipients);
        await app.Sql(DeliveriesSql, org.Id, scene.Id, type, app.Clock.GetUtcNow());
        return scene;
    }

    /// <summary>Queues batches, and waits until they are handled.</summary>
    public async Task Run(int messages = 1, int run = 1, bool goesOn = false)
    {
        for (var message = 0; message < messages; message++)
            await App.Queues.Send(
                "campaign-batches", JsonSerializer.Serialize(new { organizationId = Org.Id, campaignId = Id, run, goesOn }),
                TestContext.Current.CancellationToken);
        await Idle();
    }

    /// <summary>Fires the sweep, and waits until what it queued is handled.</summary>
    public async Task Sweep()
    {
        await App.RunTimer("SettleCalls");
        await App.RunTimer("SweepCampaigns");
        await Idle();
    }

    public async Task Idle()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (await App.Queues.Depth("campaign-batches", TestContext.Current.CancellationToken) > 0)
            await Task.Delay(20, patience.Token);
        Assert.Equal(0, await App.Queues.Depth("campaign-batches-poison", TestContext.Current.CancellationToken));
    }

    /// <summary>Its status, and how many deliveries are in each: <c>sending: 3 pending, 5 sent</c>.</summary>
    public Task<string> State() => App.Scalar<string>(
        """
        select p.status || ': ' || coalesce((
            select string_agg(n || ' ' || status, ', ' order by status)
            from (select status, count(*) n from deliveries d where d.organization_id = p.organization_id and d.campaign_id = p.id group by status) s), '')
        from campaigns p
        where p.id = $1
        """,
        Id);

    /// <summary>The calls by their states: <c>2 accepted, 1 refused</c>.</summary>
    public Task<string> Calls() => App.Scalar<string>(
        """
        select coalesce(string_agg(n || ' ' || state, ', ' order by state), '')
        from (select state, count(*) n from provider_calls where campaign_id = $1 group by state) s
        """,
        Id);

    /// <summary>One value of its row, as text.</summary>
    public Task<string> Of(string expression) => App.Scalar<string>($"select coalesce(({expression})::text, '') from campaigns where id = $1", Id);

    public IReadOnlyList<Crm.Local.Providers.SentMessage> Mails =>
        [.. App.Providers.Mailbox.Messages(kind: "email").Where(mail => mail.To.EndsWith(Domain, StringComparison.Ordinal))];

    /// <summary>Everybody got one, and nobody two.</summary>
    public void EverybodyGotOne(int recipients)
    {
        Assert.Equal(recipients, Mails.Count);
        Assert.Equal(recipients, Mails.Select(mail => mail.To).Distinct(StringComparer.OrdinalIgnoreCase).Count());
    }
}
