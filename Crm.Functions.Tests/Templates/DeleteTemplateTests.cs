using Crm.Functions.Tests.Deals;
using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Templates;

public sealed class DeleteTemplateTests(TestServices services)
{
    [Fact]
    public async Task A_deleted_template_leaves_the_lists_stays_readable_and_can_be_restored()
    {
        var org = await services.App.NewOrganization();
        var id = (await org.Staff.AddTemplate()).Id("id");

        Assert.Equal("""[false]""", (await org.Staff.Delete($"/templates/{id}")).Expect(200).Data.Values("isActive"));

        var read = (await org.Staff.Get($"/templates/{id}")).Expect(200).Data;
        Assert.Equal("[false,2]", read.Values("isActive", "version"));
        Assert.Empty((await org.Owner.Get("/templates")).Expect(200).Data.OwnNames());
        Assert.Empty((await org.Owner.Get("/templates?isActive=true")).Expect(200).Data.OwnNames());
        Assert.Equal(["Hello"], (await org.Owner.Get("/templates?isActive=false")).Expect(200).Data.OwnNames());

        Assert.Equal("[true,3]", (await org.Staff.Patch($"/templates/{id}", new { isActive = true })).Expect(200).Data.Values("isActive", "version"));
        Assert.Equal(["Hello"], (await org.Owner.Get("/templates")).Expect(200).Data.OwnNames());
    }

    [Fact]
    public async Task Deleting_it_again_changes_nothing()
    {
        var org = await services.App.NewOrganization();
        var id = (await org.Owner.AddTemplate()).Id("id");

        (await org.Owner.Delete($"/templates/{id}")).Expect(200);
        Assert.Equal(id, (await org.Owner.Delete($"/templates/{id}")).Expect(200).Data.Id("id"));

        Assert.Equal(2, (await org.Owner.Get($"/templates/{id}")).Expect(200).Data.GetProperty("version").GetInt32());
        Assert.Equal(
            1L, await services.App.Scalar<long>("select count(*) from audit_events where organization_id = $1 and action = 'template.deleted'", org.Id));
        (await org.Owner.Delete($"/templates/{Guid.NewGuid()}")).Expect(404, "TEMPLATE_NOT_FOUND");
    }

    [Fact]
    public async Task A_change_of_a_deleted_one_does_not_restore_it_and_an_inactive_one_is_in_the_list()
    {
        var org = await services.App.NewOrganization();
        var deleted = (await org.Owner.AddTemplate(new { name = "Deleted", type = "sms", content = "x" })).Id("id");
        var inactive = (await org.Owner.AddTemplate(new { name = "Inactive", type = "sms", content = "x" })).Id("id");
        (await org.Owner.Delete($"/templates/{deleted}")).Expect(200);
        (await org.Owner.Patch($"/templates/{deleted}", new { category = "old" })).Expect(200);
        (await org.Owner.Patch($"/templates/{inactive}", new { isActive = false })).Expect(200);

        Assert.Equal(["Inactive"], (await org.Owner.Get("/templates")).Expect(200).Data.OwnNames());
        Assert.Equal(["Inactive", "Deleted"], (await org.Owner.Get("/templates?isActive=false")).Expect(200).Data.OwnNames());
    }
}
