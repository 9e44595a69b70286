using System.Text.Json;
using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Deals;

public sealed class PipelineTests(TestServices services)
{
    [Fact]
    public async Task An_organisation_starts_with_a_pipeline()
    {
        var org = await services.App.NewOrganization();

        var pipeline = Assert.Single((await org.Staff.Get("/pipelines")).Expect(200).Data.GetProperty("pipelines").EnumerateArray());

        Assert.True(pipeline.GetProperty("isDefault").GetBoolean());
        Assert.Equal(
            [
                ("Lead", 0, "open", 10), ("Qualified", 1, "open", 25), ("Proposal", 2, "open", 50),
                ("Negotiation", 3, "open", 75), ("Won", 4, "won", 100), ("Lost", 5, "lost", 0),
            ],
            Stages(pipeline));
        var stats = pipeline.GetProperty("stats");
        Assert.Equal((0, 0m, "0.00", 0m), (stats.Number("totalDeals"), stats.Money("totalValue"), stats.Text("winRate"), stats.Money("avgDealSize")));
        Assert.True(stats.IsNull("avgDaysToClose"));

        var bare = (await org.Owner.Get("/pipelines?includeStats=false")).Expect(200).Data.GetProperty("pipelines")[0];
        Assert.False(bare.TryGetProperty("stats", out _));
        Assert.False(bare.GetProperty("stages")[0].TryGetProperty("dealCount", out _));
    }

    [Fact]
    public async Task Statistics_add_up_what_the_caller_sees()
    {
        var org = await services.App.NewOrganization();
        var sales = await Sales.Of(org);
        await sales.AddDeal(org.Staff, value: 1000, stage: "Lead");
        var likely = await sales.AddDeal(org.Staff, value: 200, stage: "Proposal");
        (await org.Staff.Patch($"/deals/{likely}", new { probability = 80 })).Expect(200);
        await sales.AddDeal(org.OtherStaff, value: 300, stage: "Negotiation");
        await sales.AddDeal(org.Staff, value: 500, stage: "Won");
        await sales.AddDeal(org.OtherStaff, value: 101, stage: "Won");
        await sales.AddDeal(org.OtherStaff, value: 50, stage: "Lost");
        (await org.Owner.Post("/deals", new { title = "Euros", contactId = await org.AddContact(org.Owner), value = 7, currency = "EUR" })).Expect(201);

        var stats = (await org.Owner.Get($"/pipelines/{sales.PipelineId}")).Expect(200).Data.GetProperty("stats");
        Assert.Equal(7, stats.Number("totalDeals"));
        Assert.Equal(4, stats.Number("openDeals"));
        Assert.Equal(2151m, stats.Money("totalValue"));
        Assert.Equal(1500m, stats.Money("openValue"));
        Assert.Equal(601m, stats.Money("wonValue"));
        Assert.Equal(1000 * 0.10m + 200 * 0.80m + 300 * 0.75m, stats.Money("weightedValue"));
        Assert.Equal((2, 1, "66.67"), (stats.Number("wonCount"), stats.Number("lostCount"), stats.Text("winRate")));
        Assert.Equal(358.5m, stats.Money("avgDealSize"));
        Assert.Equal(
            [("EUR", 1, 7m), ("USD", 6, 2151m)],
            stats.GetProperty("byCurrency").EnumerateArray().Select(one => (one.Text("currency"), one.Number("dealCount"), one.Money("totalValue"))));

        var own = (await org.Staff.Get("/pipelines")).Expect(200).Data.GetProperty("pipelines")[0];
        Assert.Equal(3, own.GetProperty("stats").Number("totalDeals"));
        Assert.Equal(260m, own.GetProperty("stats").Money("weightedValue"));
        Assert.Equal("100.00", own.GetProperty("stats").Text("winRate"));
        Assert.False(own.GetProperty("stats").TryGetProperty("byCurrency", out _));
        Assert.Equal([1L, 0, 1, 0, 1, 0], own.GetProperty("stages").EnumerateArray().Select(stage => stage.Number("dealCount")));
    }

