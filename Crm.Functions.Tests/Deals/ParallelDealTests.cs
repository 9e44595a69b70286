using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Deals;

public sealed class ParallelDealTests(TestServices services)
{
    private static readonly string[] Names = ["Lead", "Qualified", "Proposal", "Negotiation", "Won", "Lost"];

    [Fact]
    public async Task Fifty_parallel_moves_of_one_deal_leave_a_history_without_gaps()
    {
        var org = await services.App.NewOrganization();
        var sales = await Sales.Of(org);
        var deal = await sales.AddDeal(org.Owner);

        var replies = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => sales.Move(org.Owner, deal, Names[i % Names.Length])));

        Assert.All(replies, reply => reply.Expect(200));
        await Consistent.Check(org);
        var entries = await services.App.Scalar<long>("select count(*) from timeline_entries where organization_id = $1 and entity_id = $2", org.Id, deal);
        Assert.Equal(entries, await services.App.Scalar<long>("select count(*) from deal_stage_history where organization_id = $1", org.Id));
        Assert.Equal(entries, (await sales.Deal(deal)).Number("version"));
    }

    [Fact]
    public async Task Of_parallel_moves_that_expect_the_same_stage_one_wins()
    {
        var org = await services.App.NewOrganization();
        var sales = await Sales.Of(org);
        var deal = await sales.AddDeal(org.Owner);

        var replies = await Task.WhenAll(Names[1..].Concat(Names[1..]).Select(name =>
            org.Owner.Post($"/deals/{deal}/move", new { stageId = sales.Stage(name), expectedStageId = sales.Stage("Lead") })));

        Assert.Single(replies, reply => reply.Status == 200);
        Assert.Equal(9, replies.Count(reply => reply.Code == "DEAL_MOVED"));
    }

    [Fact]
    public async Task Moves_in_opposite_directions_do_not_deadlock()
    {
        var org = await services.App.NewOrganization();
        var sales = await Sales.Of(org);
        var contact = await org.AddContact(org.Owner);
        var (one, two) =
            (await sales.AddDeal(org.Owner, stage: "Lead", contactId: contact), await sales.AddDeal(org.Owner, stage: "Proposal", contactId: contact));

        for (var i = 0; i < 20; i++)
        {
            var (there, back) = i % 2 == 0 ? ("Proposal", "Lead") : ("Lead", "Proposal");
            var replies = await Task.WhenAll(
                org.Owner.Patch($"/deals/{one}", new { stageId = sales.Stage(there), value = i }),
                org.Owner.Patch($"/deals/{two}", new { stageId = sales.Stage(back), value = 2 * i }));
            Assert.All(replies, reply => reply.Expect(200));
        }

        await Consistent.Check(org);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Totals_history_and_order_survive_a_storm(int seed)
    {
        var org = await services.App.NewOrganization();
        var sales = await Sales.Of(org);
        var contact = await org.AddContact(org.Owner);
        var random = new Random(seed);
        var deals = new List<Guid>();
        for (var i = 0; i < 12; i++)
            deals.Add(await sales.AddDeal(org.Owner, $"deal {i}", random.Next(1000), Names[random.Next(6)], contact));

        for (var round = 0; round < 12; round++)
        {
            var replies = await Task.WhenAll(
                Enumerable.Range(0, 12).Select(_ => Act(sales, contact, deals[random.Next(deals.Count)], random.Next(8), random.Next(1000), random.Next(6))));
            Assert.All(replies, reply => Assert.True(reply.Status < 500, reply.Body));
        }

        await Consistent.Check(org);
    }

    [Fact]
    public async Task A_stage_is_removed_while_deals_are_moved_in_and_out_of_it()
    {
        var org = await services.App.NewOrganization();
        var sales = await Sales.Of(org);
        var contact = await org.AddContact(org.Owner);
        var deals = await Task.WhenAll(Enumerable.Range(0, 10).Select(i => sales.AddDeal(org.Owner, $"deal {i}", i, Names[i % 3], contact)));
        var kept = Names.Where(name => name != "Qualified").Select(name => new { id = sales.Stage(name) });

        var moves = deals
            .SelectMany(deal => new[] { "Qualified", "Lead", "Proposal", "Qualified" }.Select(name => sales.Move(org.Owner, deal, name, 0))).ToArray();
        var removed = await org.Owner.Patch($"/pipelines/{sales.PipelineId}", new { stages = kept, moveTo = sales.Stage("Proposal") });

        removed.Expect(200);
        Assert.All(await Task.WhenAll(moves), reply => Assert.True(reply.Status == 200 || reply.Code == "STAGE_NOT_FOUND", reply.Body));
        await Consistent.Check(org);
    }

    private static Task<TestReply> Act(Sales sales, Guid contact, Guid deal, int what, int value, int stage) => what switch
    {
        0 => sales.Org.Owner.Post(
            "/deals", new { title = "more", contactId = contact, value, stageId = sales.Stage(Names[stage]), currency = stage % 2 == 0 ? "USD" : "EUR" }),
        1 => sales.Org.Owner.Patch($"/deals/{deal}", new { value, probability = value % 3 == 0 ? (int?)null : value % 101 }),
        2 => sales.Org.Owner.Patch(
            $"/deals/{deal}", new { ownerId = stage % 2 == 0 ? sales.Org.Staff.Id : sales.Org.Owner.Id, stageId = sales.Stage(Names[stage]) }),
        3 when value % 5 == 0 => sales.Org.Owner.Delete($"/deals/{deal}"),
        4 => sales.Org.Owner.Patch($"/deals/{deal}", new { position = value % 10 }),
        5 => sales.Org.Owner.Patch($"/deals/{deal}", new { currency = stage % 2 == 0 ? "USD" : "GBP" }),
        _ => sales.Move(sales.Org.Owner, deal, Names[stage], value % 5),
    };
}
