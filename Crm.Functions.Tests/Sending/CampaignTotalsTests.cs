using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Sending;

/// <summary>A campaign's counts are kept by the database as its deliveries change.</summary>
public sealed class CampaignTotalsTests(TestServices services)
{
    private const string CampaignSql = """
        insert into campaigns (organization_id, id, name, type, creator_id, token_key, created_at, updated_at)
        values ($1, $2, 'Spring', 'email', $3, '\x00', now(), now())
        """;

    private const string ContactsSql = """
        insert into contacts (organization_id, id, email, created_at, updated_at)
        select $1, uuidv7(), 'c' || n || '@totals.test', now(), now() from generate_series(1, 8) n
        """;

    private const string RecipientsSql = """
        insert into deliveries (organization_id, id, channel, contact_id, campaign_id, created_at)
        select organization_id, uuidv7(), 'email', id, $2, now() from contacts where organization_id = $1
        """;

    private const string CountsSql = """
        select concat_ws(' ', sum(recipients), sum(pending), sum(sent), sum(delivered), sum(opened), sum(clicked), sum(human_opened), sum(bounced), sum(failed),
                         sum(suppressed), sum(unsubscribed), sum(complained))
        from campaign_totals where organization_id = $1 and campaign_id = $2
        """;

    [Fact]
    public async Task Counts_follow_every_change_of_a_delivery_and_stay_nested()
    {
        var app = services.App;
        var org = await app.NewOrganization();
        var campaign = Guid.CreateVersion7();
        await app.Sql(CampaignSql, org.Id, campaign, org.Owner.Id);
        await app.Sql(ContactsSql, org.Id);
        await app.Sql(RecipientsSql, org.Id, campaign);
        Assert.Equal("8 8 0 0 0 0 0 0 0 0 0 0", await Counts());

        await Change("state = 'sent', sent_at = now()", 6);
        await Change("state = 'failed'", 1, "pending");
        await Change("state = 'suppressed', skip_reason = 'stopped'", 1, "pending");
        Assert.Equal("8 0 6 0 0 0 0 0 1 1 0 0", await Counts());

        await Change("delivered_at = now(), opened_at = now(), clicked_at = now(), human_opened_at = now()", 3, "sent");
        await Change("unsubscribed_at = now(), complained_at = now()", 1, "clicked");
        Assert.Equal("8 0 6 3 3 3 3 0 1 1 1 1", await Counts());

        await Change("bounced_at = now()", 2, "clicked");
        Assert.Equal("8 0 6 1 1 1 1 2 1 1 1 1", await Counts());
        Assert.Equal(1, await app.Scalar<long>("select count(*) from deliveries where organization_id = $1 and status = 'unsubscribed'", org.Id));

        await app.Sql("delete from deliveries where organization_id = $1", org.Id);
        Assert.Equal("0 0 0 0 0 0 0 0 0 0 0 0", await Counts());

        Task<string> Counts() => app.Scalar<string>(CountsSql, org.Id, campaign);
        Task Change(string what, int many, string status = "pending") => app.Sql(
            $"update deliveries set {what} where id in (select id from deliveries where organization_id = $1 and status = $2 order by id limit {many})",
            org.Id, status);
    }

    [Fact]
    public async Task Clicks_count_once_a_recipient_and_link()
    {
        var app = services.App;
        var org = await app.NewOrganization();
        var campaign = Guid.CreateVersion7();
        await app.Sql(CampaignSql, org.Id, campaign, org.Owner.Id);
        await app.Sql(ContactsSql, org.Id);
        await app.Sql(RecipientsSql, org.Id, campaign);
        const string Click = """
            insert into delivery_clicks (organization_id, delivery_id, number, campaign_id, clicked_at, human_clicked_at)
            select organization_id, id, 1, campaign_id, now(), null from deliveries where organization_id = $1
            on conflict (organization_id, delivery_id, number) do update set clicks = delivery_clicks.clicks + 1, human_clicked_at = now()
            """;
        await app.Sql(Click, org.Id);
        await app.Sql(Click, org.Id);
        await app.Sql(Click, org.Id);
        Assert.Equal(
            "24 8 8",
            await app.Scalar<string>(
                "select concat_ws(' ', sum(clicks), sum(recipients), sum(humans)) from campaign_link_totals where organization_id = $1", org.Id));
    }
}
