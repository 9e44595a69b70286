using System.Text.Json;
using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Contacts;

public sealed class WriteTimelineTests(TestServices services)
{
    [Theory]
    [InlineData("note", "Note")]
    [InlineData("CALL", "Call")]
    [InlineData("meeting", "Meeting")]
    [InlineData("email", "E-mail")]
    public async Task A_colleague_writes_down_what_happened(string type, string title)
    {
        var org = await services.App.NewOrganization();
        var id = await org.AddContact(org.Staff);

        var entry = (await org.Staff.Post($"/contacts/{id}/timeline", new { type, description = " Wants an offer. " })).Expect(201).Data;

        Assert.Equal(type.ToLowerInvariant(), entry.GetProperty("type").GetString());
        Assert.Equal(title, entry.GetProperty("title").GetString());
        Assert.Equal("Wants an offer.", entry.GetProperty("description").GetString());
        Assert.Equal(org.Staff.Id, entry.GetProperty("actor").GetProperty("id").GetGuid());
        Assert.Equal("[]", entry.GetProperty("changes").GetRawText());
        Assert.Equal(JsonValueKind.Null, entry.GetProperty("entityId").ValueKind);
    }

    [Theory]
    [InlineData("{}", "description", "type")]
    [InlineData("""{"type":"note"}""", "description")]
    [InlineData("""{"type":"note","description":"  "}""", "description")]
    [InlineData("""{"type":"sms","description":"x"}""", "type")]
    [InlineData("""{"type":"update","description":"x"}""", "type")]
    [InlineData("""{"type":"note","description":"x","occurredAt":"yesterday"}""", "occurredAt")]
    [InlineData("""{"type":"note","description":"x","occurredAt":5}""", "occurredAt")]
    [InlineData("""{"type":"note","description":"x","occurredAt":"2999-01-01"}""", "occurredAt")]
    [InlineData("""{"type":"note","description":"x","occurredAt":"0001-01-01"}""", "occurredAt")]
    [InlineData("""{"type":"note","description":"x\u0000"}""", "description")]
    public async Task A_bad_entry_is_refused(string body, params string[] fields)
    {
        var org = await services.App.NewOrganization("Asia/Tokyo");
        var id = await org.AddContact(org.Owner);
        Assert.Equal(fields, (await org.Owner.Post($"/contacts/{id}/timeline", body)).Expect(400, "VALIDATION_ERROR").Fields);
    }

    [Fact]
    public async Task A_description_has_at_most_10_000_characters_and_a_title_200()
    {
        var org = await services.App.NewOrganization();
        var id = await org.AddContact(org.Owner);
        (await org.Owner.Post($"/contacts/{id}/timeline", new { type = "note", description = new string('x', 10_000), title = new string('t', 200) }))
            .Expect(201);
        Assert.Equal(["description", "title"], (await org.Owner.Post(
            $"/contacts/{id}/timeline", new { type = "note", description = new string('x', 10_001), title = new string('t', 201) })).Expect(400).Fields);
    }

    [Theory]
    [InlineData("2026-01-31", "2026-01-31T05:00:00.000Z")]
    [InlineData("2026-01-31T09:30", "2026-01-31T14:30:00.000Z")]
    [InlineData("2026-07-31T09:30:15", "2026-07-31T13:30:15.000Z")]
    [InlineData("2026-01-31T09:30:15.123Z", "2026-01-31T09:30:15.123Z")]
    [InlineData("2026-01-31T09:30:15+05:30", "2026-01-31T04:00:15.000Z")]
    [InlineData("2026-03-08T02:30", "2026-03-08T07:30:00.000Z")]
    public async Task Its_time_without_an_offset_is_the_organisations(string written, string utc)
    {
        var org = await services.App.NewOrganization("America/New_York");
        var id = await org.AddContact(org.Owner);
        var entry = (await org.Owner.Post($"/contacts/{id}/timeline", new { type = "call", description = "x", occurredAt = written })).Expect(201).Data;
        Assert.Equal(utc, entry.GetProperty("occurredAt").GetString());
    }

