using System.Text.Json;
using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Deals;

public sealed class MoveDealTests(TestServices services)
{
    [Fact]
    public async Task A_move_returns_the_deal_and_both_stages_with_their_totals()
    {
        var org = await services.App.NewOrganization();
        var sales = await Sales.Of(org);
        var contact = await org.AddContact(org.Owner);
        await sales.AddDeal(org.Owner, value: 40, stage: "Lead");
        var deal = await sales.AddDeal(org.Owner, value: 100, contactId: contact);

        var moved = (await org.Owner.Post(
            $"/pipelines/{sales.PipelineId}/stages", new { dealId = deal, stageId = sales.Stage("Proposal"), note = "They liked the demo." })).Expect(200).Data;

        Assert.Equal(sales.Stage("Proposal"), moved.GetProperty("deal").Id("stageId"));
        Assert.Equal(2, moved.GetProperty("deal").Number("version"));
        Assert.Equal(("Lead", 1, 40m), Of(moved.GetProperty("fromStage")));
        Assert.Equal(("Proposal", 1, 100m), Of(moved.GetProperty("toStage")));

        var entry = (await sales.Timeline(contact))[0];
        Assert.Equal("deal_moved", entry.Text("action"));
        Assert.Equal("They liked the demo.", entry.Text("description"));
        var change = Assert.Single(entry.GetProperty("changes").EnumerateArray());
        Assert.Equal(("stage", "Lead", "Proposal"), (change.Text("field"), change.Text("old"), change.Text("new")));

        static (string, long, decimal) Of(JsonElement stage) => (stage.Text("name"), stage.Number("dealCount"), stage.Money("totalValue"));
    }

    [Fact]
    public async Task The_pipelines_route_takes_a_deals_id_and_other_names_of_stageId()
    {
        var org = await services.App.NewOrganization();
        var sales = await Sales.Of(org);
        var deal = await sales.AddDeal(org.Owner);

        (await org.Owner.Post($"/pipelines/{deal}/stages", new { stageId = sales.Stage("Qualified") })).Expect(200);
        (await org.Owner.Post($"/pipelines/{sales.PipelineId}/stages", new { dealId = deal, toStageId = sales.Stage("Proposal") })).Expect(200);
        var moved = (await org.Owner.Post($"/pipelines/{deal}/stages", new { dealId = deal, newStageId = sales.Stage("Negotiation") })).Expect(200).Data;

        Assert.Equal("Negotiation", moved.GetProperty("toStage").Text("name"));
    }

    [Fact]
    public async Task What_does_not_exist_is_named()
    {
        var org = await services.App.NewOrganization();
        var sales = await Sales.Of(org);
        var other = await Sales.Of(await services.App.NewOrganization());
        var foreign = await other.AddDeal(other.Org.Owner);
        var deal = await sales.AddDeal(org.Owner);
        var lead = sales.Stage("Lead");
        var path = $"/pipelines/{sales.PipelineId}/stages";

        (await org.Owner.Post($"/pipelines/{Guid.NewGuid()}/stages", new { dealId = deal, stageId = lead })).Expect(404, "PIPELINE_NOT_FOUND");
        (await org.Owner.Post($"/pipelines/{other.PipelineId}/stages", new { dealId = deal, stageId = lead })).Expect(404, "PIPELINE_NOT_FOUND");
        (await org.Owner.Post($"/pipelines/{Guid.NewGuid()}/stages", new { stageId = lead })).Expect(404, "DEAL_NOT_FOUND");
        (await org.Owner.Post(path, new { dealId = foreign, stageId = lead })).Expect(404, "DEAL_NOT_FOUND");
        (await org.Owner.Post(path, new { dealId = deal, stageId = other.Stage("Lead") })).Expect(404, "STAGE_NOT_FOUND");
        Assert.Equal(["dealId"], (await org.Owner.Post(path, new { stageId = lead })).Expect(400, "VALIDATION_ERROR").Fields);
        Assert.Equal(["stageId"], (await org.Owner.Post(path, new { dealId = deal })).Expect(400, "VALIDATION_ERROR").Fields);
        Assert.Equal(["position"], (await org.Owner.Post(path, new { dealId = deal, stageId = lead, position = -1 })).Expect(400, "VALIDATION_ERROR").Fields);
    }

