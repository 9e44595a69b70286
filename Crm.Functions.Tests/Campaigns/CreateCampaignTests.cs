using System.Text.Json;
using Crm.Functions.Tests.Deals;
using Crm.Functions.Tests.Fixture;
using Crm.Functions.Tests.Templates;

namespace Crm.Functions.Tests.Campaigns;

public sealed class CreateCampaignTests(TestServices services)
{
    [Fact]
    public async Task The_guides_example_makes_a_scheduled_campaign_with_its_template_and_no_recipients()
    {
        var org = await services.App.NewOrganization();
        var template = (await org.Owner.AddTemplate(new { name = "News", type = "email", subject = "News", content = "Hello {{first_name}}" })).Id("id");
        var at = services.App.Clock.GetUtcNow().AddDays(3);

        var reply = (await org.Manager.Post("/campaigns", new
        {
            name = "Q4 Product Launch Campaign",
            type = "email",
            subject = "Introducing Our New Product Line",
            templateId = template,
            scheduledAt = at.ToString("O"),
            tags = new[] { "product-launch", "q4" },
        })).Expect(201);

        var campaign = reply.Data;
        Assert.Equal("""["scheduled","email","Introducing Our New Product Line",null,["product-launch","q4"]]""",
            campaign.Values("status", "type", "subject", "content", "tags"));
        Assert.Equal("""["News","Hello {{first_name}}",true]""", campaign.GetProperty("template").Values("name", "content", "isActive"));
        Assert.Equal("""[0,0,0]""", campaign.GetProperty("progress").Values("pending", "sending", "done"));
        Assert.Equal("Manager", campaign.GetProperty("creator").Text("firstName"));
        var listed = (await org.Staff.Get("/campaigns")).Expect(200).Data;
        Assert.Equal(0, listed.GetProperty("campaigns").GetArrayLength());
        listed = (await org.Owner.Get("/campaigns?status=scheduled&type=email&search=PRODUCT+line")).Expect(200).Data.GetProperty("campaigns")[0];
        Assert.Equal(template, listed.GetProperty("template").Id("id"));
        Assert.Equal("0.00", listed.GetProperty("stats").Text("openRate"));
    }

    [Fact]
    public async Task What_cannot_be_sent_is_refused_with_its_field()
    {
        var org = await services.App.NewOrganization();
        var other = await services.App.NewOrganization();
        var sms = (await org.Owner.AddTemplate(new { name = "x", type = "sms", content = "Hello" })).Id("id");
        var foreign = (await other.Owner.AddTemplate()).Id("id");
        var gone = (await org.Owner.AddTemplate()).Id("id");
        (await org.Owner.Delete($"/templates/{gone}")).Expect(200);

        await Refused("VALIDATION_ERROR", "subject", new { name = "x", type = "email" });
        await Refused("VALIDATION_ERROR", "subject", new { name = "x", type = "email", subject = "a\nb" });
        await Refused("VALIDATION_ERROR", "htmlContent", new { name = "x", type = "sms", htmlContent = "<p>x</p>" });
        await Refused("VALIDATION_ERROR", "content", new { name = "x", type = "sms", content = new string('x', 1601) });
        await Refused("INVALID_TEMPLATE_SYNTAX", "content", new { name = "x", type = "email", subject = "x", content = "{{ a | there }}" });
        await Refused("INVALID_TEMPLATE_SYNTAX", "subject", new { name = "x", type = "email", subject = "{{ a" });
        await Refused("SCHEDULE_IN_PAST", "scheduledAt", new { name = "x", type = "email", subject = "x", scheduledAt = "2020-01-01T10:00:00Z" });
        await Refused("TEMPLATE_TYPE_MISMATCH", null, new { name = "x", type = "email", subject = "x", templateId = sms });
        await Refused("VALIDATION_ERROR", "templateId", new { name = "x", type = "email", subject = "x", templateId = gone });
        (await org.Owner.Post("/campaigns", new { name = "x", type = "email", subject = "x", templateId = foreign })).Expect(404, "TEMPLATE_NOT_FOUND");
        foreach (var (field, settings) in new (string, object)[]
        {
            ("settings.replyTo", new { replyTo = "nobody" }), ("settings.ratePerMinute", new { ratePerMinute = 0 }),
            ("settings.ratePerMinute", new { ratePerMinute = "10" }), ("settings.trackOpens", new { trackOpens = "yes" }),
            ("settings.quietHours.from", new { quietHours = new { from = "25:00", to = "08:00" } }),
            ("settings.quietHours.to", new { quietHours = new { from = "21:00" } }), ("settings.quietHours", new { quietHours = "night" }),
            ("settings.abTest.subjectB", new { abTest = new { sharePercent = 10, waitMinutes = 60 } }),
            ("settings.abTest.sharePercent", new { abTest = new { subjectB = "B", sharePercent = 51, waitMinutes = 60 } }),
            ("settings.abTest.waitMinutes", new { abTest = new { subjectB = "B", sharePercent = 10 } }),
            ("settings.abTest.metric", new { abTest = new { subjectB = "B", sharePercent = 10, waitMinutes = 60, metric = "luck" } }),
            ("settings.fromName", new { fromName = "a\r\nBcc: x@example.com" }),
        })
            await Refused("VALIDATION_ERROR", field, new { name = "x", type = "email", subject = "x", settings });
        await Refused("INVALID_TEMPLATE_SYNTAX", "settings.abTest.subjectB",
            new { name = "x", type = "email", subject = "x", settings = new { abTest = new { subjectB = "{{ a", sharePercent = 10, waitMinutes = 60 } } });
        await Refused("VALIDATION_ERROR", "settings.abTest",
            new { name = "x", type = "sms", settings = new { abTest = new { subjectB = "B", sharePercent = 10, waitMinutes = 60 } } });
        Assert.Equal(0, await org.Count("select count(*) from campaigns where organization_id = $1"));

        async Task Refused(string code, string? field, object body)
        {
            var reply = (await org.Owner.Post("/campaigns", body)).Expect(400, code);
            if (field is not null)
                Assert.Equal([field], reply.Fields);
        }
    }

