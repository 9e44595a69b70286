using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Exports;

public sealed class TicketTests(TestServices services, OwnApp own) : IClassFixture<OwnApp>
{
    [Fact]
    public async Task A_ticket_opens_one_download_without_a_header()
    {
        var org = await services.App.NewOrganization();
        await org.AddContact(org.Staff, "Mine Own");
        await org.AddContact(org.OtherStaff, "Not Mine");
        var path = await Ticket(org.Staff, new { type = "contacts" });

        // Whatever else the address asks for, the ticket is good for what it was made for.
        var file = (await services.App.Anonymous.Get($"{path}&type=products&format=xlsx")).Expect(200);

        Assert.Contains(",Mine,Own,", file.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("Not,Mine", file.Body, StringComparison.Ordinal);
        (await services.App.Anonymous.Get(path)).Expect(401, "UNAUTHORIZED");
        (await services.App.Anonymous.Get($"/api{path}")).Expect(401, "UNAUTHORIZED");
    }

    [Fact]
    public async Task A_ticket_opens_nothing_else()
    {
        var org = await services.App.NewOrganization();
        var ticket = (await Ticket(org.Owner, new { type = "contacts" })).Split('?')[1];

        (await services.App.Anonymous.Get($"/contacts?{ticket}")).Expect(401);
        (await services.App.Anonymous.Get("/reports/export?ticket=made-up")).Expect(401, "UNAUTHORIZED");
        (await services.App.Anonymous.Get($"/reports/export?{ticket}")).Expect(200);
    }

    [Fact]
    public async Task Of_ten_that_come_at_once_one_is_served()
    {
        var org = await services.App.NewOrganization();
        var path = await Ticket(org.Owner, new { type = "contacts" });

        var replies = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => services.App.Anonymous.Get(path)));

        Assert.Single(replies, reply => reply.Status == 200);
        Assert.Equal(9, replies.Count(reply => reply.Status == 401));
    }

    [Fact]
    public async Task What_would_be_refused_gets_no_ticket()
    {
        var org = await services.App.NewOrganization();

        (await org.Owner.Post("/reports/export/tickets", new { type = "users" })).Expect(400, "INVALID_TYPE");
        (await org.Owner.Post("/reports/export/tickets", new { type = "contacts", status = new[] { "sold" } })).Expect(400, "VALIDATION_ERROR");
        (await org.Staff.Post("/reports/export/tickets", new { type = "deals", ownerId = org.Owner.Id })).Expect(403);
    }

    [Fact]
    public async Task After_a_minute_and_after_its_session_a_ticket_is_good_for_nothing()
    {
        var org = await own.App.NewOrganization();
        var late = await Ticket(org.Owner, new { type = "contacts" });
        own.App.Clock.Advance(TimeSpan.FromSeconds(61));
        (await own.App.Anonymous.Get(late)).Expect(401);

        var left = await Ticket(org.Owner, new { type = "contacts" });
        (await org.Owner.Post("/auth/logout-all")).Expect(200);
        (await own.App.Anonymous.Get(left)).Expect(401);
    }

    private static async Task<string> Ticket(TestUser user, object request)
    {
        var answer = (await user.Post("/reports/export/tickets", request)).Expect(201).Data;
        return new Uri(answer.GetProperty("url").GetString()!).PathAndQuery;
    }
}