    [Fact]
    public async Task Staff_move_their_own_deals_only()
    {
        var org = await services.App.NewOrganization();
        var sales = await Sales.Of(org);
        var deal = await sales.AddDeal(org.OtherStaff);

        (await sales.Move(org.Staff, deal, "Won")).Expect(403, "FORBIDDEN");
        (await org.Staff.Post($"/pipelines/{sales.PipelineId}/stages", new { dealId = deal, stageId = sales.Stage("Won") })).Expect(403, "FORBIDDEN");
        (await sales.Move(org.OtherStaff, deal, "Won")).Expect(200);
    }

    [Fact]
    public async Task A_stage_of_another_pipeline_is_refused_unless_that_pipeline_is_named()
    {
        var org = await services.App.NewOrganization();
        var sales = await Sales.Of(org);
        var deal = await sales.AddDeal(org.Owner);
        var partners = (await org.Owner.Post("/pipelines", new { name = "Partners" })).Expect(201).Data;
        var (pipelineId, stageId) = (partners.Id("id"), partners.GetProperty("stages")[1].Id("id"));

        (await org.Owner.Post($"/deals/{deal}/move", new { stageId })).Expect(400, "STAGE_NOT_IN_PIPELINE");
        (await org.Owner.Post($"/pipelines/{sales.PipelineId}/stages", new { dealId = deal, stageId })).Expect(400, "STAGE_NOT_IN_PIPELINE");
        (await org.Owner.Patch($"/deals/{deal}", new { stageId })).Expect(400, "STAGE_NOT_IN_PIPELINE");

        var moved = (await org.Owner.Post($"/pipelines/{pipelineId}/stages", new { dealId = deal, stageId })).Expect(200).Data;
        Assert.Equal(pipelineId, moved.GetProperty("deal").Id("pipelineId"));
        Assert.Equal(sales.Stage("Lead"), moved.GetProperty("fromStage").Id("id"));
    }

    [Fact]
    public async Task Who_believes_the_deal_elsewhere_learns_where_it_is()
    {
        var org = await services.App.NewOrganization();
        var sales = await Sales.Of(org);
        var deal = await sales.AddDeal(org.Owner);
        await sales.Move(org.Owner, deal, "Qualified");

        var refused = (await org.Owner.Post($"/deals/{deal}/move", new { stageId = sales.Stage("Proposal"), expectedStageId = sales.Stage("Lead") }))
            .Expect(409, "DEAL_MOVED");

        Assert.Equal(sales.Stage("Qualified"), refused.Json.GetProperty("error").Id("currentStageId"));
        (await org.Owner.Post($"/deals/{deal}/move", new { stageId = sales.Stage("Proposal"), expectedStageId = sales.Stage("Qualified") })).Expect(200);
    }

    [Fact]
    public async Task A_won_stage_closes_the_deal_and_an_open_one_opens_it_again()
    {
        var org = await services.App.NewOrganization();
        var sales = await Sales.Of(org);
        var contact = await org.AddContact(org.Owner);
        var deal = await sales.AddDeal(org.Owner, contactId: contact);

        var won = (await sales.Move(org.Owner, deal, "Won")).Expect(200).Data.GetProperty("deal");
        Assert.Equal("won", won.Text("status"));
        Assert.False(won.IsNull("closedAt"));

        var lost = (await org.Owner.Post($"/deals/{deal}/move", new { stageId = sales.Stage("Lost"), lostReason = "Too expensive" }))
            .Expect(200).Data.GetProperty("deal");
        Assert.Equal("lost", lost.Text("status"));
        Assert.Equal("Too expensive", lost.Text("lostReason"));

        var open = (await sales.Move(org.Owner, deal, "Negotiation")).Expect(200).Data.GetProperty("deal");
        Assert.Equal("open", open.Text("status"));
        Assert.True(open.IsNull("closedAt"));
        Assert.True(open.IsNull("lostReason"));
        Assert.Equal(
            ["Lead", "Won", "Lost", "Negotiation"], open.GetProperty("stageHistory").EnumerateArray().Select(stay => stay.GetProperty("stage").Text("name")));
        Assert.Equal(["deal_moved", "deal_lost", "deal_won", "deal_created"], (await sales.Timeline(contact)).Select(entry => entry.Text("action")));
    }

