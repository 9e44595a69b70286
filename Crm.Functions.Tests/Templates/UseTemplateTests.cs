using Crm.Functions.Tests.Deals;
using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Templates;

public sealed class UseTemplateTests(TestServices services)
{
    [Fact]
    public async Task Fifty_uses_at_once_are_all_counted()
    {
        var org = await services.App.NewOrganization();
        var id = (await org.Owner.AddTemplate()).Id("id");

        var replies = await Task.WhenAll(Enumerable.Range(0, 50).Select(number => (number % 2 == 0 ? org.Staff : org.Owner).Post($"/templates/{id}/use")));

        Assert.Equal(Enumerable.Range(1, 50), replies.Select(reply => reply.Expect(200).Data.GetProperty("usage").GetInt32()).Order());
        var read = (await org.Owner.Get($"/templates/{id}")).Expect(200).Data;
        Assert.Equal("[50,1]", read.Values("usage", "version"));
    }

    [Fact]
    public async Task A_repeated_request_with_a_key_counts_once()
    {
        var org = await services.App.NewOrganization();
        var id = (await org.SystemTemplate("Welcome")).Id("id");

        for (var time = 0; time < 3; time++)
            Assert.Equal(1, (await org.Staff.Post($"/templates/{id}/use", null, ("Idempotency-Key", "k"))).Expect(200).Data.GetProperty("usage").GetInt32());

        (await org.Staff.Post($"/templates/{Guid.NewGuid()}/use")).Expect(404, "TEMPLATE_NOT_FOUND");
    }
}
