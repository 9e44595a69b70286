using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Contacts.Bulk;

public sealed class ChangeContactsTests(TestServices services)
{
    [Fact]
    public async Task Many_contacts_are_tagged_at_once_and_each_row_says_what_became_of_it()
    {
        var org = await services.App.NewOrganization();
        var other = await services.App.NewOrganization();
        var (a, b, theirs, none) = (await org.AddContact(org.Manager), await org.AddContact(org.Staff), await other.AddContact(other.Manager), Guid.NewGuid());
        (await org.Manager.Patch($"/contacts/{b}", new { tags = new[] { "VIP" } })).Expect(200);

        var reply = (await org.Manager.Post("/contacts/bulk", new { ids = new[] { a, b, theirs, none }, action = "tag", values = new { tags = new[] { "vip" } } })).Expect(200).Data;

        Assert.Equal((2, 1, 1, 2), (Number(reply, "matched"), Number(reply, "changed"), Number(reply, "unchanged"), Number(reply, "notFound")));
        var outcomes = reply.GetProperty("results").EnumerateArray().ToDictionary(result => result.GetProperty("id").GetGuid(), result => result.GetProperty("outcome").GetString()!);
        Assert.Equal(("updated", "unchanged", "notFound", "notFound"), (outcomes[a], outcomes[b], outcomes[theirs], outcomes[none]));
        Assert.Equal("vip", (await org.Manager.Get($"/contacts/{a}")).Data.GetProperty("tags")[0].GetString());
        Assert.Equal("contact_updated", (await org.Manager.Get($"/contacts/{a}/timeline")).Data.GetProperty("timeline")[0].GetProperty("action").GetString());
    }

    [Fact]
    public async Task A_filter_picks_the_contacts_and_a_dry_run_changes_none()
    {
        var org = await services.App.NewOrganization();
        var kept = await org.AddContact(org.Manager, "Keep Me");
        await org.AddContact(org.Manager, "Drop Me");
        await org.AddContact(org.Manager, "Drop Me Too");

        var tried = (await org.Manager.Post("/contacts/bulk", new { filter = new { search = "drop" }, action = "delete", dryRun = true })).Expect(200).Data;
        Assert.Equal(2, Number(tried, "changed"));
        Assert.Equal(3, Number((await org.Manager.Get("/contacts")).Data.GetProperty("meta").GetProperty("pagination"), "total"));

        Assert.Equal(2, Number((await org.Manager.Post("/contacts/bulk", new { filter = new { search = "drop" }, action = "delete" })).Expect(200).Data, "changed"));
        Assert.Equal([kept], (await org.Manager.Get("/contacts")).Data.GetProperty("contacts").EnumerateArray().Select(contact => contact.GetProperty("id").GetGuid()));
    }

    [Fact]
    public async Task Contacts_are_assigned_and_updated_together()
    {
        var org = await services.App.NewOrganization();
        var (a, b) = (await org.AddContact(org.Manager), await org.AddContact(org.Owner));

        (await org.Manager.Post("/contacts/bulk", new { ids = new[] { a, b }, action = "assign", values = new { ownerId = org.Staff.Id } })).Expect(200);
        (await org.Manager.Post("/contacts/bulk", new { ids = new[] { a, b }, action = "update", values = new { status = "Customer", company = "Northwind" } })).Expect(200);

        foreach (var contact in (await org.Staff.Get("/contacts?status=customer&search=northwind")).Expect(200).Data.GetProperty("contacts").EnumerateArray())
            Assert.Equal(org.Staff.Id, contact.GetProperty("ownerId").GetGuid());
        Assert.Equal(2, Number((await org.Staff.Get("/contacts?status=customer&search=northwind")).Data.GetProperty("meta").GetProperty("pagination"), "total"));
    }

    [Theory]
    [InlineData("""{"action":"tag","values":{"tags":["x"]}}""")]
    [InlineData("""{"ids":[],"action":"delete"}""")]
    [InlineData("""{"filter":{},"action":"explode"}""")]
    [InlineData("""{"filter":{},"action":"tag"}""")]
    [InlineData("""{"filter":{},"action":"assign","values":{}}""")]
    [InlineData("""{"filter":{},"action":"update","values":{"tags":["x"]}}""")]
    public async Task A_request_that_does_not_say_what_to_do_is_refused(string body)
    {
        var org = await services.App.NewOrganization();

        var reply = (await org.Manager.Post("/contacts/bulk", body)).Expect(400, "VALIDATION_ERROR");

        Assert.NotEmpty(reply.Fields);
        (await org.Staff.Post("/contacts/bulk", body)).Expect(403);
    }

    private static int Number(System.Text.Json.JsonElement reply, string name) => reply.GetProperty(name).GetInt32();
}
