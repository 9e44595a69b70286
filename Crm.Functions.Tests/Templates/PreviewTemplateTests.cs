using System.Text.Json;
using Crm.Functions.Tests.Deals;
using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Templates;

public sealed class PreviewTemplateTests(TestServices services)
{
    [Fact]
    public async Task A_template_is_shown_with_a_contacts_values_escaped_in_html_and_the_subject_on_one_line()
    {
        var org = await services.App.NewOrganization();
        await services.App.Sql("update organizations set name = 'Acme <Ltd>', contact_phone = '+12125550100' where id = $1", org.Id);
        var contact = (await org.Staff.Post("/contacts", new
        {
            firstName = "Ann",
            lastName = "O'Neil",
            company = "A & B",
            customFields = new { header = "a\r\nBcc: x@example.com", seats = 10.50, vip = true, plans = new[] { "a", "b" } },
        })).Expect(201).Data.Id("id");
        var id = (await org.Owner.AddTemplate(new
        {
            name = "x",
            type = "email",
            subject = "{{ company_name }} {{ custom.header }}",
            content = "{{ contactName }} {{ company }} {{ custom.seats }} {{ custom.plans }} {{ sender_name }} {{ organizationPhone }} "
                + "{{ job_title | default: \"none\" }}",
            htmlContent = "<p>{{ full_name }} {{ company }} {{ company_name }}{% if custom.vip %} VIP{% endif %}</p>",
        })).Id("id");

        var preview = (await org.Staff.Post($"/templates/{id}/preview", new { contactId = contact })).Expect(200).Data;

        Assert.Equal("Acme <Ltd> a Bcc: x@example.com", preview.GetProperty("subject").GetString());
        Assert.Equal("Ann O'Neil A & B 10.5 a, b Staff Tester +12125550100 none", preview.GetProperty("content").GetString());
        Assert.Equal("<p>Ann O&#x27;Neil A &amp; B Acme &lt;Ltd&gt; VIP</p>", preview.GetProperty("htmlContent").GetString());
        Assert.Equal(contact, preview.Id("contactId"));
        Assert.Equal("[]", preview.GetProperty("warnings").GetRawText());
    }

    [Fact]
    public async Task Without_a_contact_it_is_shown_with_examples()
    {
        var org = await services.App.NewOrganization();
        var id = (await org.SystemTemplate("here is invoice")).Id("id");

        foreach (var body in new object[] { new { }, new { contactId = (Guid?)null } })
        {
            var preview = (await org.Staff.Post($"/templates/{id}/preview", body)).Expect(200).Data;
            Assert.StartsWith("Invoice INV-2026-0042 from org-", preview.GetProperty("subject").GetString());
            Assert.Contains("Hello Ann,", preview.GetProperty("content").GetString(), StringComparison.Ordinal);
            Assert.Equal(JsonValueKind.Null, preview.GetProperty("contactId").ValueKind);
        }
    }

    [Fact]
    public async Task Unknown_variables_are_blank_with_a_warning_each()
    {
        var org = await services.App.NewOrganization();
        var id = (await org.Owner.AddTemplate(new
        {
            name = "x",
            type = "email",
            subject = "{{ nope }}!",
            content = "Hello\n{{ frist_name }}, {{ frist_name }}",
            htmlContent = "<p>{{ last_name }}</p>",
        })).Id("id");

        var preview = (await org.Owner.Post($"/templates/{id}/preview", new { })).Expect(200).Data;

        Assert.Equal("""["!","Hello\n, "]""", preview.Values("subject", "content"));
        Assert.Equal(
            """["subject","nope",1,4] ["content","frist_name",2,4]""",
            string.Join(' ', preview.GetProperty("warnings").EnumerateArray().Select(warning => warning.Values("field", "variable", "line", "column"))));
    }

    [Fact]
    public async Task Staff_preview_with_their_own_contacts_and_a_merged_one_is_the_one_that_stays()
    {
        var org = await services.App.NewOrganization();
        var other = await services.App.NewOrganization();
        var id = (await org.OtherStaff.AddTemplate(new { name = "x", type = "sms", content = "{{ full_name }}" })).Id("id");
        var (own, colleagues) = (await org.AddContact(org.Staff, "Own One"), await org.AddContact(org.OtherStaff, "Their One"));
        var stays = await org.AddContact(org.Staff, "Stays Here");
        (await org.Owner.Post("/contacts/merge", new { primaryId = stays, duplicateIds = new[] { own } })).Expect(200);

        var preview = (await org.Staff.Post($"/templates/{id}/preview", new { contactId = own })).Expect(200).Data;
        Assert.Equal("""["Stays Here"]""", preview.Values("content"));
        Assert.Equal(stays, preview.Id("contactId"));
        (await org.Staff.Post($"/templates/{id}/preview", new { contactId = colleagues })).Expect(403, "FORBIDDEN");
        (await org.Manager.Post($"/templates/{id}/preview", new { contactId = colleagues })).Expect(200);
        (await org.Owner.Post($"/templates/{id}/preview", new { contactId = await other.AddContact(other.Owner) })).Expect(404, "CONTACT_NOT_FOUND");
        (await other.Owner.Post($"/templates/{id}/preview", new { })).Expect(404, "TEMPLATE_NOT_FOUND");
    }

    [Fact]
    public async Task What_grows_too_long_with_a_contacts_values_says_so()
    {
        var org = await services.App.NewOrganization();
        var contact = (await org.Owner.Post("/contacts", new { name = "Ann", customFields = new { a = new string('a', 15_000) } })).Expect(201).Data.Id("id");
        var id = (await org.Owner.AddTemplate(new { name = "x", type = "email", content = "{{ custom.a | append: custom.a }}" })).Id("id");

        (await org.Owner.Post($"/templates/{id}/preview", new { contactId = contact })).Expect(400, "INVALID_TEMPLATE_SYNTAX");
    }
}
