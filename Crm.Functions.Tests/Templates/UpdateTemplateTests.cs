using Crm.Functions.Tests.Deals;
using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Templates;

public sealed class UpdateTemplateTests(TestServices services)
{
    [Fact]
    public async Task What_is_named_changes_and_the_rest_stays()
    {
        var org = await services.App.NewOrganization();
        var id = (await org.Staff.AddTemplate(new
        {
            name = "Hello",
            type = "email",
            subject = "Hi",
            content = "Hello {{first_name}}",
            variables = new[] { "promo" },
            category = "a",
            tags = new[] { "t" },
        })).Id("id");

        var change = new { content = "Bye {{last_name}}", category = (string?)null, isActive = false };
        var changed = (await org.Staff.Patch($"/templates/{id}", change)).Expect(200);

        Assert.Equal("\"2\"", changed.Headers["ETag"]);
        Assert.Equal(
            """["Hello","Hi","Bye {{last_name}}",null,["t"],false,["promo","last_name"],2]""",
            changed.Data.Values("name", "subject", "content", "category", "tags", "isActive", "variables", "version"));
        Assert.Equal(changed.Data.GetRawText(), (await org.Staff.Get($"/templates/{id}")).Expect(200).Data.GetRawText());
    }

    [Fact]
    public async Task A_change_to_what_is_there_leaves_no_trace()
    {
        var org = await services.App.NewOrganization();
        var id = (await org.Owner.AddTemplate()).Id("id");

        Assert.Equal("[1]", (await org.Owner.Patch($"/templates/{id}", new { name = "Hello", isActive = true })).Expect(200).Data.Values("version"));
        Assert.Equal(
            0L, await services.App.Scalar<long>("select count(*) from audit_events where organization_id = $1 and action = 'template.updated'", org.Id));
    }

    [Theory]
    [InlineData("{}", "body")]
    [InlineData("""{"name":null}""", "name")]
    [InlineData("""{"type":null}""", "type")]
    [InlineData("""{"type":"letter"}""", "type")]
    [InlineData("""{"content":null}""", "content")]
    [InlineData("""{"content":" "}""", "content")]
    [InlineData("""{"subject":"a\nb"}""", "subject")]
    [InlineData("""{"isActive":null}""", "isActive")]
    [InlineData("""{"isActive":false,"isDefault":true}""", "isDefault")]
    public async Task A_field_that_will_not_do_is_named(string body, string field)
    {
        var org = await services.App.NewOrganization();
        var id = (await org.Owner.AddTemplate()).Id("id");

        Assert.Equal([field], (await org.Owner.Patch($"/templates/{id}", body)).Expect(400, "VALIDATION_ERROR").Fields);
    }

    [Fact]
    public async Task Texts_are_read_and_cleaned_as_those_of_a_new_one()
    {
        var org = await services.App.NewOrganization();
        var id = (await org.Owner.AddTemplate()).Id("id");

        (await org.Owner.Patch($"/templates/{id}", new { content = "{% if a %}" })).Expect(400, "INVALID_TEMPLATE_SYNTAX");
        (await org.Owner.Patch($"/templates/{id}", new { subject = "{{ a | b }}" })).Expect(400, "INVALID_TEMPLATE_SYNTAX");
        (await org.Owner.Patch($"/templates/{id}", new { htmlContent = "<p onclick=\"{{ a }}\">" })).Expect(400, "INVALID_TEMPLATE_SYNTAX");
        var clean = (await org.Owner.Patch($"/templates/{id}", new { htmlContent = "<p>{{ email }}</p><script>x</script>" })).Expect(200).Data;

        Assert.Equal("<p>{{ email }}</p>", clean.GetProperty("htmlContent").GetString());
        Assert.Equal("""["Hello {{first_name}}",["first_name","email"],2]""", clean.Values("content", "variables", "version"));
    }

    [Fact]
    public async Task A_text_made_from_html_is_made_anew_with_it_until_it_gets_words_of_its_own()
    {
        var org = await services.App.NewOrganization();
        var id = (await org.Owner.AddTemplate(new { name = "x", type = "email", htmlContent = "<p>One</p>" })).Id("id");

        Assert.Equal("Two", await Content(new { htmlContent = "<p>Two</p>" }));
        Assert.Equal("Own", await Content(new { content = "Own" }));
        Assert.Equal("Own", await Content(new { htmlContent = "<p>Three</p>" }));
        Assert.Equal("Three", await Content(new { content = (string?)null }));
        Assert.Equal("Three", await Content(new { htmlContent = (string?)null }));
        Assert.Equal(["content"], (await org.Owner.Patch($"/templates/{id}", new { content = "" })).Expect(400).Fields);

        async Task<string?> Content(object change) =>
            (await org.Owner.Patch($"/templates/{id}", change)).Expect(200).Data.GetProperty("content").GetString();
    }

    [Fact]
    public async Task The_type_of_one_that_was_used_stays()
    {
        var org = await services.App.NewOrganization();
        var id = (await org.Owner.AddTemplate()).Id("id");

        (await org.Owner.Patch($"/templates/{id}", new { type = "sms" })).Expect(200);
        (await org.Owner.Post($"/templates/{id}/use")).Expect(200);
        Assert.Equal(["type"], (await org.Owner.Patch($"/templates/{id}", new { type = "email" })).Expect(400, "VALIDATION_ERROR").Fields);
        (await org.Owner.Patch($"/templates/{id}", new { type = "SMS", name = "Bye" })).Expect(200);
    }

    [Fact]
    public async Task A_change_of_another_version_is_refused()
    {
        var org = await services.App.NewOrganization();
        var id = (await org.Owner.AddTemplate()).Id("id");
        (await org.Owner.Patch($"/templates/{id}", new { name = "Bye" }, ("If-Match", "\"1\""))).Expect(200);

        (await org.Owner.Patch($"/templates/{id}", new { name = "Again" }, ("If-Match", "\"1\""))).Expect(409, "VERSION_CONFLICT");
    }

    [Fact]
    public async Task Staff_change_their_own_and_nobody_those_the_organisation_started_with()
    {
        var org = await services.App.NewOrganization();
        var own = (await org.Staff.AddTemplate()).Id("id");
        var colleagues = (await org.OtherStaff.AddTemplate()).Id("id");
        var system = (await org.SystemTemplate("Welcome")).Id("id");

        (await org.Staff.Patch($"/templates/{own}", new { name = "Bye" })).Expect(200);
        (await org.Staff.Patch($"/templates/{colleagues}", new { name = "Bye" })).Expect(403, "FORBIDDEN");
        (await org.Manager.Patch($"/templates/{colleagues}", new { name = "Bye" })).Expect(200);
        foreach (var user in new[] { org.Owner, org.Manager, org.Staff })
        {
            (await user.Patch($"/templates/{system}", new { name = "Bye" })).Expect(403, "SYSTEM_TEMPLATE");
            (await user.Delete($"/templates/{system}")).Expect(403, "SYSTEM_TEMPLATE");
        }
    }
}
