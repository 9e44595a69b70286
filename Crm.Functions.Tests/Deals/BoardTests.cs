using System.Text.Json;
using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Deals;

public sealed class BoardTests(TestServices services)
{
    [Fact]
    public async Task The_board_shows_each_column_with_its_count_its_sum_and_its_first_deals()
    {
        var org = await services.App.NewOrganization();
        var sales = await Sales.Of(org);
        foreach (var (title, value) in new[] { ("c", 3), ("b", 2), ("a", 1) })
            await sales.AddDeal(org.Owner, title, value);
        await sales.AddDeal(org.Owner, "won", 50, "Won");

        var board = (await org.Owner.Get("/deals?perStage=2")).Expect(200).Data;

        Assert.Equal((sales.PipelineId, "Sales"), (board.GetProperty("pipeline").Id("id"), board.GetProperty("pipeline").Text("name")));
        var stages = board.GetProperty("stages").EnumerateArray().ToArray();
        Assert.Equal(["Lead", "Qualified", "Proposal", "Negotiation", "Won", "Lost"], stages.Select(stage => stage.Text("name")));
        Assert.Equal([0L, 1, 2, 3, 4, 5], stages.Select(stage => stage.Number("order")));
        Assert.Equal([3L, 0, 0, 0, 1, 0], stages.Select(stage => stage.Number("dealCount")));
        Assert.Equal([6m, 0, 0, 0, 50, 0], stages.Select(stage => stage.Money("totalValue")));
        Assert.Equal([true, false, false, false, false, false], stages.Select(stage => stage.GetProperty("hasMore").GetBoolean()));
        Assert.Equal([("a", 0L), ("b", 1L)], stages[0].GetProperty("deals").EnumerateArray().Select(deal => (deal.Text("title"), deal.Number("position"))));
        Assert.Equal(["a", "b", "won"], Titles(board));
        var page = board.GetProperty("meta").GetProperty("pagination");
        Assert.Equal((1, 2, 4, 2), (page.Number("page"), page.Number("pageSize"), page.Number("total"), page.Number("totalPages")));
        Assert.True(page.GetProperty("hasNext").GetBoolean());

        var next = (await org.Owner.Get($"/deals?perStage=2&page=2&stageId={sales.Stage("Lead")}")).Expect(200).Data;
        var column = Assert.Single(next.GetProperty("stages").EnumerateArray());
        Assert.Equal(("c", 2), (column.GetProperty("deals")[0].Text("title"), column.GetProperty("deals")[0].Number("position")));
        Assert.False(column.GetProperty("hasMore").GetBoolean());
    }

    [Fact]
    public async Task Staff_see_and_count_their_own_deals()
    {
        var org = await services.App.NewOrganization();
        var sales = await Sales.Of(org);
        await sales.AddDeal(org.Staff, "mine", 10);
        await sales.AddDeal(org.OtherStaff, "theirs", 20);

        var lead = (await org.Staff.Get("/deals")).Expect(200).Data.GetProperty("stages")[0];
        Assert.Equal((1, 10m), (lead.Number("dealCount"), lead.Money("totalValue")));
        Assert.Equal(["mine"], Titles((await org.Staff.Get("/deals?view=list")).Expect(200).Data));
        Assert.Equal(["theirs"], Titles((await org.Manager.Get($"/deals?ownerId={org.OtherStaff.Id}")).Expect(200).Data));
        (await org.Staff.Get($"/deals?ownerId={org.OtherStaff.Id}")).Expect(403, "FORBIDDEN");
        (await org.Staff.Get($"/deals?view=list&ownerId={org.OtherStaff.Id}")).Expect(403, "FORBIDDEN");
    }

