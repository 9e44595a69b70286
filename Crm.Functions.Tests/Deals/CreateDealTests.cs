using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Deals;

public sealed class CreateDealTests(TestServices services)
{
    [Fact]
    public async Task A_new_deal_stands_in_the_first_open_stage_of_the_default_pipeline_and_on_its_contacts_timeline()
    {
        var org = await services.App.NewOrganization();
        var sales = await Sales.Of(org);
        var contact = await org.AddContact(org.Staff, "Ann Smith");

        var reply = (await org.Staff.Post("/deals", new { title = " Desks ", value = 1500, contactId = contact, expectedCloseDate = "2026-12-31" }))
            .Expect(201);

        var deal = reply.Data;
        Assert.Equal("Desks", deal.Text("title"));
        Assert.Contains("\"value\":1500.00", reply.Body, StringComparison.Ordinal);
        Assert.Equal("USD", deal.Text("currency"));
        Assert.Equal("Ann Smith", deal.GetProperty("contact").Text("name"));
        Assert.Equal(sales.PipelineId, deal.Id("pipelineId"));
        Assert.Equal(sales.Stage("Lead"), deal.Id("stageId"));
        Assert.Equal("Lead", deal.GetProperty("stage").Text("name"));
        Assert.Equal("open", deal.Text("status"));
        Assert.Equal(10, deal.Number("probability"));
        Assert.Equal(0, deal.Number("position"));
        Assert.Equal("2026-12-31", deal.Text("expectedCloseDate"));
        Assert.Equal(org.Staff.Id, deal.Id("ownerId"));
        Assert.Equal(1, deal.Number("version"));
        Assert.False(deal.GetProperty("isRotting").GetBoolean());
        Assert.Equal("Lead", Assert.Single(deal.GetProperty("stageHistory").EnumerateArray()).GetProperty("stage").Text("name"));

        var entry = Assert.Single(await sales.Timeline(contact));
        Assert.Equal("deal_created", entry.Text("action"));
        Assert.Equal(deal.Id("id"), entry.Id("entityId"));
        Assert.False((await org.Owner.Get($"/contacts/{contact}")).Data.IsNull("lastActivityAt"));
        Assert.Equal(1, await services.App.Scalar<long>(
            "select count(*) from audit_events where organization_id = $1 and action = 'deal.created' and entity_id = $2", org.Id, deal.Id("id")));
    }

    [Fact]
    public async Task The_newest_deal_is_on_top_of_its_column()
    {
        var org = await services.App.NewOrganization();
        var sales = await Sales.Of(org);
        foreach (var title in new[] { "first", "second", "third" })
            await sales.AddDeal(org.Owner, title);

        Assert.Equal(["third", "second", "first"], await sales.Titles(org.Owner, "Lead"));
    }

    [Fact]
    public async Task A_deal_that_starts_in_a_won_stage_is_won()
    {
        var org = await services.App.NewOrganization();
        var sales = await Sales.Of(org);

        var deal = await sales.Deal(await sales.AddDeal(org.Owner, stage: "Won"));

        Assert.Equal("won", deal.Text("status"));
        Assert.False(deal.IsNull("closedAt"));
        Assert.Equal(100, deal.Number("probability"));
    }

    [Fact]
    public async Task A_contact_that_is_a_colleagues_another_organisations_or_inactive_is_refused()
    {
        var org = await services.App.NewOrganization();
        var other = await services.App.NewOrganization();
        var colleagues = await org.AddContact(org.OtherStaff);
        var foreign = await other.AddContact(other.Owner);
        var inactive = await org.AddContact(org.Staff);
        await org.Owner.Delete($"/contacts/{inactive}");

        (await org.Staff.Post("/deals", new { title = "Desks", contactId = colleagues })).Expect(403, "FORBIDDEN");
        (await org.Staff.Post("/deals", new { title = "Desks", contactId = foreign })).Expect(404, "CONTACT_NOT_FOUND");
        (await org.Staff.Post("/deals", new { title = "Desks", contactId = Guid.NewGuid() })).Expect(404, "CONTACT_NOT_FOUND");
        (await org.Staff.Post("/deals", new { title = "Desks", contactId = inactive })).Expect(400, "CONTACT_INACTIVE");
        (await org.Owner.Post("/deals", new { title = "Desks", contactId = colleagues })).Expect(201);
    }

