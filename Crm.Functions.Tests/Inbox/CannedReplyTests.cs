using Crm.Functions.Tests.Contacts;
using Crm.Functions.Tests.Fixture;
using Crm.Functions.Tests.Tasks;

namespace Crm.Functions.Tests.Inbox;

public sealed class CannedReplyTests(TestServices services)
{
    private readonly TestApp _app = services.App;

    [Fact]
    public async Task A_canned_reply_is_made_found_changed_and_deleted()
    {
        var org = await _app.NewOrganization();

        var made = (await org.Staff.Post("/inbox/canned-replies", new { shortcut = "/Thanks", content = "Thank you, {{first_name}}" })).Expect(201).Data;
        (await org.Staff.Post("/inbox/canned-replies", new { shortcut = "away", name = "Out of office", content = "Back on Monday" })).Expect(201);

        Assert.Equal(("Thanks", "Thanks"), (made.Text("shortcut"), made.Text("name")));
        Assert.Equal(["away", "Thanks"], (await org.OtherStaff.Get("/inbox/canned-replies")).Expect(200).Texts("cannedReplies", "shortcut"));
        Assert.Equal(["Thanks"], (await org.OtherStaff.Get("/inbox/canned-replies?search=/tha")).Expect(200).Texts("cannedReplies", "shortcut"));
        Assert.Equal(["away"], (await org.OtherStaff.Get("/inbox/canned-replies?search=office")).Expect(200).Texts("cannedReplies", "shortcut"));
        var path = $"/inbox/canned-replies/{made.Id()}";
        (await org.OtherStaff.Patch(path, new { name = "x" })).Expect(403, "FORBIDDEN");
        var changed = (await org.Staff.Patch(path, new { name = "Thank you" }, ("If-Match", "\"1\""))).Expect(200).Data;
        Assert.Equal(("Thank you", 2), (changed.Text("name"), changed.GetProperty("version").GetInt32()));
        (await org.Staff.Patch(path, new { name = "x" }, ("If-Match", "\"1\""))).Expect(409, "VERSION_CONFLICT");
        (await org.Staff.Delete(path)).Expect(200);
        (await org.Staff.Get(path)).Expect(404, "CANNED_REPLY_NOT_FOUND");
    }

    [Fact]
    public async Task A_shortcut_is_one_word_and_nobody_elses_and_the_content_can_be_sent()
    {
        var org = await _app.NewOrganization();
        Task<TestReply> Make(string shortcut, string content = "x") => org.Owner.Post("/inbox/canned-replies", new { shortcut, content });
        var other = (await Make("two")).Expect(201).Data.Id();
        (await Make("one")).Expect(201);

        (await Make("ONE")).Expect(409, "SHORTCUT_EXISTS");
        (await org.Owner.Patch($"/inbox/canned-replies/{other}", new { shortcut = "/One" })).Expect(409, "SHORTCUT_EXISTS");
        (await org.Owner.Patch($"/inbox/canned-replies/{other}", new { shortcut = "TWO" })).Expect(200);
        foreach (var shortcut in new[] { "two words", "/", " " })
            Assert.Equal(["shortcut"], (await Make(shortcut)).Expect(400, "VALIDATION_ERROR").Fields);
        (await Make("three", "{{ broken")).Expect(400, "INVALID_TEMPLATE_SYNTAX");
        var replies = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Make("same")));
        Assert.Single(replies, reply => reply.Status == 201);
    }
}