    [Fact]
    public async Task Other_currencies_are_counted_but_not_added()
    {
        var org = await services.App.NewOrganization();
        var sales = await Sales.Of(org);
        await sales.AddDeal(org.Owner, value: 10);
        var contactId = await org.AddContact(org.Owner);
        (await org.Owner.Post("/deals", new { title = "x", contactId, value = 7, currency = "EUR" })).Expect(201);

        foreach (var path in new[] { "/deals", "/deals?minValue=1" })
        {
            var lead = (await org.Owner.Get(path)).Expect(200).Data.GetProperty("stages")[0];
            Assert.Equal((2, 10m), (lead.Number("dealCount"), lead.Money("totalValue")));
            Assert.Equal(
                [("EUR", 1L, 7m), ("USD", 1L, 10m)],
                lead.GetProperty("byCurrency").EnumerateArray().Select(one => (one.Text("currency"), one.Number("dealCount"), one.Money("totalValue"))));
        }
    }

    [Fact]
    public async Task Both_views_filter_alike()
    {
        var org = await services.App.NewOrganization();
        var sales = await Sales.Of(org);
        var contact = await org.AddContact(org.Owner);
        var other = await org.AddContact(org.Owner);
        async Task Add(string title, int value, string stage, Guid contactId, string? close) =>
            (await org.Owner.Post("/deals", new { title, value, stageId = sales.Stage(stage), contactId, expectedCloseDate = close })).Expect(201);
        await Add("Standing desks", 100, "Lead", contact, "2026-01-31");
        await Add("Office chairs", 200, "Proposal", contact, "2026-02-28");
        await Add("Desk lamps 100%", 300, "Won", other, null);

        async Task Is(string query, params string[] titles)
        {
            var board = (await org.Owner.Get($"/deals?{query}")).Expect(200).Data;
            Assert.Equal(titles, Titles(board));
            Assert.Equal(titles.Length, board.GetProperty("stages").EnumerateArray().Sum(stage => stage.Number("dealCount")));
            Assert.Equal(titles, Titles((await org.Owner.Get($"/deals?view=list&sortOrder=asc&{query}")).Expect(200).Data));
        }

        await Is("", "Standing desks", "Office chairs", "Desk lamps 100%");
        await Is("search=DESK", "Standing desks", "Desk lamps 100%");
        await Is("search=100%25", "Desk lamps 100%");
        await Is("search=ch", "Office chairs");
        await Is("search=none");
        await Is("status=open,won", "Standing desks", "Office chairs", "Desk lamps 100%");
        await Is("status=won", "Desk lamps 100%");
        await Is($"contactId={contact}", "Standing desks", "Office chairs");
        await Is($"contactId={contact}&minValue=150", "Office chairs");
        await Is("minValue=100&maxValue=200", "Standing desks", "Office chairs");
        await Is("closeFrom=2026-01-31&closeTo=2026-02-27", "Standing desks");
        await Is($"stageId={sales.Stage("Proposal")}", "Office chairs");
        await Is($"pipelineId={sales.PipelineId}&search=lamps", "Desk lamps 100%");
        await Is("rotting=false", "Standing desks", "Office chairs", "Desk lamps 100%");
        await Is("rotting=true");
    }

    [Fact]
    public async Task A_deal_that_nobody_touches_rots()
    {
        var org = await services.App.NewOrganization();
        var sales = await Sales.Of(org);
        var (idle, fresh, won) =
            (await sales.AddDeal(org.Owner, "idle"), await sales.AddDeal(org.Owner, "fresh"), await sales.AddDeal(org.Owner, "won", stage: "Won"));
        await services.App.Sql(
            "update deals set last_activity_at = last_activity_at - interval '30 days', stage_entered_at = stage_entered_at - interval '40 days'"
                + " where id in ($1, $2)",
            idle, won);

        Assert.Equal((true, 30), ((await sales.Deal(idle)).GetProperty("isRotting").GetBoolean(), (int)(await sales.Deal(idle)).Number("rottingDays")));
        Assert.Equal((false, 0), ((await sales.Deal(fresh)).GetProperty("isRotting").GetBoolean(), (int)(await sales.Deal(fresh)).Number("rottingDays")));
        Assert.True((await sales.Deal(won)).IsNull("rottingDays"));
        Assert.Equal(["idle"], Titles((await org.Owner.Get("/deals?rotting=true")).Expect(200).Data));
        Assert.Equal(["won", "fresh"], Titles((await org.Owner.Get("/deals?view=list&rotting=false")).Expect(200).Data));

        await sales.Set("""{"dealRottingDays": 31}""");
        Assert.False((await sales.Deal(idle)).GetProperty("isRotting").GetBoolean());
        Assert.Empty(Titles((await org.Owner.Get("/deals?view=list&rotting=true")).Expect(200).Data));

        await sales.Set("""{"dealRottingDays": 5}""");
        (await org.Owner.Patch($"/deals/{idle}", new { value = 1 })).Expect(200);
        Assert.False((await sales.Deal(idle)).GetProperty("isRotting").GetBoolean());
    }

