using System.Text.Json;
using Crm.Functions.Tests.Fixture;
using Crm.Functions.Tests.Tasks;

namespace Crm.Functions.Tests.Dashboard;

public sealed class ShowKpisTests(TestServices services)
{
    private readonly TestApp _app = services.App;

    [Fact]
    public async Task A_new_organisation_has_zeros_and_no_activities()
    {
        var org = await _app.NewOrganization();

        Assert.Equal(
            """{"totalContacts":0,"totalDeals":0,"openDeals":0,"openDealsValue":0,"currency":"USD","tasksDueToday":0,"overdueTasks":"""
                + """0,"unreadMessages":0,"recentActivities":[],"changes":{"contactsPct":"0.00","dealsWonPct":"0.00"}}""",
            (await Kpis(org.Owner)).GetRawText());
    }

    [Fact]
    public async Task Owners_and_managers_see_the_organisation_and_staff_their_own()
    {
        var org = await _app.NewOrganization();
        var other = await _app.NewOrganization();
        var pipeline = await org.AddPipeline();
        var (mine, theirs) = (await org.AddContact(org.Staff, "Mine"), await org.AddContact(org.OtherStaff, "Theirs"));
        await org.Owner.Delete($"/contacts/{await org.AddContact(org.Staff)}");
        await org.AddDeal(org.Staff, mine, pipeline, value: 1000);
        await org.AddDeal(org.Staff, mine, pipeline, value: 500, currency: "EUR");
        await org.AddDeal(org.OtherStaff, theirs, pipeline, value: 30.50m);
        await org.AddDeal(org.OtherStaff, theirs, pipeline, "won", 9000);
        await org.AddDeal(org.Staff, mine, pipeline, "lost", 7);
        await org.Staff.AddTask("Late", _app.Clock.GetUtcNow().AddDays(-1));
        await org.OtherStaff.AddTask("Late too", _app.Clock.GetUtcNow().AddDays(-1));
        await org.OtherStaff.AddTask("Today", _app.Clock.GetUtcNow().AddDays(1).UtcDate().AddTicks(-10));
        await org.OtherStaff.AddTask("Tomorrow", _app.Clock.GetUtcNow().AddDays(1).UtcDate());
        await other.AddContact(other.Owner);

        Assert.Equal((2, 5, 3, 1030.50m, 2, 1), Figures(await Kpis(org.Owner)));
        Assert.Equal((2, 5, 3, 1030.50m, 2, 1), Figures(await Kpis(org.Manager)));
        Assert.Equal((1, 3, 2, 1000m, 1, 0), Figures(await Kpis(org.Staff)));
        Assert.Equal((1, 2, 1, 30.50m, 1, 1), Figures(await Kpis(org.OtherStaff)));
        Assert.Equal((1, 0, 0, 0m, 0, 0), Figures(await Kpis(other.Owner)));
    }

    [Fact]
    public async Task Deals_may_be_those_of_one_pipeline()
    {
        var org = await _app.NewOrganization();
        var other = await _app.NewOrganization();
        var contact = await org.AddContact(org.Owner);
        var (first, second) = (await org.AddPipeline(), await org.AddPipeline());
        await org.AddDeal(org.Owner, contact, first, value: 10);
        await org.AddDeal(org.Owner, contact, second, value: 20);
        await org.AddDeal(org.Owner, contact, second, "won", 40);

        Assert.Equal((1, 3, 2, 30m, 0, 0), Figures(await Kpis(org.Owner)));
        Assert.Equal((1, 2, 1, 20m, 0, 0), Figures(await Kpis(org.Owner, $"?pipelineId={second.Pipeline}")));
        foreach (var id in new[] { (await other.AddPipeline()).Pipeline, Guid.NewGuid() })
            (await org.Owner.Get($"/dashboard/kpis?pipelineId={id}")).Expect(404, "PIPELINE_NOT_FOUND");
    }

    [Fact]
    public async Task The_latest_ten_activities_come_newest_first_with_contact_and_actor()
    {
        var org = await _app.NewOrganization();
        var (ann, bob) = (await org.AddContact(org.Staff, "Ann"), await org.AddContact(org.OtherStaff, "Bob"));
        for (var call = 1; call <= 6; call++)
        {
            foreach (var (user, contact, name) in new[] { (org.Staff, ann, "Ann"), (org.OtherStaff, bob, "Bob") })
                (await user.Post($"/contacts/{contact}/timeline", new { type = "call", description = $"{name} {call}" })).Expect(201);
        }

        var all = (await Kpis(org.Owner)).GetProperty("recentActivities");
        Assert.Equal(
            ["Bob 6", "Ann 6", "Bob 5", "Ann 5", "Bob 4", "Ann 4", "Bob 3", "Ann 3", "Bob 2", "Ann 2"],
            all.EnumerateArray().Select(entry => entry.Text("description")));
        Assert.Equal(
            ("Bob", bob, "Staff Tester"),
            (all[0].GetProperty("contact").Text("name"), all[0].GetProperty("contact").Id(), all[0].GetProperty("actor").Text("name")));

        var own = (await Kpis(org.Staff)).GetProperty("recentActivities");
        Assert.Equal(["Ann 6", "Ann 5", "Ann 4", "Ann 3", "Ann 2", "Ann 1", null], own.EnumerateArray().Select(entry => entry.Text("description")));
        Assert.Equal("contact_created", own[6].Text("action"));
        (await org.Staff.Delete($"/contacts/{ann}/timeline/{own[0].Id()}")).Expect(200);
        Assert.Equal("Ann 5", (await Kpis(org.Staff)).GetProperty("recentActivities")[0].Text("description"));
    }

