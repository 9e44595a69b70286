using Crm.Functions.Tests.Deals;
using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Contacts;

/// <summary>The totals that the database keeps are what a count of the contacts gives, whatever was done to them and how many did it at once.</summary>
public sealed class ContactTotalsTests(TestServices services)
{
    private const string WrongSql = """
        select count(*)
        from (
            select owner_id, status, state, sum(contacts) as contacts
            from contact_totals
            where organization_id = $1
            group by owner_id, status, state) kept
        full join (
            select owner_id, status, contact_state(deleted_at, merged_into) as state, count(*) as contacts
            from contacts
            where organization_id = $1
            group by owner_id, status, state) counted
            on kept.owner_id is not distinct from counted.owner_id and kept.status = counted.status and kept.state = counted.state
        where coalesce(kept.contacts, 0) <> coalesce(counted.contacts, 0)
        """;

    private static readonly string[] Statuses = ["lead", "prospect", "customer", "active", "inactive"];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Totals_survive_a_storm(int seed)
    {
        var org = await services.App.NewOrganization();
        var random = new Random(seed);
        var ids = new List<Guid>();
        for (var i = 0; i < 20; i++)
            ids.Add(await org.AddContact(i % 2 == 0 ? org.Staff : org.Owner, email: $"{i}@storm{seed}.test"));

        for (var round = 0; round < 12; round++)
        {
            var deeds = Enumerable.Range(0, 10)
                .Select(_ => Act(org, ids[random.Next(ids.Count)], ids[random.Next(ids.Count)], random.Next(9), random.Next(5))).ToArray();
            if (round % 3 == 0)
                await services.App.RunTimer("FoldContactTotals");
            Assert.All(await Task.WhenAll(deeds), reply => Assert.True(reply.Status < 500, $"{reply.Request} {reply.Body}"));
        }

        Assert.Equal(0, await services.App.Scalar<long>(WrongSql, org.Id));
        foreach (var status in Statuses)
        {
            var counted = await services.App.Scalar<long>(
                "select count(*) from contacts where organization_id = $1 and status = $2 and merged_into is null and (deleted_at is null or $2 = 'inactive')",
                org.Id, status);
            Assert.Equal(
                counted,
                (await org.Owner.Get($"/contacts?status={status}&pageSize=1")).Expect(200).Data.GetProperty("meta").GetProperty("pagination").Number("total"));
        }
    }

    [Fact]
    public async Task Adding_up_the_differences_changes_no_total()
    {
        var org = await services.App.NewOrganization();
        await services.App.Sql(
            """
            insert into contacts (organization_id, id, owner_id, first_name, created_at, updated_at)
            select $1, gen_random_uuid(), $2, 'Ann ' || n, now(), now()
            from generate_series(1, 400) n
            """,
            org.Id, org.Staff.Id);
        await services.App.Sql("update contacts set status = 'lead' where organization_id = $1", org.Id);
        Assert.Equal(801, await services.App.Scalar<long>("select count(*) from contact_totals where organization_id = $1", org.Id));

        await services.App.RunTimer("FoldContactTotals");

        Assert.Equal(1, await services.App.Scalar<long>("select count(*) from contact_totals where organization_id = $1", org.Id));
        Assert.Equal(0, await services.App.Scalar<long>(WrongSql, org.Id));
        Assert.Equal(400, (await org.Owner.Get("/contacts")).Data.GetProperty("meta").GetProperty("pagination").Number("total"));
        Assert.Equal(400, (await org.Staff.Get("/contacts?status=lead")).Data.GetProperty("meta").GetProperty("pagination").Number("total"));
        Assert.Equal(0, (await org.OtherStaff.Get("/contacts")).Data.GetProperty("meta").GetProperty("pagination").Number("total"));
    }

    private static Task<TestReply> Act(TestOrganization org, Guid contact, Guid other, int what, int which) => what switch
    {
        0 => org.Staff.Post("/contacts", new { name = "New", status = Statuses[which] }),
        1 => org.Owner.Delete($"/contacts/{contact}"),
        2 => org.Owner.Patch($"/contacts/{contact}", new { ownerId = which == 0 ? (Guid?)null : which % 2 == 0 ? org.Staff.Id : org.Owner.Id }),
        3 when contact != other => org.Owner.Post("/contacts/merge", new { primaryId = contact, duplicateIds = new[] { other } }),
        4 => org.Owner.Post("/contacts/bulk", new { ids = new[] { contact, other }.Distinct(), action = "update", values = new { status = Statuses[which] } }),
        5 => org.Owner.Post("/contacts/bulk", new { ids = new[] { contact }, action = "delete" }),
        6 => org.Owner.Patch($"/contacts/{contact}", new { company = $"C{which}" }),
        _ => org.Owner.Patch($"/contacts/{contact}", new { status = Statuses[which] }),
    };
}
