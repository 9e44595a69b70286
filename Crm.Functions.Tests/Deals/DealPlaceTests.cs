using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Deals;

/// <summary>Where a deal is, and what a client may believe about it.</summary>
public sealed class DealPlaceTests(TestServices services)
{
    [Fact]
    public async Task Another_place_in_the_column_shows_even_to_a_client_that_knows_the_version()
    {
        var org = await services.App.NewOrganization();
        var sales = await Sales.Of(org);
        var deal = await sales.AddDeal(org.Owner);
        await sales.AddDeal(org.Owner);
        var first = (await org.Owner.Get($"/deals/{deal}")).Expect(200);
        Assert.Equal(1, first.Data.Number("position"));

        (await sales.Move(org.Owner, deal, "Lead", 0)).Expect(200);

        var second = (await org.Owner.Get($"/deals/{deal}", ("If-None-Match", first.Headers["ETag"]))).Expect(200);
        Assert.Equal(0, second.Data.Number("position"));
        (await org.Owner.Patch($"/deals/{deal}", new { title = "Chairs" }, ("If-Match", first.Headers["ETag"]))).Expect(200);
    }

    [Fact]
    public async Task A_pipeline_alone_means_its_first_open_stage()
    {
        var org = await services.App.NewOrganization();
        var sales = await Sales.Of(org);
        var deal = await sales.AddDeal(org.Owner, stage: "Proposal");
        var other = (await org.Owner.Post("/pipelines", new { name = "Partners" })).Expect(201).Data;

        Assert.Equal(sales.Stage("Proposal"), (await org.Owner.Patch($"/deals/{deal}", new { pipelineId = sales.PipelineId })).Expect(200).Data.Id("stageId"));
        var moved = (await org.Owner.Patch($"/deals/{deal}", new { pipelineId = other.Id("id") })).Expect(200).Data;

        Assert.Equal((other.Id("id"), other.GetProperty("stages")[0].Id("id")), (moved.Id("pipelineId"), moved.Id("stageId")));
        (await org.Owner.Patch($"/deals/{deal}", new { pipelineId = Guid.NewGuid() })).Expect(404, "PIPELINE_NOT_FOUND");
        (await org.Owner.Patch($"/deals/{deal}", new { pipelineId = other.Id("id"), stageId = sales.Stage("Lead") })).Expect(400, "STAGE_NOT_IN_PIPELINE");
        await Consistent.Check(org);
    }

    [Fact]
    public async Task A_stage_that_is_expected_is_checked_whatever_else_changes()
    {
        var org = await services.App.NewOrganization();
        var sales = await Sales.Of(org);
        var deal = await sales.AddDeal(org.Owner, stage: "Proposal");

        var refused = (await org.Owner.Patch($"/deals/{deal}", new { title = "Chairs", expectedStageId = sales.Stage("Lead") })).Expect(409, "DEAL_MOVED");

        Assert.Equal(sales.Stage("Proposal"), refused.Json.GetProperty("error").Id("currentStageId"));
        Assert.Equal("Desks", (await sales.Deal(deal)).Text("title"));
        (await org.Owner.Patch($"/deals/{deal}", new { title = "Chairs", expectedStageId = sales.Stage("Proposal") })).Expect(200);
    }

    [Fact]
    public async Task A_deed_has_one_time()
    {
        var org = await services.App.NewOrganization();
        var sales = await Sales.Of(org);
        var contact = await org.AddContact(org.Owner);
        var deal = await sales.AddDeal(org.Owner, contactId: contact);

        (await org.Owner.Patch($"/deals/{deal}", new { title = "Chairs", value = 5, stageId = sales.Stage("Won") })).Expect(200);

        var times = await services.App.Scalar<long>(
            """
            select count(distinct at)
            from (
                select unnest(array[updated_at, stage_entered_at, last_activity_at, closed_at]) as at from deals where id = $1
                union all (select entered_at from deal_stage_history where deal_id = $1 and left_at is null)
                union all (select left_at from deal_stage_history where deal_id = $1 and left_at is not null)
                union all (select occurred_at from timeline_entries where entity_id = $1 and action <> 'deal_created')
                union all (select created_at from audit_events where entity_id = $1 and action <> 'deal.created')
                union all (select last_activity_at from contacts where id = $2)) times
            """,
            deal, contact);
        Assert.Equal(1, times);
    }
}