    [Fact]
    public async Task Staff_with_thousands_of_contacts_see_the_same_activities()
    {
        var org = await _app.NewOrganization();
        await _app.Sql(
            """
            insert into contacts (organization_id, id, owner_id, first_name, created_at, updated_at)
            select $1, gen_random_uuid(), $2, 'Contact ' || n, $3, $3 from generate_series(1, 3500) n
            """,
            org.Id, org.Staff.Id, _app.Clock.GetUtcNow());
        await org.AddContact(org.OtherStaff);
        for (var last = 1; last <= 12; last++)
            await org.AddContact(org.Staff, $"Last {last}");

        var kpis = await Kpis(org.Staff);

        Assert.Equal(3512, kpis.GetProperty("totalContacts").GetInt32());
        Assert.Equal(
            Enumerable.Range(3, 10).Reverse().Select(last => $"Last {last}"),
            kpis.GetProperty("recentActivities").EnumerateArray().Select(entry => entry.GetProperty("contact").Text("name")));
    }

    [Fact]
    public async Task Changes_compare_the_last_thirty_days_with_the_thirty_before()
    {
        var org = await _app.NewOrganization();
        var pipeline = await org.AddPipeline();
        var contact = await org.AddContact(org.Owner);
        var today = _app.Clock.GetUtcNow().Date;
        foreach (var (days, count) in new[] { (29, 2), (30, 4), (59, 4), (60, 9) })
        {
            for (var one = 0; one < count; one++)
                await _app.Sql(
                    "update contacts set created_at = $2 where id = $1", await org.AddContact(org.Owner),
                    new DateTimeOffset(today.AddDays(-days), TimeSpan.Zero));
        }

        // 3 in the last thirty days (one of them today), 8 in the thirty before.
        Assert.Equal("-62.50", (await Kpis(org.Owner)).GetProperty("changes").Text("contactsPct"));
        Assert.Null((await Kpis(org.Staff)).GetProperty("changes").Text("contactsPct") is "0.00" ? null : "staff own none");

        await org.AddDeal(org.Owner, contact, pipeline, "won");
        Assert.Null((await Kpis(org.Owner)).GetProperty("changes").Text("dealsWonPct"));
        await org.AddDeal(org.Owner, contact, pipeline, "won", closedAt: new DateTimeOffset(today.AddDays(-30), TimeSpan.Zero));
        await org.AddDeal(org.Owner, contact, pipeline, "won", closedAt: new DateTimeOffset(today.AddDays(-29), TimeSpan.Zero));
        await org.AddDeal(org.Owner, contact, pipeline, "lost", closedAt: new DateTimeOffset(today.AddDays(-29), TimeSpan.Zero));
        Assert.Equal("100.00", (await Kpis(org.Owner)).GetProperty("changes").Text("dealsWonPct"));
    }

    [Fact]
    public async Task Beyond_ten_thousand_contacts_the_total_is_exact_too()
    {
        var org = await _app.NewOrganization();
        await _app.Sql(
            """
            insert into contacts (organization_id, id, owner_id, first_name, created_at, updated_at)
            select $1, gen_random_uuid(), $2, 'Contact', $3, $3 from generate_series(1, 10001) n
            """,
            org.Id, org.Staff.Id, _app.Clock.GetUtcNow());

        var kpis = await Kpis(org.Owner);

        Assert.Equal(10_001, kpis.GetProperty("totalContacts").GetInt32());
    }

    [Fact]
    public async Task The_browser_keeps_the_answer_for_half_a_minute_and_then_asks_whether_it_changed()
    {
        var org = await _app.NewOrganization();

        var first = (await org.Owner.Get("/dashboard/kpis")).Expect(200);

        Assert.Equal("max-age=30, private", first.Headers["Cache-Control"]);
        (await org.Owner.Get("/dashboard/kpis", ("If-None-Match", first.Headers["ETag"]))).Expect(304);
        await org.AddContact(org.Owner);
        (await org.Owner.Get("/dashboard/kpis", ("If-None-Match", first.Headers["ETag"]))).Expect(200);
        (await _app.Anonymous.Get("/dashboard/kpis")).Expect(401, "UNAUTHORIZED");
    }

    private static async Task<JsonElement> Kpis(TestUser user, string query = "") => (await user.Get($"/dashboard/kpis{query}")).Expect(200).Data;

    private static (int Contacts, int Deals, int Open, decimal Value, int Overdue, int Today) Figures(JsonElement kpis) => (
        kpis.GetProperty("totalContacts").GetInt32(), kpis.GetProperty("totalDeals").GetInt32(), kpis.GetProperty("openDeals").GetInt32(),
        kpis.GetProperty("openDealsValue").GetDecimal(), kpis.GetProperty("overdueTasks").GetInt32(), kpis.GetProperty("tasksDueToday").GetInt32());
}
