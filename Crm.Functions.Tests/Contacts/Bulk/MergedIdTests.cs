using Crm.Functions.Tests.Deals;
using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Contacts.Bulk;

/// <summary>The id of a contact that was merged away stands for the one that stays: for those who may see that one, and for nobody else.</summary>
public sealed class MergedIdTests(TestServices services)
{
    private async Task<(TestOrganization Org, Guid Gone, Guid Stays)> Merged()
    {
        var org = await services.App.NewOrganization();
        var (gone, stays) = (await org.AddContact(org.Staff, "Ann Gone"), await org.AddContact(org.OtherStaff, "Ann Stays"));
        (await org.Owner.Post("/contacts/merge", new { primaryId = stays, duplicateIds = new[] { gone } })).Expect(200);
        return (org, gone, stays);
    }

    [Fact]
    public async Task Who_had_the_one_that_is_gone_is_refused_the_colleagues_one_on_every_route()
    {
        var (org, gone, _) = await Merged();

        (await org.Staff.Get($"/contacts/{gone}")).Expect(403, "FORBIDDEN");
        (await org.Staff.Get($"/contacts/{gone}/timeline")).Expect(403, "FORBIDDEN");
        (await org.Staff.Post($"/contacts/{gone}/timeline", new { type = "note", description = "x" })).Expect(403, "FORBIDDEN");
        (await org.Staff.Patch($"/contacts/{gone}", new { status = "active" })).Expect(403, "FORBIDDEN");
        (await org.Staff.Delete($"/contacts/{gone}")).Expect(403, "FORBIDDEN");
        (await org.Staff.Post("/deals", new { title = "Desks", contactId = gone })).Expect(403, "FORBIDDEN");
        (await org.Staff.Post("/tasks", new { title = "Call", contactId = gone })).Expect(403, "FORBIDDEN");
        Assert.Equal(0, (await org.Staff.Get($"/deals?view=list&contactId={gone}")).Expect(200).Data.GetProperty("deals").GetArrayLength());
    }

    [Fact]
    public async Task Who_has_the_one_that_stays_reads_and_changes_it_by_the_old_id()
    {
        var (org, gone, stays) = await Merged();
        var user = org.OtherStaff;

        Assert.Equal(stays, (await user.Get($"/contacts/{gone}")).Expect(200).Data.Id("id"));
        (await user.Get($"/contacts/{gone}/timeline")).Expect(200);
        var note = (await user.Post($"/contacts/{gone}/timeline", new { type = "note", description = "x" })).Expect(201).Data;
        Assert.Equal(stays, note.Id("contactId"));
        (await user.Delete($"/contacts/{gone}/timeline/{note.Id("id")}")).Expect(200);
        var changed = (await user.Patch($"/contacts/{gone}", new { status = "customer", company = "Northwind" })).Expect(200).Data;
        Assert.Equal((stays, "customer"), (changed.Id("id"), changed.Text("status")));
        Assert.Equal(stays, (await user.Post("/deals", new { title = "Desks", contactId = gone })).Expect(201).Data.Id("contactId"));
        var task = (await user.Post("/tasks", new { title = "Call", contactId = gone })).Expect(201).Data;
        Assert.Equal(stays, task.Id("contactId"));
        Assert.Equal(stays, (await user.Patch($"/tasks/{task.Id("id")}", new { contactId = gone, title = "Call back" })).Expect(200).Data.Id("contactId"));
        Assert.Equal(1, (await user.Get($"/deals?view=list&contactId={gone}")).Expect(200).Data.GetProperty("deals").GetArrayLength());
        Assert.Equal(1, (await user.Get($"/tasks?contactId={gone}")).Expect(200).Data.GetProperty("tasks").GetArrayLength());
        Assert.Equal(stays, (await user.Delete($"/contacts/{gone}")).Expect(200).Data.Id("id"));
        Assert.Equal(0, (await org.Owner.Get("/contacts")).Expect(200).Data.GetProperty("contacts").GetArrayLength());
    }

    [Fact]
    public async Task A_deal_goes_over_to_the_one_that_stays_and_merging_again_does_nothing()
    {
        var (org, gone, stays) = await Merged();
        var third = await org.AddContact(org.Owner);
        var deal = (await org.Owner.Post("/deals", new { title = "Desks", contactId = third })).Expect(201).Data.Id("id");

        Assert.Equal(stays, (await org.Owner.Patch($"/deals/{deal}", new { contactId = gone })).Expect(200).Data.Id("contactId"));
        var again = (await org.Owner.Post("/contacts/merge", new { primaryId = stays, duplicateIds = new[] { gone } })).Expect(200).Data;
        Assert.Equal((stays, 0), (again.GetProperty("contact").Id("id"), again.GetProperty("changes").GetArrayLength()));
        Assert.Equal(third, (await org.Owner.Post("/contacts/merge", new { primaryId = third, duplicateIds = new[] { gone } }))
            .Expect(200).Data.GetProperty("contact").Id("id"));
        Assert.Equal(third, (await org.Owner.Get($"/contacts/{gone}")).Expect(200).Data.Id("id"));
        Assert.Equal(third, (await org.Owner.Get($"/deals/{deal}")).Expect(200).Data.Id("contactId"));
    }
}
