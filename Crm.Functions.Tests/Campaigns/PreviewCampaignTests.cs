using Crm.Functions.Tests.Deals;
using Crm.Functions.Tests.Fixture;
using Crm.Functions.Tests.Templates;

namespace Crm.Functions.Tests.Campaigns;

public sealed class PreviewCampaignTests(TestServices services)
{
    [Fact]
    public async Task A_campaign_is_shown_with_a_contacts_values_and_unknown_names_are_told()
    {
        var org = await services.App.NewOrganization();
        var contact = (await org.Staff.Post("/contacts", new { firstName = "Ann", lastName = "O'Neil" })).Expect(201).Data.Id("id");
        var id = (await org.Staff.Post("/campaigns", new
        {
            name = "x",
            type = "email",
            subject = "{{ first_name }}!",
            content = "Hello {{ full_name }}, {{ nope }}",
            htmlContent = "<p>{{ full_name }}</p>",
            settings = new { abTest = new { subjectB = "Or {{ first_name }}?", sharePercent = 10, waitMinutes = 60 } },
        })).Expect(201).Data.Id("id");

        var preview = (await org.Staff.Post($"/campaigns/{id}/preview", new { contactId = contact })).Expect(200).Data;

        Assert.Equal("""["Ann!","Or Ann?","Hello Ann O'Neil, "]""",
            preview.Values("subject", "subjectB", "content").Replace("\\u0027", "'", StringComparison.Ordinal));
        Assert.Equal("<p>Ann O&#x27;Neil</p>", preview.Text("htmlContent"));
        Assert.Equal("""["content","nope",1,27]""", preview.GetProperty("warnings")[0].Values("field", "variable", "line", "column"));
        var foreign = await org.AddContact(org.OtherStaff);
        (await org.Staff.Post($"/campaigns/{id}/preview", new { contactId = foreign })).Expect(403, "FORBIDDEN");
        (await org.OtherStaff.Post($"/campaigns/{id}/preview", new { })).Expect(403, "FORBIDDEN");
        Assert.Equal("Ann!", (await org.Owner.Post($"/campaigns/{id}/preview", new { })).Expect(200).Data.Text("subject"));
    }

    [Fact]
    public async Task Without_texts_of_its_own_the_templates_are_shown()
    {
        var org = await services.App.NewOrganization();
        var template = (await org.Owner.AddTemplate(new { name = "x", type = "email", subject = "Not this", content = "Dear {{first_name}}" })).Id("id");
        var id = (await org.Owner.Post("/campaigns", new { name = "x", type = "email", subject = "This", templateId = template })).Expect(201).Data.Id("id");
        Assert.Equal("""["This","Dear Ann",null]""", (await org.Owner.Post($"/campaigns/{id}/preview", new { })).Expect(200).Data
            .Values("subject", "content", "htmlContent"));
        (await org.Owner.Patch($"/campaigns/{id}", new { content = "Own" })).Expect(200);
        Assert.Equal("""["Own"]""", (await org.Owner.Post($"/campaigns/{id}/preview", new { })).Expect(200).Data.Values("content"));
    }

    [Fact]
    public async Task A_test_goes_to_oneself_or_to_colleagues_and_to_nobody_else()
    {
        var app = services.App;
        var org = await app.NewOrganization();
        var other = await app.NewOrganization();
        var id = (await org.Owner.Post("/campaigns", new
        {
            name = "x",
            type = "email",
            subject = "Hello {{first_name}}",
            htmlContent = "<p>Dear <b>{{first_name}}</b></p>",
        })).Expect(201).Data.Id("id");

        Assert.Equal(org.Owner.Email, (await org.Owner.Post($"/campaigns/{id}/test", new { })).Expect(200).Data.GetProperty("sentTo")[0].GetString());
        (await org.Owner.Post($"/campaigns/{id}/test", new { to = new[] { org.Staff.Email.ToUpperInvariant(), org.Manager.Email } })).Expect(200);

        var mail = (await app.Mails(org.Owner.Email))[0];
        Assert.Equal("[Test] Hello Ann", mail.Subject);
        Assert.Equal("<p>Dear <b>Ann</b></p>", mail.Html);
        Assert.Single(await app.Mails(org.Staff.Email));
        foreach (var to in (string[][])[[other.Owner.Email], ["stranger@example.com"], [], [.. Enumerable.Repeat(org.Owner.Email, 6)], [" "]])
            (await org.Owner.Post($"/campaigns/{id}/test", new { to })).Expect(400, "VALIDATION_ERROR");
        Assert.Equal(0, (await org.Owner.Campaign(id)).GetProperty("stats").Number("totalRecipients"));

        var sms = (await org.Owner.Post("/campaigns", new { name = "Delivery", type = "sms", content = "On <Friday>" })).Expect(201).Data.Id("id");
        (await org.Owner.Post($"/campaigns/{sms}/test", new { })).Expect(200);
        mail = (await app.Mails(org.Owner.Email, 2))[0];
        Assert.Equal(("[Test] Delivery", "On <Friday>"), (mail.Subject, mail.Text.Trim()));
        var empty = (await org.Owner.Post("/campaigns", new { name = "x", type = "email", subject = "x" })).Expect(201).Data.Id("id");
        (await org.Owner.Post($"/campaigns/{empty}/test", new { })).Expect(400, "NO_CONTENT");
    }
}