    [Fact]
    public async Task The_days_to_close_are_those_from_creation_to_winning()
    {
        var org = await services.App.NewOrganization();
        var sales = await Sales.Of(org);
        var (ten, five) = (await sales.AddDeal(org.Owner), await sales.AddDeal(org.Owner));
        await services.App.Sql("update deals set created_at = created_at - interval '10 days' where id = $1", ten);
        await services.App.Sql("update deals set created_at = created_at - interval '5 days' where id = $1", five);
        await sales.Move(org.Owner, ten, "Won");
        await sales.Move(org.Owner, five, "Won");

        Assert.Equal(7.5m, (await org.Owner.Get($"/pipelines/{sales.PipelineId}")).Data.GetProperty("stats").Money("avgDaysToClose"));
    }

    [Fact]
    public async Task Only_owners_and_managers_edit_pipelines()
    {
        var org = await services.App.NewOrganization();
        var sales = await Sales.Of(org);

        (await org.Staff.Post("/pipelines", new { name = "Mine" })).Expect(403, "FORBIDDEN");
        (await org.Staff.Patch($"/pipelines/{sales.PipelineId}", new { name = "Mine" })).Expect(403, "FORBIDDEN");
        (await org.Staff.Delete($"/pipelines/{sales.PipelineId}")).Expect(403, "FORBIDDEN");
        (await org.Manager.Post("/pipelines", new { name = "Partners" })).Expect(201);
    }

    [Fact]
    public async Task A_pipeline_of_another_organisation_does_not_exist()
    {
        var org = await services.App.NewOrganization();
        var other = await Sales.Of(await services.App.NewOrganization());

        (await org.Owner.Get($"/pipelines/{other.PipelineId}")).Expect(404, "PIPELINE_NOT_FOUND");
        (await org.Owner.Patch($"/pipelines/{other.PipelineId}", new { name = "x" })).Expect(404, "PIPELINE_NOT_FOUND");
        (await org.Owner.Delete($"/pipelines/{other.PipelineId}")).Expect(404, "PIPELINE_NOT_FOUND");
        (await org.Owner.Get($"/deals?pipelineId={other.PipelineId}")).Expect(404, "PIPELINE_NOT_FOUND");
    }

    [Fact]
    public async Task A_new_pipeline_needs_an_open_a_won_and_a_lost_stage()
    {
        var org = await services.App.NewOrganization();
        object Open(string? name = "A", string type = "open", int? probability = null) => new { name, type, probability };
        async Task<string[]> Refused(params object[] stages) =>
            (await org.Owner.Post("/pipelines", new { name = "x", stages })).Expect(400, "VALIDATION_ERROR").Fields;

        Assert.Equal(["name"], (await org.Owner.Post("/pipelines", new { })).Expect(400).Fields);
        Assert.Equal(["stages"], await Refused());
        Assert.Equal(["stages"], await Refused(Open(), Open("W", "won")));
        Assert.Equal(["stages[1].type"], await Refused(Open(), Open("W", "done")));
        Assert.Equal(["stages[0].name"], await Refused(Open(" ")));
        Assert.Equal(["stages[0].probability"], await Refused(Open(probability: 101)));

        var made = (await org.Owner.Post("/pipelines", new { name = " Partners ", stages = new[] { Open("Talk"), Open("Done", "WON"), Open("Gone", "lost") } }))
            .Expect(201).Data;
        Assert.Equal("Partners", made.Text("name"));
        Assert.False(made.GetProperty("isDefault").GetBoolean());
        Assert.Equal([("Talk", 0, "open", 50), ("Done", 1, "won", 100), ("Gone", 2, "lost", 0)], Stages(made));
    }

