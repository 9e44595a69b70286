using System.Text.Json;
using Crm.Functions.Templates;
using Crm.Functions.Tests.Deals;
using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Templates;

public sealed class CreateTemplateTests(TestServices services)
{
    [Fact]
    public async Task Every_field_is_kept()
    {
        var org = await services.App.NewOrganization();

        var created = await org.Staff.AddTemplate(new
        {
            name = " Welcome ",
            type = "EMAIL",
            subject = "Welcome to {{company_name}}",
            content = "Hello {{first_name}},\n  welcome!",
            htmlContent = "<p>Hello {{firstName}}</p>",
            variables = new[] { "first_name", "promo" },
            category = "onboarding",
            tags = new[] { "welcome", "Welcome", "email" },
            settings = new { color = "red" },
        });
        var read = (await org.Staff.Get($"/templates/{created.Id("id")}")).Expect(200);

        Assert.Equal("\"1\"", read.Headers["ETag"]);
        Assert.Equal(created.GetRawText(), read.Data.GetRawText());
        Assert.Equal(
            """["Welcome","email","Welcome to {{company_name}}","onboarding",["welcome","email"],false,true,false,0,1,{"color":"red"}]""",
            read.Data.Values("name", "type", "subject", "category", "tags", "isDefault", "isActive", "isSystem", "usage", "version", "settings"));
        Assert.Equal("Hello {{first_name}},\n  welcome!", read.Data.GetProperty("content").GetString());
        Assert.Equal("<p>Hello {{firstName}}</p>", read.Data.GetProperty("htmlContent").GetString());
        // What the client named, then what the texts use, each as it is written.
        Assert.Equal("""["first_name","promo","company_name","firstName"]""", read.Data.GetProperty("variables").GetRawText());
        Assert.Equal("""["Staff","Tester"]""", read.Data.GetProperty("creator").Values("firstName", "lastName"));
        Assert.Equal(org.Staff.Id, read.Data.GetProperty("creator").Id("id"));
    }

    [Theory]
    [InlineData("""{"type":"email","content":"x"}""", "name")]
    [InlineData("""{"name":" ","type":"email","content":"x"}""", "name")]
    [InlineData("""{"name":"x","content":"x"}""", "type")]
    [InlineData("""{"name":"x","type":"letter","content":"x"}""", "type")]
    [InlineData("""{"name":"x","type":"email"}""", "content")]
    [InlineData("""{"name":"x","type":"email","content":"  "}""", "content")]
    [InlineData("""{"name":"x","type":"email","htmlContent":"<script>x</script>"}""", "content")]
    [InlineData("""{"name":"x","type":"email","content":"x","subject":"a\r\nBcc: b"}""", "subject")]
    [InlineData("""{"name":"x","type":"email","content":"x","subject":"a\nb"}""", "subject")]
    [InlineData("""{"name":"x","type":"email","content":"x","variables":[""]}""", "variables")]
    [InlineData("""{"name":"x","type":"email","content":"x","settings":[]}""", "settings")]
    [InlineData("""{"name":"x","type":"email","content":7}""", "content")]
    public async Task A_field_that_will_not_do_is_named(string body, string field)
    {
        var org = await services.App.NewOrganization();

        Assert.Equal([field], (await org.Owner.Post("/templates", body)).Expect(400, "VALIDATION_ERROR").Fields);
    }

