using Crm.Functions.Tests.Deals;
using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Templates;

public sealed class DuplicateTemplateTests(TestServices services)
{
    [Fact]
    public async Task A_copy_is_the_callers_own_unused_and_no_default()
    {
        var org = await services.App.NewOrganization();
        var source = await org.Owner.AddTemplate(new
        {
            name = "Offer",
            type = "proposal",
            subject = "Offer",
            htmlContent = "<p>{{ first_name }}</p>",
            variables = new[] { "promo" },
            tags = new[] { "t" },
            isDefault = true,
            settings = new { a = 1 },
        });
        (await org.Owner.Post($"/templates/{source.Id("id")}/use")).Expect(200);

        var copy = (await org.Staff.Post($"/templates/{source.Id("id")}/duplicate", new { name = " Mine " })).Expect(201).Data;

        Assert.Equal("""["Mine",false,true,false,0,1]""", copy.Values("name", "isDefault", "isActive", "isSystem", "usage", "version"));
        Assert.Equal(org.Staff.Id, copy.GetProperty("creator").Id("id"));
        string[] same = ["type", "subject", "content", "htmlContent", "variables", "category", "tags", "settings"];
        Assert.Equal(source.Values(same), copy.Values(same));
        (await org.Staff.Patch($"/templates/{copy.Id("id")}", new { name = "Ours" })).Expect(200);
    }

    [Fact]
    public async Task A_system_or_deleted_one_can_be_copied_and_the_copy_changed()
    {
        var org = await services.App.NewOrganization();
        var system = (await org.SystemTemplate("here is invoice")).Id("id");
        var deleted = (await org.Owner.AddTemplate()).Id("id");
        (await org.Owner.Delete($"/templates/{deleted}")).Expect(200);

        foreach (var id in new[] { system, deleted })
        {
            var copy = (await org.Staff.Post($"/templates/{id}/duplicate", new { name = "Copy" })).Expect(201).Data;
            Assert.Equal("[true,false,false]", copy.Values("isActive", "isDefault", "isSystem"));
            (await org.Staff.Patch($"/templates/{copy.Id("id")}", new { subject = "Ours" })).Expect(200);
        }

        Assert.Equal(["name"], (await org.Staff.Post($"/templates/{system}/duplicate", new { name = " " })).Expect(400, "VALIDATION_ERROR").Fields);
        Assert.Equal(
            ["name"], (await org.Staff.Post($"/templates/{system}/duplicate", new { name = new string('x', 201) })).Expect(400, "VALIDATION_ERROR").Fields);
        (await org.Staff.Post($"/templates/{Guid.NewGuid()}/duplicate", new { name = "x" })).Expect(404, "TEMPLATE_NOT_FOUND");
    }
}