    [Fact]
    public async Task There_is_always_exactly_one_default_pipeline()
    {
        var org = await services.App.NewOrganization();
        var sales = await Sales.Of(org);

        (await org.Owner.Patch($"/pipelines/{sales.PipelineId}", new { isDefault = false })).Expect(400, "VALIDATION_ERROR");
        (await org.Owner.Delete($"/pipelines/{sales.PipelineId}")).Expect(409, "PIPELINE_IS_DEFAULT");
        var replies = await Task.WhenAll(Enumerable.Range(0, 10).Select(i => org.Owner.Post("/pipelines", new { name = $"P{i}", isDefault = true })));
        Assert.All(replies, reply => reply.Expect(201));

        var all = (await org.Owner.Get("/pipelines")).Data.GetProperty("pipelines").EnumerateArray().ToArray();
        Assert.Equal(11, all.Length);
        Assert.Single(all, pipeline => pipeline.GetProperty("isDefault").GetBoolean());
        (await org.Owner.Delete($"/pipelines/{sales.PipelineId}")).Expect(200);
        (await org.Owner.Delete($"/pipelines/{sales.PipelineId}")).Expect(404, "PIPELINE_NOT_FOUND");
    }

    [Fact]
    public async Task Stages_are_renamed_reordered_added_and_removed_as_a_whole()
    {
        var org = await services.App.NewOrganization();
        var sales = await Sales.Of(org);

        var pipeline = (await org.Owner.Patch($"/pipelines/{sales.PipelineId}", new
        {
            name = "New business",
            stages = new object[]
            {
                new { id = sales.Stage("Proposal"), name = "Offer" },
                new { name = "Trial", type = "open", probability = 33 },
                new { id = sales.Stage("Lead") },
                new { id = sales.Stage("Won"), probability = 99 },
                new { id = sales.Stage("Lost"), type = "lost" },
            },
        })).Expect(200).Data;

        Assert.Equal("New business", pipeline.Text("name"));
        Assert.Equal(
            [("Offer", 0, "open", 50), ("Trial", 1, "open", 33), ("Lead", 2, "open", 10), ("Won", 3, "won", 99), ("Lost", 4, "lost", 0)], Stages(pipeline));
        Assert.Equal(sales.Stage("Proposal"), pipeline.GetProperty("stages")[0].Id("id"));
        (await org.Owner.Post("/deals", new { title = "x", contactId = await org.AddContact(org.Owner), stageId = sales.Stage("Qualified") }))
            .Expect(404, "STAGE_NOT_FOUND");
    }

    [Fact]
    public async Task A_stage_with_deals_goes_only_when_it_is_said_where_they_go()
    {
        var org = await services.App.NewOrganization();
        var sales = await Sales.Of(org);
        var contact = await org.AddContact(org.Staff);
        var staying = await sales.AddDeal(org.Owner, "staying", 10, "Won");
        var second = await sales.AddDeal(org.Staff, "second", 30, "Proposal");
        var first = await sales.AddDeal(org.Staff, "first", 20, "Proposal", contact);
        var lead = await sales.AddDeal(org.Owner, "lead", 5, "Lead");
        string[] kept = ["Negotiation", "Won", "Lost"];
        object Body(object? moveTo = null, object? moveToByStage = null) =>
            new { stages = kept.Select(name => new { id = sales.Stage(name) }), moveTo, moveToByStage };
        var path = $"/pipelines/{sales.PipelineId}";

        (await org.Owner.Patch(path, Body())).Expect(409, "STAGE_HAS_DEALS");
        Assert.Equal(["moveTo"], (await org.Owner.Patch(path, Body(sales.Stage("Lead")))).Expect(400).Fields);
        Assert.Equal(6, (await org.Owner.Get(path)).Data.GetProperty("stages").GetArrayLength());

        (await org.Owner.Patch(path, Body(sales.Stage("Negotiation"), new Dictionary<Guid, Guid> { [sales.Stage("Proposal")] = sales.Stage("Won") })))
            .Expect(200);

        Assert.Equal(["staying", "first", "second"], await sales.Titles(org.Owner, "Won"));
        Assert.Equal(["lead"], await sales.Titles(org.Owner, "Negotiation"));
        var moved = await sales.Deal(first);
        Assert.Equal(("won", 2), (moved.Text("status"), moved.Number("version")));
        Assert.False(moved.IsNull("closedAt"));
        Assert.Equal(["Proposal", "Won"], moved.GetProperty("stageHistory").EnumerateArray().Select(stay => stay.GetProperty("stage").Text("name")));
        Assert.Equal(["deal_moved", "deal_created"], (await sales.Timeline(contact)).Select(entry => entry.Text("action")));
        Assert.Equal(1, (await sales.Deal(staying)).Number("version"));
        await Consistent.Check(org);
        _ = (second, lead);
    }

