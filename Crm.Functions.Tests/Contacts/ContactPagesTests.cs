using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Contacts;

public sealed class ContactPagesTests(TestServices services)
{
    [Fact]
    public async Task Pages_are_counted_as_the_guide_shows()
    {
        var org = await services.App.NewOrganization();
        await Fill(org, 25);

        var first = (await org.Owner.Get("/contacts?pageSize=10")).Expect(200);
        Assert.Equal("""{"page":1,"pageSize":10,"total":25,"totalPages":3,"hasNext":true,"hasPrev":false}""", WithoutCursor(first));
        var last = (await org.Owner.Get("/contacts?page=3&limit=10")).Expect(200);
        Assert.Equal("""{"page":3,"pageSize":10,"total":25,"totalPages":3,"hasNext":false,"hasPrev":true}""", WithoutCursor(last));
        Assert.Equal(5, last.Ids("contacts").Count);
        var beyond = (await org.Owner.Get("/contacts?page=9&pageSize=10")).Expect(200);
        Assert.Equal("""{"page":9,"pageSize":10,"total":25,"totalPages":3,"hasNext":false,"hasPrev":true}""", WithoutCursor(beyond));
        Assert.Empty(beyond.Ids("contacts"));
        Assert.Equal(25, (await org.Owner.Get("/contacts")).Expect(200).Page("pageSize"));

        static string WithoutCursor(TestReply reply)
        {
            var text = reply.Data.GetProperty("meta").GetProperty("pagination").GetRawText();
            var cursor = text.IndexOf(",\"nextCursor\"", StringComparison.Ordinal);
            return cursor < 0 ? text : text[..cursor] + "}";
        }
    }

    [Fact]
    public async Task An_empty_list_has_no_pages()
    {
        var org = await services.App.NewOrganization();
        var reply = (await org.Owner.Get("/contacts")).Expect(200);
        Assert.Equal(
            """{"contacts":[],"meta":{"pagination":{"page":1,"pageSize":25,"total":0,"totalPages":0,"hasNext":false,"hasPrev":false}}}""",
            reply.Data.GetRawText());
    }

    [Theory]
    [InlineData("pageSize=101")]
    [InlineData("pageSize=1000000")]
    [InlineData("pageSize=99999999999")]
    [InlineData("limit=500")]
    public async Task A_page_has_at_most_100_rows_and_says_so(string query)
    {
        var org = await services.App.NewOrganization();
        await Fill(org, 103);
        var reply = (await org.Owner.Get($"/contacts?{query}")).Expect(200);
        Assert.Equal(100, reply.Page("pageSize"));
        Assert.Equal(100, reply.Ids("contacts").Count);
        Assert.Equal(103, reply.Page("total"));
        Assert.Equal(2, reply.Page("totalPages"));
    }

    [Fact]
    public async Task A_cursor_visits_each_row_once_even_while_others_come_in()
    {
        var org = await services.App.NewOrganization();
        await Fill(org, 23);
        // All in one moment: only the id keeps them apart.
        await services.App.Sql("update contacts set created_at = $2 where organization_id = $1", org.Id, services.App.Clock.GetUtcNow().AddMinutes(-1));
        var before = (await org.Owner.Get("/contacts?pageSize=100")).Expect(200).Ids("contacts");

        var seen = new List<Guid>();
        string? cursor = null;
        do
        {
            var reply = (await org.Owner.Get($"/contacts?pageSize=5{(cursor is null ? "" : $"&cursor={cursor}")}")).Expect(200);
            seen.AddRange(reply.Ids("contacts"));
            cursor = reply.NextCursor();
            Assert.Equal(cursor is not null, reply.Data.GetProperty("meta").GetProperty("pagination").GetProperty("hasNext").GetBoolean());
            await org.AddContact(org.Owner);
        }
        while (cursor is not null);

        Assert.Equal(before, seen);
    }

    [Fact]
    public async Task A_cursor_keeps_to_the_filter_and_goes_with_the_default_order_only()
    {
        var org = await services.App.NewOrganization();
        await Fill(org, 12);
        var cursor = (await org.Owner.Get("/contacts?pageSize=5&search=number")).Expect(200).NextCursor();
        var next = (await org.Owner.Get($"/contacts?pageSize=5&search=number&cursor={cursor}")).Expect(200);
        Assert.Equal(5, next.Ids("contacts").Count);
        Assert.Equal(12, next.Page("total"));
        Assert.Equal(["cursor"], (await org.Owner.Get($"/contacts?sortBy=name&cursor={cursor}")).Expect(400, "VALIDATION_ERROR").Fields);
        Assert.Null((await org.Owner.Get("/contacts?pageSize=5&sortBy=name")).Expect(200).NextCursor());
    }

    [Fact]
    public async Task Another_organisations_cursor_shows_nothing_of_it()
    {
        var org = await services.App.NewOrganization();
        var other = await services.App.NewOrganization();
        await Fill(org, 3);
        await Fill(other, 3);
        var cursor = (await other.Owner.Get("/contacts?pageSize=1")).Expect(200).NextCursor();
        var seen = (await org.Owner.Get($"/contacts?cursor={cursor}")).Expect(200).Ids("contacts");
        Assert.Subset((await org.Owner.Get("/contacts")).Ids("contacts").ToHashSet(), seen.ToHashSet());
    }

    private Task Fill(TestOrganization org, int count) => services.App.Sql(
        """
        insert into contacts (organization_id, id, owner_id, first_name, created_at, updated_at)
        select $1, gen_random_uuid(), $2, 'Number ' || number, $3 - number * interval '1 second', $3
        from generate_series(1, $4) as number
        """,
        org.Id, org.Owner.Id, services.App.Clock.GetUtcNow(), count);
}