    [Fact]
    public async Task The_list_is_sorted_and_paged()
    {
        var org = await services.App.NewOrganization();
        var sales = await Sales.Of(org);
        foreach (var (title, value) in new[] { ("b", 3), ("a", 1), ("c", 2) })
            await sales.AddDeal(org.Owner, title, value, title == "c" ? "Won" : null);

        Assert.Equal(["c", "a", "b"], await List(""));
        Assert.Equal(["b", "c", "a"], await List("&sortBy=value"));
        Assert.Equal(["a", "c", "b"], await List("&sortBy=value&sortOrder=asc"));
        Assert.Equal(["a", "b", "c"], await List("&sortBy=title"));
        foreach (var name in new[] { "updatedAt", "lastActivityAt", "expectedCloseDate" })
            Assert.Equal(3, (await List($"&sortBy={name}")).Length);
        Assert.Equal(["sortBy"], (await org.Owner.Get("/deals?view=list&sortBy=rank")).Expect(400, "VALIDATION_ERROR").Fields);

        var first = (await org.Owner.Get("/deals?view=list&pageSize=2")).Expect(200).Data;
        Assert.False(first.TryGetProperty("stages", out _));
        var page = first.GetProperty("meta").GetProperty("pagination");
        Assert.Equal((2, 3, 2), (page.Number("pageSize"), page.Number("total"), page.Number("totalPages")));
        Assert.Equal(["b"], await List($"&cursor={page.Text("nextCursor")}"));
        Assert.Equal(["b"], await List("&pageSize=2&page=2"));

        async Task<string[]> List(string query) => [.. Titles((await org.Owner.Get($"/deals?view=list{query}")).Expect(200).Data)];
    }

    [Fact]
    public async Task Wrong_filters_name_their_field()
    {
        var org = await services.App.NewOrganization();
        var other = await Sales.Of(await services.App.NewOrganization());

        Assert.Equal(["view"], (await org.Owner.Get("/deals?view=table")).Expect(400).Fields);
        Assert.Equal(["status"], (await org.Owner.Get("/deals?status=done")).Expect(400).Fields);
        Assert.Equal(["perStage"], (await org.Owner.Get("/deals?perStage=0")).Expect(400).Fields);
        Assert.Equal(100, (await org.Owner.Get("/deals?perStage=500")).Expect(200).Data.GetProperty("meta").GetProperty("pagination").Number("pageSize"));
        (await org.Owner.Get($"/deals?pipelineId={Guid.NewGuid()}")).Expect(404, "PIPELINE_NOT_FOUND");
        (await org.Owner.Get($"/deals?stageId={other.Stage("Lead")}")).Expect(400, "STAGE_NOT_IN_PIPELINE");
        Assert.Empty(Titles((await org.Owner.Get($"/deals?view=list&pipelineId={other.PipelineId}")).Expect(200).Data));
    }

    private static IEnumerable<string> Titles(JsonElement data) => data.GetProperty("deals").EnumerateArray().Select(deal => deal.Text("title"));
}