    [Fact]
    public async Task Staff_own_their_deals_and_a_manager_may_give_one_to_an_active_colleague()
    {
        var org = await services.App.NewOrganization();
        var contact = await org.AddContact(org.Staff);

        (await org.Staff.Post("/deals", new { title = "Desks", contactId = contact, ownerId = org.OtherStaff.Id })).Expect(403, "FORBIDDEN");
        (await org.Manager.Post("/deals", new { title = "Desks", contactId = contact, ownerId = Guid.NewGuid() })).Expect(404, "USER_NOT_FOUND");
        var deal = (await org.Manager.Post("/deals", new { title = "Desks", contactId = contact, ownerId = org.OtherStaff.Id })).Expect(201).Data;

        // T5: the deal is theirs, its contact is not; they see its name.
        var seen = (await org.OtherStaff.Get($"/deals/{deal.Id("id")}")).Expect(200).Data;
        Assert.Equal(contact, seen.GetProperty("contact").Id("id"));
        Assert.StartsWith("Contact ", seen.GetProperty("contact").Text("name"), StringComparison.Ordinal);
        (await org.OtherStaff.Get($"/contacts/{contact}")).Expect(403);
    }

    [Fact]
    public async Task Each_fault_names_its_field()
    {
        var org = await services.App.NewOrganization();
        var contactId = await org.AddContact(org.Owner);

        Assert.Equal(["contactId", "title"], (await org.Owner.Post("/deals", new { value = 1 })).Expect(400, "VALIDATION_ERROR").Fields);
        Assert.Equal(["title"], (await org.Owner.Post("/deals", new { contactId, title = new string('x', 201) })).Expect(400).Fields);
        Assert.Equal(["value"], (await org.Owner.Post("/deals", new { contactId, title = "x", value = -0.01 })).Expect(400).Fields);
        Assert.Equal(["value"], (await org.Owner.Post("/deals", new { contactId, title = "x", value = 1e12 })).Expect(400).Fields);
        Assert.Equal(["currency"], (await org.Owner.Post("/deals", new { contactId, title = "x", currency = "JPY" })).Expect(400).Fields);
        Assert.Equal(["probability"], (await org.Owner.Post("/deals", new { contactId, title = "x", probability = 101 })).Expect(400).Fields);
        Assert.Equal(["expectedCloseDate"], (await org.Owner.Post("/deals", new { contactId, title = "x", expectedCloseDate = "soon" })).Expect(400).Fields);
        (await org.Owner.Post("/deals", new { contactId, title = "x", currency = "eur", value = 0 })).Expect(201);
    }

    [Fact]
    public async Task Stage_and_pipeline_must_exist_and_belong_together()
    {
        var org = await services.App.NewOrganization();
        var other = await Sales.Of(await services.App.NewOrganization());
        var sales = await Sales.Of(org);
        var contactId = await org.AddContact(org.Owner);
        var partners = (await org.Owner.Post("/pipelines", new { name = "Partners" })).Expect(201).Data;

        (await org.Owner.Post("/deals", new { contactId, title = "x", stageId = other.Stage("Lead") })).Expect(404, "STAGE_NOT_FOUND");
        (await org.Owner.Post("/deals", new { contactId, title = "x", pipelineId = other.PipelineId })).Expect(404, "PIPELINE_NOT_FOUND");
        (await org.Owner.Post("/deals", new { contactId, title = "x", pipelineId = partners.Id("id"), stageId = sales.Stage("Lead") }))
            .Expect(400, "STAGE_NOT_IN_PIPELINE");

        var deal = (await org.Owner.Post("/deals", new { contactId, title = "x", pipelineId = partners.Id("id") })).Expect(201).Data;
        Assert.Equal(partners.GetProperty("stages")[0].Id("id"), deal.Id("stageId"));
    }

    [Fact]
    public async Task Dates_without_an_offset_are_the_organisations_and_a_moment_falls_on_its_day_there()
    {
        var org = await services.App.NewOrganization("America/New_York");
        var contactId = await org.AddContact(org.Owner);

        var deal = (await org.Owner.Post("/deals", new { contactId, title = "x", expectedCloseDate = "2026-12-31T03:00:00Z" })).Expect(201).Data;

        Assert.Equal("2026-12-30", deal.Text("expectedCloseDate"));
    }
}