    [Fact]
    public async Task The_last_activity_moves_forward_only_and_the_version_stays()
    {
        var org = await services.App.NewOrganization();
        var id = await org.AddContact(org.Owner);
        Assert.Null(await LastActivity());

        foreach (var (at, last) in new[]
        {
            ("2026-02-01T00:00:00Z", "2026-02-01T00:00:00.000Z"), ("2026-01-01T00:00:00Z", "2026-02-01T00:00:00.000Z"),
            ("2026-02-02T00:00:00Z", "2026-02-02T00:00:00.000Z"),
        })
        {
            (await org.Owner.Post($"/contacts/{id}/timeline", new { type = "call", description = "x", occurredAt = at })).Expect(201);
            Assert.Equal(last, await LastActivity());
        }

        Assert.Equal(1, (await org.Owner.Get($"/contacts/{id}")).Data.GetProperty("version").GetInt32());

        async Task<string?> LastActivity() => (await org.Owner.Get($"/contacts/{id}")).Expect(200).Data.GetProperty("lastActivityAt").GetString();
    }

    [Fact]
    public async Task Nobody_writes_to_a_timeline_that_is_not_theirs()
    {
        var org = await services.App.NewOrganization();
        var other = await services.App.NewOrganization();
        var id = await org.AddContact(org.Staff);
        var entry = new { type = "note", description = "x" };

        (await org.OtherStaff.Post($"/contacts/{id}/timeline", entry)).Expect(403, "FORBIDDEN");
        (await other.Owner.Post($"/contacts/{id}/timeline", entry)).Expect(404, "CONTACT_NOT_FOUND");
        (await org.Owner.Post($"/contacts/{Guid.NewGuid()}/timeline", entry)).Expect(404, "CONTACT_NOT_FOUND");
        Assert.Equal(["contact_created"], await org.Actions(id));
    }

    [Fact]
    public async Task One_deletes_what_one_wrote_once()
    {
        var org = await services.App.NewOrganization();
        var id = await org.AddContact(org.Staff);
        var entry = await AddNote(org.Staff, id);

        (await org.Manager.Delete($"/contacts/{id}/timeline/{entry}")).Expect(403, "FORBIDDEN");
        Assert.Equal(entry, (await org.Staff.Delete($"/contacts/{id}/timeline/{entry}")).Expect(200).Data.GetProperty("id").GetGuid());
        (await org.Staff.Delete($"/contacts/{id}/timeline/{entry}")).Expect(404, "TIMELINE_ENTRY_NOT_FOUND");

        Assert.Equal(["contact_created"], await org.Actions(id));
        Assert.Equal(1, (await org.Owner.Get($"/contacts/{id}/timeline?type=note,update")).Expect(200).Page("total"));
    }

    [Fact]
    public async Task What_the_system_recorded_stays()
    {
        var org = await services.App.NewOrganization();
        var id = await org.AddContact(org.Owner);
        var entry = (await org.Owner.Get($"/contacts/{id}/timeline")).Expect(200).Ids("timeline").Single();
        (await org.Owner.Delete($"/contacts/{id}/timeline/{entry}")).Expect(403, "FORBIDDEN");
        Assert.Equal(["contact_created"], await org.Actions(id));
    }

    [Fact]
    public async Task An_entry_is_deleted_only_through_its_own_contact_and_organisation()
    {
        var org = await services.App.NewOrganization();
        var other = await services.App.NewOrganization();
        var id = await org.AddContact(org.Staff);
        var second = await org.AddContact(org.Staff);
        var entry = await AddNote(org.Staff, id);

        (await org.Staff.Delete($"/contacts/{second}/timeline/{entry}")).Expect(404);
        (await other.Owner.Delete($"/contacts/{id}/timeline/{entry}")).Expect(404);
        (await org.Staff.Delete($"/contacts/{id}/timeline/{Guid.NewGuid()}")).Expect(404, "TIMELINE_ENTRY_NOT_FOUND");

        // Handed over: the contact is a colleague's now, and so is its timeline.
        (await org.Owner.Patch($"/contacts/{id}", new { ownerId = org.OtherStaff.Id })).Expect(200);
        (await org.Staff.Delete($"/contacts/{id}/timeline/{entry}")).Expect(403, "FORBIDDEN");
        Assert.Contains("note_added", await org.Actions(id));
    }

    private static async Task<Guid> AddNote(TestUser user, Guid contact) =>
        (await user.Post($"/contacts/{contact}/timeline", new { type = "note", description = "x" })).Expect(201).Data.GetProperty("id").GetGuid();
}