    [Fact]
    public async Task The_organisation_may_want_a_reason_for_each_loss()
    {
        var org = await services.App.NewOrganization();
        var sales = await Sales.Of(org);
        var deal = await sales.AddDeal(org.Owner);
        await sales.Set("""{"lostReasonRequired": true}""");

        Assert.Equal(["lostReason"], (await sales.Move(org.Owner, deal, "Lost")).Expect(400, "LOST_REASON_REQUIRED").Fields);
        (await org.Owner.Patch($"/deals/{deal}", new { stageId = sales.Stage("Lost"), lostReason = " " })).Expect(400, "LOST_REASON_REQUIRED");
        (await org.Owner.Post("/deals", new { title = "x", contactId = await org.AddContact(org.Owner), stageId = sales.Stage("Lost") }))
            .Expect(400, "LOST_REASON_REQUIRED");
        (await org.Owner.Patch($"/deals/{deal}", new { stageId = sales.Stage("Lost"), lostReason = "No budget" })).Expect(200);
        (await org.Owner.Patch($"/deals/{deal}", new { lostReason = (string?)null })).Expect(400, "LOST_REASON_REQUIRED");
    }

    [Fact]
    public async Task Another_place_in_the_same_column_leaves_no_trace()
    {
        var org = await services.App.NewOrganization();
        var sales = await Sales.Of(org);
        var contact = await org.AddContact(org.Owner);
        var deal = await sales.AddDeal(org.Owner, "c", contactId: contact);
        foreach (var title in new[] { "b", "a" })
            await sales.AddDeal(org.Owner, title);

        var moved = (await sales.Move(org.Owner, deal, "Lead", 1)).Expect(200).Data.GetProperty("deal");

        Assert.Equal(1, moved.Number("position"));
        Assert.Equal(1, moved.Number("version"));
        Assert.Equal(["a", "c", "b"], await sales.Titles(org.Owner, "Lead"));
        Assert.Equal("deal_created", Assert.Single(await sales.Timeline(contact)).Text("action"));
        Assert.Single(moved.GetProperty("stageHistory").EnumerateArray());

        // Beyond the end is the end, and no position means that the place does not matter.
        (await sales.Move(org.Owner, deal, "Lead", 99)).Expect(200);
        Assert.Equal(["a", "b", "c"], await sales.Titles(org.Owner, "Lead"));
        (await sales.Move(org.Owner, deal, "Lead")).Expect(200);
        Assert.Equal(["a", "b", "c"], await sales.Titles(org.Owner, "Lead"));
        (await org.Owner.Patch($"/deals/{deal}", new { position = 0 })).Expect(200);
        Assert.Equal(["c", "a", "b"], await sales.Titles(org.Owner, "Lead"));
    }

    [Fact]
    public async Task A_place_is_counted_among_the_deals_one_sees()
    {
        var org = await services.App.NewOrganization();
        var sales = await Sales.Of(org);
        foreach (var (owner, title) in new[] { (org.Staff, "mine 2"), (org.OtherStaff, "theirs 2"), (org.OtherStaff, "theirs 1"), (org.Staff, "mine 1") })
            await sales.AddDeal(owner, title);
        var deal = await sales.AddDeal(org.Staff, "moved", stage: "Qualified");

        var moved = (await sales.Move(org.Staff, deal, "Lead", 1)).Expect(200).Data.GetProperty("deal");

        Assert.Equal(1, moved.Number("position"));
        Assert.Equal(["mine 1", "moved", "mine 2"], await sales.Titles(org.Staff, "Lead"));
        Assert.Equal(["mine 1", "moved", "theirs 1", "theirs 2", "mine 2"], await sales.Titles(org.Owner, "Lead"));
    }

    [Fact]
    public async Task A_column_whose_ranks_have_grown_long_is_numbered_anew()
    {
        var org = await services.App.NewOrganization();
        var sales = await Sales.Of(org);
        foreach (var title in new[] { "c", "b", "a" })
            await sales.AddDeal(org.Owner, title);
        var rank = "a0" + new string('0', 130) + "V";
        await services.App.Sql("update deals set rank = case title when 'a' then 'a0' when 'b' then $2 else 'a1' end where organization_id = $1", org.Id, rank);
        var deal = await sales.AddDeal(org.Owner, "moved", stage: "Won");

        (await sales.Move(org.Owner, deal, "Lead", 1)).Expect(200);

        Assert.Equal(["a", "moved", "b", "c"], await sales.Titles(org.Owner, "Lead"));
        Assert.Equal(10, await services.App.Scalar<int>("select max(length(rank)) from deals where organization_id = $1", org.Id));
    }
}
