using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Deals;

public sealed class UpdateDealTests(TestServices services)
{
    [Fact]
    public async Task A_change_shows_on_the_timeline_field_by_field()
    {
        var org = await services.App.NewOrganization();
        var sales = await Sales.Of(org);
        var contact = await org.AddContact(org.Owner);
        var deal = await sales.AddDeal(org.Owner, contactId: contact);

        var reply = (await org.Owner.Patch($"/deals/{deal}", new { title = "Chairs", value = 250.505, probability = 40, expectedCloseDate = "2026-06-30" }))
            .Expect(200);

        Assert.Equal("\"2\"", reply.Headers["ETag"]);
        Assert.Equal(
            ("Chairs", 250.51m, 40, "2026-06-30"),
            (reply.Data.Text("title"), reply.Data.Money("value"), (int)reply.Data.Number("probability"), reply.Data.Text("expectedCloseDate")));
        var entry = (await sales.Timeline(contact))[0];
        Assert.Equal("deal_updated", entry.Text("action"));
        Assert.Equal(
            ["expectedCloseDate", "probability", "title", "value"],
            entry.GetProperty("changes").EnumerateArray().Select(change => change.Text("field")).Order(StringComparer.Ordinal));

        var cleared = (await org.Owner.Patch($"/deals/{deal}", new { probability = (int?)null, expectedCloseDate = (string?)null })).Expect(200).Data;
        Assert.Equal(10, cleared.Number("probability"));
        Assert.True(cleared.IsNull("expectedCloseDate"));
    }

    [Fact]
    public async Task A_request_that_changes_nothing_leaves_no_trace_and_required_fields_cannot_be_cleared()
    {
        var org = await services.App.NewOrganization();
        var sales = await Sales.Of(org);
        var contact = await org.AddContact(org.Owner);
        var deal = await sales.AddDeal(org.Owner, contactId: contact);

        Assert.Equal(1, (await org.Owner.Patch($"/deals/{deal}", new { title = "Desks", value = 100.00, currency = "usd", stageId = sales.Stage("Lead") }))
            .Expect(200).Data.Number("version"));
        Assert.Single(await sales.Timeline(contact));
        foreach (var body in new[]
        {
            """{"title":null}""", """{"value":null}""", """{"contactId":null}""", """{"ownerId":null}""", """{"stageId":null}""", """{"currency":null}""",
        })
            Assert.Single((await org.Owner.Patch($"/deals/{deal}", body)).Expect(400, "VALIDATION_ERROR").Fields);
        Assert.Equal(["body"], (await org.Owner.Patch($"/deals/{deal}", new { })).Expect(400).Fields);
        Assert.Equal(["lostReason"], (await org.Owner.Patch($"/deals/{deal}", new { lostReason = "x" })).Expect(400).Fields);
    }

    [Fact]
    public async Task Only_the_expected_version_is_changed()
    {
        var org = await services.App.NewOrganization();
        var sales = await Sales.Of(org);
        var deal = await sales.AddDeal(org.Owner);

        var replies = await Task.WhenAll(Enumerable.Range(1, 10).Select(i => org.Owner.Patch($"/deals/{deal}", new { value = i }, ("If-Match", "\"1\""))));

        Assert.Single(replies, reply => reply.Status == 200);
        Assert.Equal(9, replies.Count(reply => reply.Code == "VERSION_CONFLICT"));
    }

    [Fact]
    public async Task Fields_and_stage_change_together_or_not_at_all()
    {
        var org = await services.App.NewOrganization();
        var sales = await Sales.Of(org);
        var contact = await org.AddContact(org.Owner);
        var deal = await sales.AddDeal(org.Owner, contactId: contact);

        (await org.Owner.Patch($"/deals/{deal}", new { title = "Chairs", stageId = sales.Stage("Proposal"), expectedStageId = sales.Stage("Won") }))
            .Expect(409, "DEAL_MOVED");
        Assert.Equal("Desks", (await sales.Deal(deal)).Text("title"));

        var changed = (await org.Owner.Patch($"/deals/{deal}", new { title = "Chairs", stageId = sales.Stage("Proposal") })).Expect(200).Data;
        Assert.Equal(("Chairs", "Proposal", 2), (changed.Text("title"), changed.GetProperty("stage").Text("name"), (int)changed.Number("version")));
        Assert.Equal(
            ["deal_created", "deal_moved", "deal_updated"],
            (await sales.Timeline(contact)).Select(entry => entry.Text("action")).Order(StringComparer.Ordinal));
        await Consistent.Check(org);
    }

