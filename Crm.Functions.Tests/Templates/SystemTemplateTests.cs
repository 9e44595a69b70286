using Crm.Functions.Tests.Deals;
using Crm.Functions.Tests.Fixture;
using Crm.Shared.Liquid;

namespace Crm.Functions.Tests.Templates;

public sealed class SystemTemplateTests(TestServices services)
{
    [Fact]
    public async Task Every_organisation_starts_with_five_templates_that_are_as_if_saved_by_a_user()
    {
        var org = await services.App.NewOrganization();

        var templates = (await org.Staff.Get("/templates?sortBy=name")).Expect(200).Data.GetProperty("templates").EnumerateArray().ToArray();

        Assert.Equal(
            ["Follow-up email", "Invoice invoice", "Payment receipt email", "SMS reminder sms", "Welcome email"],
            templates.Select(template => $"{template.GetProperty("name").GetString()} {template.GetProperty("type").GetString()}"));
        foreach (var template in templates)
        {
            Assert.Equal(
                $"""[true,true,{(template.GetProperty("type").GetString() == "invoice" ? "true" : "false")},0,null]""",
                template.Values("isSystem", "isActive", "isDefault", "usage", "creator"));
            var detail = (await org.Staff.Get($"/templates/{template.Id("id")}")).Expect(200).Data;
            string?[] texts = [.. new[] { "subject", "content", "htmlContent" }.Select(field => detail.GetProperty(field).GetString())];
            if (texts[2] is { } html)
                Assert.Equal((html, null), MailHtml.Clean(html));
            var read = texts.OfType<string>().Select(text => LiquidText.Read(text, TextKind.Html).Text!).ToArray();
            Assert.All(read, text => Assert.Empty(text.Unknown));
            Assert.Equal(
                read.SelectMany(text => text.Variables).Distinct(StringComparer.Ordinal),
                detail.GetProperty("variables").EnumerateArray().Select(variable => variable.GetString()));
            // Those who lack what it names get a whole mail too.
            var nothing = new MergeValues(new Dictionary<string, object?>(), new Dictionary<string, object?>(), DateTimeOffset.UnixEpoch);
            Assert.All(read, text => Assert.DoesNotContain("Hello ,", text.Render(nothing).Text, StringComparison.Ordinal));
        }
    }
}
