using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Contacts;

public sealed class ListTimelineTests(TestServices services)
{
    [Fact]
    public async Task Entries_come_newest_first()
    {
        var org = await services.App.NewOrganization();
        var id = await org.AddContact(org.Staff);
        await Add(org.Staff, id, "call", "2026-01-02T09:00:00Z");
        await Add(org.Staff, id, "note", "2026-01-03T09:00:00Z");
        await Add(org.Staff, id, "email", "2026-01-01T09:00:00Z");

        var reply = (await org.Staff.Get($"/contacts/{id}/timeline")).Expect(200);

        Assert.Equal(["contact_created", "note_added", "call_added", "email_added"], reply.Texts("timeline", "action"));
        Assert.Equal(4, reply.Page("total"));
        var entry = reply.Data.GetProperty("timeline")[1];
        Assert.Equal(id, entry.GetProperty("contactId").GetGuid());
        Assert.Equal("2026-01-03T09:00:00.000Z", entry.GetProperty("occurredAt").GetString());
        Assert.Equal("Staff Tester", entry.GetProperty("actor").GetProperty("name").GetString());
    }

    [Fact]
    public async Task Types_may_be_several_in_any_case()
    {
        var org = await services.App.NewOrganization();
        var id = await org.AddContact(org.Owner);
        foreach (var type in new[] { "note", "call", "meeting", "email" })
            await Add(org.Owner, id, type, $"2026-01-01T09:00:00Z");

        foreach (var (query, count) in new[]
        {
            ("type=note", 1), ("type=Note,CALL", 2), ("type=note&type=call&type=meeting", 3),
            ("type=note,call,meeting,email,update", 5), ("type=sms", 0), ("type=", 5),
        })
        {
            var reply = (await org.Owner.Get($"/contacts/{id}/timeline?{query}")).Expect(200);
            Assert.True(reply.Page("total") == count && reply.Ids("timeline").Count == count, $"{query}: {reply.Body}");
        }
    }

    [Theory]
    [InlineData("type=gossip", "type")]
    [InlineData("from=yesterday", "from")]
    [InlineData("to=2026-13-01", "to")]
    [InlineData("from=0001-01-01", "from")]
    [InlineData("to=9999-12-31", "to")]
    [InlineData("cursor=abc", "cursor")]
    [InlineData("page=0", "page")]
    [InlineData("sortBy=title", "sortBy")]
    public async Task A_bad_parameter_is_named(string query, string field)
    {
        var org = await services.App.NewOrganization();
        var id = await org.AddContact(org.Owner);
        Assert.Equal([field], (await org.Owner.Get($"/contacts/{id}/timeline?{query}")).Expect(400, "VALIDATION_ERROR").Fields);
    }

    // New York: 2026-03-08 has 23 hours, 2026-11-01 has 25.
    [Theory]
    [InlineData("from=2026-03-08&to=2026-03-08", "2026-03-08T05:00:00Z", "2026-03-09T03:59:59Z")]
    [InlineData("from=2026-11-01&to=2026-11-01", "2026-11-01T04:00:00Z", "2026-11-02T04:59:59Z")]
    [InlineData("from=2026-06-01T10:00&to=2026-06-01T11:00", "2026-06-01T14:00:00Z", "2026-06-01T14:59:59Z")]
    [InlineData("from=2026-06-01T10:00:00.000Z&to=2026-06-01T13:00:00%2B02:00", "2026-06-01T10:00:00Z", "2026-06-01T10:59:59Z")]
    public async Task Dates_and_times_without_an_offset_are_the_organisations(string query, string first, string last)
    {
        var org = await services.App.NewOrganization("America/New_York");
        var id = await org.AddContact(org.Owner);
        var (from, to) = (DateTimeOffset.Parse(first, null), DateTimeOffset.Parse(last, null));
        await Add(org.Owner, id, "note", from.AddSeconds(-1).ToString("O"));
        await Add(org.Owner, id, "call", from.ToString("O"));
        await Add(org.Owner, id, "meeting", to.ToString("O"));
        await Add(org.Owner, id, "email", to.AddSeconds(1).ToString("O"));

        Assert.Equal(["meeting_added", "call_added"], (await org.Owner.Get($"/contacts/{id}/timeline?{query}")).Expect(200).Texts("timeline", "action"));
    }

    [Fact]
    public async Task Pages_and_cursors_visit_each_entry_once()
    {
        var org = await services.App.NewOrganization();
        var id = await org.AddContact(org.Owner);
        for (var number = 0; number < 11; number++)
            await Add(org.Owner, id, "note", $"2026-01-0{1 + number / 6}T09:00:00Z");
        var all = (await org.Owner.Get($"/contacts/{id}/timeline?pageSize=100")).Expect(200).Ids("timeline");
        Assert.Equal(12, all.Count);

        var paged = new List<Guid>();
        for (var page = 1; page <= 3; page++)
            paged.AddRange((await org.Owner.Get($"/contacts/{id}/timeline?limit=5&page={page}")).Expect(200).Ids("timeline"));
        Assert.Equal(all, paged);
        Assert.Empty((await org.Owner.Get($"/contacts/{id}/timeline?limit=5&page=4")).Expect(200).Ids("timeline"));

        var seen = new List<Guid>();
        string? cursor = null;
        do
        {
            var reply = (await org.Owner.Get($"/contacts/{id}/timeline?pageSize=5{(cursor is null ? "" : $"&cursor={cursor}")}")).Expect(200);
            seen.AddRange(reply.Ids("timeline"));
            cursor = reply.NextCursor();
            await Add(org.Owner, id, "call", null);
        }
        while (cursor is not null);
        Assert.Equal(all, seen);
    }

    [Fact]
    public async Task A_timeline_belongs_to_its_contact()
    {
        var org = await services.App.NewOrganization();
        var other = await services.App.NewOrganization();
        var id = await org.AddContact(org.Staff);
        var second = await org.AddContact(org.Staff);
        await Add(org.Owner, id, "note", null);

        Assert.Equal(["contact_created"], (await org.Staff.Get($"/contacts/{second}/timeline")).Expect(200).Texts("timeline", "action"));
        Assert.Equal(["note_added", "contact_created"], (await org.Staff.Get($"/contacts/{id}/timeline")).Expect(200).Texts("timeline", "action"));
        (await org.OtherStaff.Get($"/contacts/{id}/timeline")).Expect(403, "FORBIDDEN");
        (await other.Owner.Get($"/contacts/{id}/timeline")).Expect(404, "CONTACT_NOT_FOUND");
        (await org.Owner.Get($"/contacts/{Guid.NewGuid()}/timeline")).Expect(404, "CONTACT_NOT_FOUND");
    }

    private static async Task Add(TestUser user, Guid contact, string type, string? occurredAt) =>
        (await user.Post($"/contacts/{contact}/timeline", new { type, description = "Said hello.", occurredAt })).Expect(201);
}
