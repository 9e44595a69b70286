using System.Text.Json;
using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Settings;

public sealed class ProfileTests(TestServices services)
{
    [Fact]
    public async Task Everybody_reads_their_own_profile_with_their_organisation()
    {
        var org = await services.App.NewOrganization();

        var profile = (await org.Staff.Get("/settings/profile")).Expect(200).Data;

        Assert.Equal(org.Staff.Id, profile.GetProperty("id").GetGuid());
        Assert.Equal("Staff Tester", profile.GetProperty("name").GetString());
        Assert.Equal(org.Id, profile.GetProperty("organization").GetProperty("id").GetGuid());
        Assert.Equal((await org.Staff.Get("/auth/me")).Body, (await org.Staff.Get("/settings/profile")).Body);
        (await services.App.Anonymous.Get("/settings/profile")).Expect(401, "UNAUTHORIZED");
    }

    [Fact]
    public async Task Fields_that_are_given_change_and_email_and_role_never_do()
    {
        var org = await services.App.NewOrganization();

        var profile = (await org.Staff.Patch("/settings/profile", new
        {
            firstName = " Ann ",
            lastName = "Smith",
            phone = "+1 415 555 0132",
            avatar = "https://cdn.example.com/ann.png",
            timezone = "Tokyo Standard Time",
            language = "PT",
            email = "owner@example.com",
            role = "owner",
            status = "inactive",
        })).Expect(200).Data;

        Assert.Equal(
            $"""["Ann","Smith","Ann Smith","+1 415 555 0132","https://cdn.example.com/ann.png","Asia/Tokyo","pt","{org.Staff.Email}","staff","active"]""",
            profile.Values("firstName", "lastName", "name", "phone", "avatar", "timezone", "language", "email", "role", "status"));

        var cleared = (await org.Staff.Patch("/settings/profile", """{"phone":null,"avatar":null,"timezone":null}""")).Expect(200).Data;
        Assert.All(new[] { "phone", "avatar", "timezone" }, name => Assert.Equal(JsonValueKind.Null, cleared.GetProperty(name).ValueKind));
        Assert.Equal("Ann", cleared.GetProperty("firstName").GetString());
    }

    [Theory]
    [InlineData("""{"firstName":null}""", "firstName")]
    [InlineData("""{"firstName":""}""", "firstName")]
    [InlineData("""{"lastName":" "}""", "lastName")]
    [InlineData("""{"phone":"123456789012345678901"}""", "phone")]
    [InlineData("""{"avatar":"http://example.com/a.png"}""", "avatar")]
    [InlineData("""{"timezone":"Nowhere"}""", "timezone")]
    [InlineData("""{"language":"it"}""", "language")]
    [InlineData("""{"language":null}""", "language")]
    [InlineData("""{"preferences":"dark"}""", "preferences")]
    [InlineData("""{"role":"owner"}""", "body")]
    [InlineData("""{}""", "body")]
    public async Task A_field_that_will_not_do_is_named(string body, string field)
    {
        var org = await services.App.NewOrganization();

        Assert.Equal([field], (await org.Staff.Patch("/settings/profile", body)).Expect(400, "VALIDATION_ERROR").Fields);
    }

    [Fact]
    public async Task Preferences_are_merged_and_hold_16_kilobytes()
    {
        var org = await services.App.NewOrganization();
        (await org.Staff.Patch("/settings/profile", """{"preferences":{"theme":"dark","board":{"columns":3,"compact":true}}}""")).Expect(200);

        var merged = (await org.Staff.Patch("/settings/profile", """{"preferences":{"theme":null,"board":{"columns":4}}}"""))
            .Expect(200).Data.GetProperty("preferences");

        Assert.True(JsonElement.DeepEquals(JsonDocument.Parse("""{"board":{"columns":4,"compact":true}}""").RootElement, merged), merged.GetRawText());
        Assert.Equal(["preferences"], (await org.Staff.Patch("/settings/profile", new { preferences = new { a = new string('x', 16 * 1024 - 20) } }))
            .Expect(400, "VALIDATION_ERROR").Fields);
    }

    [Fact]
    public async Task A_new_name_shows_at_once_where_the_user_acts()
    {
        var org = await services.App.NewOrganization();
        var contact = await org.AddContact(org.Staff);

        (await org.Staff.Patch("/settings/profile", new { firstName = "Ann", lastName = "Smith" })).Expect(200);

        var entry = (await org.Staff.Post($"/contacts/{contact}/timeline", new { type = "note", description = "x" })).Expect(201).Data;
        Assert.Equal("Ann Smith", entry.GetProperty("actor").GetProperty("name").GetString());
    }
}
