using Crm.Functions.Tests.Deals;
using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Templates;

public sealed class DefaultTemplateTests(TestServices services)
{
    [Fact]
    public async Task A_new_default_takes_the_place_of_the_one_of_its_type()
    {
        var org = await services.App.NewOrganization();
        var mail = await Add(org, "email", isDefault: true);
        var sms = await Add(org, "sms", isDefault: true);
        var other = await Add(org, "email", isDefault: false);

        (await org.Manager.Patch($"/templates/{other}", new { isDefault = true })).Expect(200);

        Assert.Equal([other], await Defaults(org, "email"));
        Assert.Equal([sms], await Defaults(org, "sms"));
        Assert.Equal("[false,2]", (await org.Owner.Get($"/templates/{mail}")).Expect(200).Data.Values("isDefault", "version"));
        // The organisation started with one for invoices.
        var invoice = await Add(org, "invoice", isDefault: true);
        Assert.Equal([invoice], await Defaults(org, "invoice"));
    }

    [Fact]
    public async Task One_that_is_deleted_put_away_or_of_another_type_is_no_default_any_more()
    {
        var org = await services.App.NewOrganization();
        var deleted = await Add(org, "email", isDefault: true);
        var inactive = await Add(org, "sms", isDefault: true);
        var changed = await Add(org, "proposal", isDefault: true);
        var unset = await Add(org, "contract", isDefault: true);

        (await org.Owner.Delete($"/templates/{deleted}")).Expect(200);
        (await org.Owner.Patch($"/templates/{inactive}", new { isActive = false })).Expect(200);
        (await org.Owner.Patch($"/templates/{changed}", new { type = "contract" })).Expect(200);
        (await org.Owner.Patch($"/templates/{unset}", new { isDefault = false })).Expect(200);

        Assert.Equal(0L, await services.App.Scalar<long>("select count(*) from templates where organization_id = $1 and is_default and not is_system", org.Id));
        (await org.Owner.Patch($"/templates/{changed}", new { type = "proposal", isDefault = true })).Expect(200);
        Assert.Equal([changed], await Defaults(org, "proposal"));
    }

    [Fact]
    public async Task Of_many_that_become_the_default_at_once_one_is_it()
    {
        var org = await services.App.NewOrganization();
        var ids = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Add(org, "email", isDefault: false)));

        var replies = await Task.WhenAll(
            Enumerable.Range(0, 20).Select(number => number % 2 == 0
                ? org.Owner.Patch($"/templates/{ids[number / 2]}", new { isDefault = true })
                : org.Manager.Post("/templates", new { name = "x", type = "email", content = "x", isDefault = true })));

        Assert.All(replies, reply => Assert.True(reply.Status is 200 or 201, reply.Body));
        Assert.Single(await Defaults(org, "email"));
    }

    [Fact]
    public async Task Staff_do_not_choose_it()
    {
        var org = await services.App.NewOrganization();
        var id = (await org.Staff.AddTemplate()).Id("id");

        (await org.Staff.Post("/templates", new { name = "x", type = "email", content = "x", isDefault = true })).Expect(403, "FORBIDDEN");
        (await org.Staff.Patch($"/templates/{id}", new { isDefault = true })).Expect(403, "FORBIDDEN");
        (await org.Staff.Patch($"/templates/{id}", new { isDefault = false })).Expect(200);
        // But what was chosen stays their own to change.
        (await org.Owner.Patch($"/templates/{id}", new { isDefault = true })).Expect(200);
        (await org.Staff.Patch($"/templates/{id}", new { name = "Bye", isDefault = true })).Expect(200);
        (await org.Staff.Patch($"/templates/{id}", new { isDefault = false })).Expect(403, "FORBIDDEN");
        (await org.Staff.Patch($"/templates/{id}", new { type = "sms", isDefault = true })).Expect(403, "FORBIDDEN");
    }

    private static async Task<Guid> Add(TestOrganization org, string type, bool isDefault) =>
        (await org.Owner.AddTemplate(new { name = "x", type, content = "x", isDefault })).Id("id");

    private static async Task<Guid[]> Defaults(TestOrganization org, string type) =>
    [
        .. (await org.Owner.Get($"/templates?type={type}&pageSize=100")).Expect(200).Data.GetProperty("templates").EnumerateArray()
            .Where(template => template.GetProperty("isDefault").GetBoolean()).Select(template => template.Id("id")),
    ];
}
