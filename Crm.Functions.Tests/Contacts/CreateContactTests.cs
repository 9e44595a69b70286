using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Contacts;

public sealed class CreateContactTests(TestServices services)
{
    [Fact]
    public async Task A_new_contact_belongs_to_its_creator_and_has_a_timeline()
    {
        var org = await services.App.NewOrganization();

        var contact = (await org.Staff.Post("/contacts", new { name = "Ann Smith", email = "Ann@Example.com", phone = "(415) 555-0132", tags = new[] { " vip ", "VIP", "q4" } })).Expect(201).Data;

        Assert.Equal("Ann", contact.GetProperty("firstName").GetString());
        Assert.Equal("Smith", contact.GetProperty("lastName").GetString());
        Assert.Equal("+14155550132", contact.GetProperty("phone").GetString());
        Assert.Equal(["vip", "q4"], contact.GetProperty("tags").EnumerateArray().Select(tag => tag.GetString()!));
        Assert.Equal("active", contact.GetProperty("status").GetString());
        Assert.Equal(org.Staff.Id, contact.GetProperty("ownerId").GetGuid());

        var timeline = (await org.Staff.Get($"/contacts/{contact.GetProperty("id").GetGuid()}/timeline")).Expect(200).Data.GetProperty("timeline");
        Assert.Equal("contact_created", Assert.Single(timeline.EnumerateArray()).GetProperty("action").GetString());
    }

    [Fact]
    public async Task A_second_contact_with_the_same_address_is_refused_and_the_first_one_named_to_those_who_may_see_it()
    {
        var org = await services.App.NewOrganization();
        var first = await org.AddContact(org.Staff, "Ann", "ann@example.com");

        var seen = (await org.Owner.Post("/contacts", new { name = "Ann", email = " ANN@example.com" })).Expect(409, "CONTACT_DUPLICATE");
        Assert.Equal(first, seen.Json.GetProperty("error").GetProperty("existingId").GetGuid());

        var hidden = (await org.OtherStaff.Post("/contacts", new { name = "Ann", email = "ann@example.com" })).Expect(409, "CONTACT_DUPLICATE");
        Assert.False(hidden.Json.GetProperty("error").TryGetProperty("existingId", out _));

        (await org.Owner.Post("/contacts", new { name = "Ann", email = "ann@example.com", allowDuplicate = true })).Expect(201);
    }

    [Fact]
    public async Task Twenty_parallel_requests_for_one_address_make_one_contact()
    {
        var org = await services.App.NewOrganization();

        var replies = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => org.Owner.Post("/contacts", new { name = "Ann", email = "ann@example.com" })));

        Assert.Single(replies, reply => reply.Status == 201);
        Assert.Equal(19, replies.Count(reply => reply.Code == "CONTACT_DUPLICATE"));
    }
}