    [Fact]
    public async Task The_longest_fields_are_accepted_and_one_character_more_is_not()
    {
        var org = await services.App.NewOrganization();

        await org.Owner.AddTemplate(new
        {
            name = new string('n', 200),
            type = "email",
            subject = new string('s', 500),
            content = new string('c', 100_000),
            htmlContent = $"<p>{new string('h', 499_993)}</p>",
            category = new string('k', 100),
        });

        Assert.Equal(
            ["category", "content", "htmlContent", "name", "subject"],
            (await org.Owner.Post("/templates", new
            {
                name = new string('n', 201),
                type = "email",
                subject = new string('s', 501),
                content = new string('c', 100_001),
                htmlContent = new string('h', 500_001),
                category = new string('k', 101),
            })).Expect(400, "VALIDATION_ERROR").Fields.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("content", "Hello\n{{ first_name | there }}", 2, 17)]
    [InlineData("content", "{% if first_name %}", 1, 20)]
    [InlineData("subject", "{{ first_name", 1, 1)]
    [InlineData("htmlContent", "<p>\n{% nope %}</p>", 2, 1)]
    [InlineData("htmlContent", "<p onclick=\"{{ email }}\">x</p>", 1, 13)]
    [InlineData("content", "{{ 1 | divided_by: 0 }}", 1, 1)]
    public async Task A_text_that_cannot_be_read_or_sent_is_refused_with_its_place(string field, string source, int line, int column)
    {
        var org = await services.App.NewOrganization();
        var body = new Dictionary<string, string>(StringComparer.Ordinal) { ["name"] = "x", ["type"] = "email", ["content"] = "x", [field] = source };

        var reply = (await org.Owner.Post("/templates", body)).Expect(400, "INVALID_TEMPLATE_SYNTAX");

        Assert.Equal([field], reply.Fields);
        Assert.Equal($"[{line},{column}]", reply.Json.GetProperty("error").Values("line", "column"));
        Assert.Contains($"(line {line}, column {column})", reply.Json.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bomb_is_refused_soon_and_the_app_lives_on()
    {
        var org = await services.App.NewOrganization();
        string[] bombs =
        [
            string.Concat(Enumerable.Repeat("{% if a %}", 9_000)), string.Concat(Enumerable.Repeat("{{ a[", 9_000)),
            string.Concat(Enumerable.Repeat("{% for i in (1..100) %}", 4)) + "x" + string.Concat(Enumerable.Repeat("{% endfor %}", 4)),
            "{% for i in (1..100000000) %}x{% endfor %}",
            "{% assign s = 'aaaaaaaaaa' %}" + string.Concat(Enumerable.Repeat("{% assign s = s | append: s | replace: 'a', s %}", 30)),
        ];

        foreach (var bomb in bombs)
        {
            (await org.Owner.Post("/templates", new { name = "x", type = "email", content = bomb })).Expect(400, "INVALID_TEMPLATE_SYNTAX");
            (await org.Owner.Post("/templates", new { name = "x", type = "email", htmlContent = bomb })).Expect(400, "INVALID_TEMPLATE_SYNTAX");
        }

        var nested = string.Concat(Enumerable.Repeat("<div>", 90_000));
        (await org.Owner.Post("/templates", new { name = "x", type = "email", htmlContent = nested })).Expect(400, "INVALID_TEMPLATE_SYNTAX");
        (await org.Owner.Get("/templates")).Expect(200);
    }

    [Fact]
    public async Task Html_is_cleaned_and_a_text_is_made_from_it_when_there_is_none()
    {
        var org = await services.App.NewOrganization();

        var template = await org.Owner.AddTemplate(new
        {
            name = "x",
            type = "email",
            htmlContent = "<p onclick=\"x()\">Hello {{ first_name }}</p><script>alert(1)</script><a href=\"javascript:x()\">Go</a>",
        });

        Assert.Equal("<p>Hello {{ first_name }}</p><a>Go</a>", template.GetProperty("htmlContent").GetString());
        Assert.Equal("Hello {{ first_name }}\n\nGo", template.GetProperty("content").GetString());
        Assert.Equal("""["first_name"]""", template.GetProperty("variables").GetRawText());
    }

    [Fact]
    public async Task Names_that_nobody_knows_are_kept_and_shown_among_the_variables()
    {
        var org = await services.App.NewOrganization();

        var template = await org.Owner.AddTemplate(new { name = "x", type = "sms", content = "{{ frist_name }} {{ custom.plan }}" });

        Assert.Equal("""["frist_name","custom.plan"]""", template.GetProperty("variables").GetRawText());
        Assert.Equal(JsonValueKind.Null, template.GetProperty("htmlContent").ValueKind);
    }

    [Fact]
    public async Task A_repeated_request_with_a_key_makes_one_template()
    {
        var org = await services.App.NewOrganization();

        var first = (await org.Owner.Post("/templates", CreateTemplate.Request.Example, ("Idempotency-Key", "one"))).Expect(201);
        var second = (await org.Owner.Post("/templates", CreateTemplate.Request.Example, ("Idempotency-Key", "one"))).Expect(201);

        Assert.Equal(first.Data.Id("id"), second.Data.Id("id"));
        Assert.Equal(1L, await services.App.Scalar<long>("select count(*) from templates where organization_id = $1 and not is_system", org.Id));
        Assert.Equal(
            1L, await services.App.Scalar<long>("select count(*) from audit_events where organization_id = $1 and action = 'template.created'", org.Id));
    }
}