    [Fact]
    public async Task The_type_of_a_stage_changes_only_while_it_is_empty()
    {
        var org = await services.App.NewOrganization();
        var sales = await Sales.Of(org);
        await sales.AddDeal(org.Owner, stage: "Proposal");
        object Body(string won) => new { stages = sales.Stages.Select(stage => new { id = stage.Value, type = stage.Key == won ? "won" : null }) };

        (await org.Owner.Patch($"/pipelines/{sales.PipelineId}", Body("Proposal"))).Expect(409, "STAGE_HAS_DEALS");
        (await org.Owner.Patch($"/pipelines/{sales.PipelineId}", Body("Qualified"))).Expect(200);
    }

    [Fact]
    public async Task A_stage_of_another_pipeline_or_named_twice_is_refused()
    {
        var org = await services.App.NewOrganization();
        var sales = await Sales.Of(org);
        var other = await Sales.Of(await services.App.NewOrganization());
        object Body(params Guid[] more) => new { stages = sales.Stages.Values.Concat(more).Select(id => new { id }) };

        (await org.Owner.Patch($"/pipelines/{sales.PipelineId}", Body(other.Stage("Lead")))).Expect(404, "STAGE_NOT_FOUND");
        Assert.Equal(["stages"], (await org.Owner.Patch($"/pipelines/{sales.PipelineId}", Body(sales.Stage("Lead")))).Expect(400).Fields);
        Assert.Equal(["body"], (await org.Owner.Patch($"/pipelines/{sales.PipelineId}", new { })).Expect(400).Fields);
    }

    [Fact]
    public async Task A_pipeline_with_deals_is_deleted_only_when_it_is_said_where_they_go()
    {
        var org = await services.App.NewOrganization();
        var sales = await Sales.Of(org);
        var partners = (await org.Owner.Post("/pipelines", new { name = "Partners" })).Expect(201).Data;
        var (id, stages) = (partners.Id("id"), partners.GetProperty("stages"));
        var deal = (await org.Owner.Post(
            "/deals",
            new { title = "x", contactId = await org.AddContact(org.Owner), pipelineId = id, stageId = stages[1].Id("id") })).Expect(201).Data.Id("id");

        (await org.Owner.Delete($"/pipelines/{id}")).Expect(409, "PIPELINE_HAS_DEALS");
        Assert.Equal(["moveTo"], (await org.Owner.Delete($"/pipelines/{id}?moveTo={stages[0].Id("id")}")).Expect(400).Fields);
        (await org.Owner.Delete($"/pipelines/{id}?moveTo={Guid.NewGuid()}")).Expect(404, "STAGE_NOT_FOUND");
        (await org.Owner.Delete($"/pipelines/{id}?moveTo={sales.Stage("Proposal")}")).Expect(200);

        var moved = await sales.Deal(deal);
        Assert.Equal((sales.PipelineId, sales.Stage("Proposal")), (moved.Id("pipelineId"), moved.Id("stageId")));
        await Consistent.Check(org);
    }

    private static IEnumerable<(string, int, string, int)> Stages(JsonElement pipeline) =>
        pipeline.GetProperty("stages").EnumerateArray()
            .Select(stage => (stage.Text("name"), (int)stage.Number("order"), stage.Text("type"), (int)stage.Number("probability")));
}