    [Fact]
    public async Task An_sms_needs_no_subject_and_a_html_alone_makes_the_text()
    {
        var org = await services.App.NewOrganization();
        var sms = (await org.Owner.Post("/campaigns", new { name = "x", type = "SMS", content = "Hello", htmlContent = " " })).Expect(201).Data;
        Assert.Equal("""["sms","draft",null]""", sms.Values("type", "status", "htmlContent"));

        var html = (await org.Owner.Post("/campaigns", new
        {
            name = "x",
            type = "email",
            subject = "x",
            htmlContent = "<p>Hello <b>{{first_name}}</b></p><script>alert(1)</script>",
            settings = new { theme = "dark", replyTo = (string?)null },
        })).Expect(201).Data;
        Assert.Equal("""["Hello {{first_name}}","<p>Hello <b>{{first_name}}</b></p>",{"theme":"dark"}]""",
            html.Values("content", "htmlContent", "settings").Replace("\\n", "", StringComparison.Ordinal).Replace("\\u003C", "<", StringComparison.Ordinal)
                .Replace("\\u003E", ">", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Recipients_that_are_named_are_added_and_told_apart()
    {
        var org = await services.App.NewOrganization();
        var contacts = await org.AddContacts(2, org.Staff);
        var colleagues = (await org.AddContacts(1, org.OtherStaff))[0];

        var created = (await org.Staff.Post("/campaigns", new
        {
            name = "x",
            type = "email",
            subject = "x",
            contactIds = new[] { contacts[0], contacts[1], contacts[0], colleagues, Guid.NewGuid() },
        })).Expect(201).Data;

        var told = created.GetProperty("recipients");
        Assert.Equal("[2,3,2]", told.Values("added", "skipped", "total"));
        Assert.Equal("[1,1,0,0,0,1]", told.GetProperty("skippedDetails").Values("duplicate", "notFound", "noAddress", "suppressed", "inactive", "forbidden"));
        Assert.Equal(JsonValueKind.Null, (await org.Staff.Post("/campaigns", new { name = "x", type = "email", subject = "x" })).Expect(201).Data
            .GetProperty("recipients").ValueKind);
        (await org.Staff.Post("/campaigns", new { name = "x", type = "email", subject = "x", segment = new { ownerId = org.OtherStaff.Id } }))
            .Expect(403, "FORBIDDEN");
    }
}