    [Fact]
    public async Task A_manager_hands_a_deal_over_and_staff_do_not()
    {
        var org = await services.App.NewOrganization();
        var sales = await Sales.Of(org);
        var deal = await sales.AddDeal(org.Staff);

        (await org.Staff.Patch($"/deals/{deal}", new { ownerId = org.OtherStaff.Id })).Expect(403, "FORBIDDEN");
        (await org.Manager.Patch($"/deals/{deal}", new { ownerId = org.OtherStaff.Id })).Expect(200);
        (await org.Staff.Get($"/deals/{deal}")).Expect(403, "FORBIDDEN");
        (await org.Staff.Patch($"/deals/{deal}", new { value = 1 })).Expect(403, "FORBIDDEN");
        (await org.OtherStaff.Patch($"/deals/{deal}", new { value = 1 })).Expect(200);
        (await org.OtherStaff.Patch($"/deals/{deal}", new { contactId = await org.AddContact(org.Staff) })).Expect(403, "FORBIDDEN");
        await Consistent.Check(org);
    }

    [Fact]
    public async Task A_deal_of_another_organisation_does_not_exist()
    {
        var org = await services.App.NewOrganization();
        var other = await Sales.Of(await services.App.NewOrganization());
        var deal = await other.AddDeal(other.Org.Owner);

        (await org.Owner.Get($"/deals/{deal}")).Expect(404, "DEAL_NOT_FOUND");
        (await org.Owner.Patch($"/deals/{deal}", new { value = 1 })).Expect(404, "DEAL_NOT_FOUND");
        (await org.Owner.Delete($"/deals/{deal}")).Expect(404, "DEAL_NOT_FOUND");
    }

    [Fact]
    public async Task A_deleted_deal_is_gone_from_everywhere_but_the_timeline()
    {
        var org = await services.App.NewOrganization();
        var sales = await Sales.Of(org);
        var contact = await org.AddContact(org.Staff);
        var deal = await sales.AddDeal(org.Staff, contactId: contact);
        (await org.OtherStaff.Delete($"/deals/{deal}")).Expect(403, "FORBIDDEN");

        Assert.Equal(deal, (await org.Staff.Delete($"/deals/{deal}")).Expect(200).Data.Id("id"));

        (await org.Staff.Delete($"/deals/{deal}")).Expect(404, "DEAL_NOT_FOUND");
        (await org.Staff.Get($"/deals/{deal}")).Expect(404, "DEAL_NOT_FOUND");
        (await sales.Move(org.Staff, deal, "Won")).Expect(404, "DEAL_NOT_FOUND");
        Assert.Equal(0, (await org.Staff.Get("/deals")).Data.GetProperty("stages")[0].Number("dealCount"));
        Assert.Equal("deal_deleted", (await sales.Timeline(contact))[0].Text("action"));
        await Consistent.Check(org);
    }

    [Fact]
    public async Task A_contact_counts_the_deals_and_tasks_one_may_see()
    {
        var org = await services.App.NewOrganization();
        var sales = await Sales.Of(org);
        var contact = await org.AddContact(org.Staff);
        await sales.AddDeal(org.Staff, value: 10, contactId: contact);
        await sales.AddDeal(org.Staff, value: 20, stage: "Won", contactId: contact);
        await sales.AddDeal(org.Manager, value: 40, contactId: contact);
        (await org.Owner.Post("/deals", new { title = "x", contactId = contact, value = 7, currency = "EUR" })).Expect(201);
        await services.App.Sql(
            "insert into tasks (organization_id, id, title, contact_id, assignee_id, created_by, created_at, updated_at)"
                + " values ($1, $2, 'Call', $3, $4, $4, $5, $5)",
            org.Id, Guid.NewGuid(), contact, org.Manager.Id, services.App.Clock.GetUtcNow());

        var all = (await org.Owner.Get($"/contacts/{contact}")).Expect(200).Data;
        Assert.Equal((4, 1, 50m), (all.GetProperty("counts").Number("deals"), all.GetProperty("counts").Number("tasks"), all.Money("openDealsValue")));
        var own = (await org.Staff.Get($"/contacts/{contact}")).Expect(200).Data;
        Assert.Equal((2, 0, 10m), (own.GetProperty("counts").Number("deals"), own.GetProperty("counts").Number("tasks"), own.Money("openDealsValue")));
    }
}
