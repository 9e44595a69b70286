using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Contacts;

public sealed class HandOverContactTests(TestServices services)
{
    [Theory]
    [InlineData("", "1 1 0 0")]
    [InlineData("?cascade=false", "1 1 0 0")]
    [InlineData("?cascade=true", "0 0 1 1")]
    public async Task A_contact_that_is_handed_over_takes_its_former_owners_open_deals_and_tasks_along_when_asked_to(string query, string expected)
    {
        var org = await services.App.NewOrganization();
        var contact = await org.AddContact(org.Staff);
        (await org.Staff.Post("/deals", new { title = "Desks", contactId = contact })).Expect(201);
        (await org.Staff.Post("/tasks", new { title = "Call", contactId = contact })).Expect(201);
        (await org.Manager.Post("/tasks", new { title = "The manager's own", contactId = contact })).Expect(201);

        (await org.Manager.Patch($"/contacts/{contact}{query}", new { ownerId = org.OtherStaff.Id })).Expect(200);

        var owned = await services.App.Scalar<string>(
            """
            select concat_ws(' ',
                (select count(*) from deals where contact_id = $1 and owner_id = $2),
                (select count(*) from tasks where contact_id = $1 and assignee_id = $2),
                (select count(*) from deals where contact_id = $1 and owner_id = $3),
                (select count(*) from tasks where contact_id = $1 and assignee_id = $3))
            """,
            contact, org.Staff.Id, org.OtherStaff.Id);
        Assert.Equal(expected, owned);
        Assert.Equal(1, await services.App.Scalar<long>("select count(*) from tasks where contact_id = $1 and assignee_id = $2", contact, org.Manager.Id));
    }

    [Fact]
    public async Task Handing_over_a_contact_that_is_not_there_is_not_found()
    {
        var org = await services.App.NewOrganization();
        var foreign = await services.App.NewOrganization();

        foreach (var id in new[] { Guid.NewGuid(), await foreign.AddContact(foreign.Staff) })
            (await org.Owner.Patch($"/contacts/{id}?cascade=true", new { ownerId = org.OtherStaff.Id })).Expect(404, "CONTACT_NOT_FOUND");
    }
}
